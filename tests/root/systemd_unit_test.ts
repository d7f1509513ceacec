/**
 * `--systemd-cgroup`: units that cannot be made, that are there before, and those of a user's manager.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { rootlessConfig } from "../../spec/default_config.ts";
import {
  type Editable,
  exists,
  failure,
  type Result,
  run,
  Sandbox,
  start,
  waitUntil,
} from "../lib/sandbox.ts";
import { activeState, HAS_SYSTEMD, SystemdSandbox, testSystemd } from "../lib/systemd_sandbox.ts";

testSystemd("a create that fails leaves no unit", () => {
  using box = new SystemdSandbox();
  box.unitScript("", (config) => config.process.args = ["missing"]);
  assert(failure(box.runts("--systemd-cgroup", "create", box.id)).includes("missing"));
  assertEquals(activeState(box.unit), "inactive");
  assertEquals(box.traces(), []);
});

testSystemd("a property that systemd refuses is an error of create", () => {
  using box = new SystemdSandbox();
  const name = "org.systemd.property.";
  box.unitScript("true", (config) => config.annotations = { [`${name}NoSuchThing`]: "5" });
  const unknown = failure(box.runts("--systemd-cgroup", "create", box.id));
  assert(unknown.startsWith("Cannot let systemd make the unit: StartTransientUnit("), unknown);
  assert(unknown.includes("NoSuchThing"), unknown);
  box.unitScript("true", (config) => config.annotations = { [`${name}TasksMax`]: "five" });
  const bad = failure(box.runts("--systemd-cgroup", "create", box.id));
  assert(bad.includes(`annotations["${name}TasksMax"]: must be a value`), bad);
  assertEquals(box.traces(), []);
});

testSystemd("a unit of that name that exists is refused, and left alone", async () => {
  using box = new SystemdSandbox();
  box.unitScript("true");
  const other = start(["systemd-run", "--scope", `--unit=${box.unit}`, "sleep", "10000"]);
  try {
    waitUntil(() => activeState(box.unit) === "active");
    const message = failure(box.runts("--systemd-cgroup", "create", box.id));
    assert(message.includes("org.freedesktop.systemd1.UnitExists"), message);
    assertEquals(activeState(box.unit), "active");
    box.runts("delete", "--force", box.id);
    assertEquals(activeState(box.unit), "active");
  } finally {
    run(["systemctl", "stop", box.unit]);
    await other.result();
  }
});

testSystemd("a runtime that is killed in the middle leaves no unit", async () => {
  using box = new SystemdSandbox();
  const mark = `${box.directory}/mark`;
  box.unitScript("true", (config) => {
    const script = `echo $$ >${mark}.new; mv ${mark}.new ${mark}; exec sleep 10000`;
    config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script] }] };
  });
  const creating = box.start({}, "--systemd-cgroup", "create", box.id);
  waitUntil(() => exists(mark));
  assertEquals(activeState(box.unit), "active");
  creating.kill("SIGKILL");
  await creating.result();
  run(["kill", "-KILL", Deno.readTextFileSync(mark).trim()]);
  box.succeed("delete", "--force", box.id);
  assertEquals(activeState(box.unit), "inactive");
});

testSystemd("a name that ends in .slice is a slice", () => {
  using box = new SystemdSandbox();
  const name = `runts-${box.id.replaceAll("-", "")}.slice`;
  box.script("sleep 10000", (config) => config.linux.cgroupsPath = `runts.slice::${name}`);
  const pid = box.create();
  const [line] = Deno.readTextFileSync(`/proc/${pid}/cgroup`).trimEnd().split("\n").slice(-1);
  assertEquals(line, `0::/runts.slice/${name}`);
  assertEquals(activeState(name), "active");
  box.succeed("delete", "--force", box.id);
  assertEquals(activeState(name), "inactive");
});

testSystemd("a slice that was there before is used, and stays", () => {
  using box = new SystemdSandbox();
  const name = `runts-${box.id.replaceAll("-", "")}.slice`;
  assertEquals(run(["systemctl", "start", name]).code, 0);
  try {
    box.script("true", (config) => config.linux.cgroupsPath = `:runts:${name}`);
    box.succeed("--systemd-cgroup", "run", box.id);
    assertEquals(activeState(name), "active");
  } finally {
    run(["systemctl", "stop", name]);
  }
});

testSystemd("without a bus systemd's own socket will do", () => {
  using box = new SystemdSandbox();
  box.unitScript("sleep 10000");
  const hidden = 'mount -t tmpfs none /run/dbus && exec "$@"';
  const prefix = ["unshare", "--mount", "sh", "-c", hidden, "sh"];
  const { code, stderr } = box.runtsWith({ prefix }, "--systemd-cgroup", "create", box.id);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(activeState(box.unit), "active");
  box.succeed("delete", "--force", box.id);
  assertEquals(activeState(box.unit), "inactive");
});

// A user's manager -----------------------------------------------------------------------------------------------------

const UID = 1000;
const RUNTIME_DIR = `/run/user/${UID}`;

function testUser(name: string, test: () => void): void {
  Deno.test({ name, ignore: !HAS_SYSTEMD || !exists(`${RUNTIME_DIR}/bus`), fn: test });
}

class UserSandbox extends Sandbox {
  readonly unit = `runts-${this.id}.scope`;
  readonly cgroup = `/user.slice/user-${UID}.slice/user@${UID}.service/user.slice/${this.unit}`;

  user(script: string, edit?: (config: Editable) => void): void {
    const config: Editable = structuredClone(rootlessConfig(UID, UID));
    config.process.terminal = false;
    config.process.args = ["sh", "-c", script];
    config.linux.cgroupsPath = `user.slice:runts:${this.id}`;
    edit?.(config);
    this.writeConfig(JSON.stringify(config));
    run(["chown", "--recursive", "--no-dereference", `${UID}:${UID}`, this.directory]);
  }

  asUser(env: readonly string[], ...args: string[]): Result {
    const words = [
      ...["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"],
      ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", ...env],
    ];
    const result = this.runtsWith({ prefix: words }, ...args);
    assertEquals(result.code, 0, `${args.join(" ")}: ${result.stderr}`);
    return result;
  }
}

testUser("a user's container is in a scope of the user's manager", () => {
  using box = new UserSandbox();
  box.user("sleep 10000", (config) => config.linux.resources = { pids: { limit: 33 } });
  const env = [`XDG_RUNTIME_DIR=${RUNTIME_DIR}`];
  // From a cgroup of root's, out of which a user gets nothing: the system's manager has to help.
  box.asUser(env, "--systemd-cgroup", "create", box.id);
  const { pid } = JSON.parse(box.asUser(env, "state", box.id).stdout);
  assertEquals(Deno.readTextFileSync(`/proc/${pid}/cgroup`).trimEnd(), `0::${box.cgroup}`);
  const directory = `/sys/fs/cgroup${box.cgroup}`;
  assertEquals(Deno.readTextFileSync(`${directory}/pids.max`), "33\n");
  box.asUser(env, "start", box.id);
  // Without the environment that it was made in.
  box.asUser([], "delete", "--force", box.id);
  waitUntil(() => !exists(directory));
});

for (const [who, uid] of [["itself", 0], ["an ID that it was granted", 7]] as const) {
  testUser(
    `a user's container that runs as ${who} leaves a cgroup that the user can remove`,
    () => {
      using box = new UserSandbox();
      const [, first] = /^user:(\d+):65536$/m.exec(Deno.readTextFileSync("/etc/subuid")) ?? [];
      box.user("mkdir /sys/fs/cgroup/mine; echo $? > /tmp/made; sleep 10000", (config) => {
        const maps = [
          { containerID: 0, hostID: UID, size: 1 },
          { containerID: 1, hostID: Number(first), size: 65536 },
        ];
        config.linux.uidMappings = maps;
        config.linux.gidMappings = maps;
        config.process.user = { uid, gid: uid };
        config.root.readonly = false;
        config.mounts = config.mounts.filter(({ destination }: { destination: string }) =>
          destination !== "/sys/fs/cgroup"
        );
        config.mounts.push({ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup" });
      });
      Deno.chmodSync(`${box.rootfs}/tmp`, 0o1777);
      const env = [`XDG_RUNTIME_DIR=${RUNTIME_DIR}`];
      const { stderr } = box.asUser(env, "--systemd-cgroup", "create", box.id);
      assertEquals(/process\.user\.uid: 7 does not get/.test(stderr), uid === 7, stderr);
      box.asUser(env, "start", box.id);
      const directory = `/sys/fs/cgroup${box.cgroup}`;
      waitUntil(() => exists(`${box.rootfs}/tmp/made`));
      for (const name of ["", "/cgroup.procs"]) {
        assertEquals(Deno.statSync(`${directory}${name}`).uid, UID, name);
      }
      waitUntil(() => Deno.readTextFileSync(`${box.rootfs}/tmp/made`) !== "");
      assertEquals(exists(`${directory}/mine`), uid === 0);
      box.asUser(env, "delete", "--force", box.id);
      waitUntil(() => !exists(directory));
    },
  );
}
