/** Time namespaces together with everything else. @module */
import { assert, assertEquals } from "#assert";
import { rootlessConfig } from "../../spec/default_config.ts";
import { NamespaceHolder, namespaceOf, NS_NAMES, ownerOf } from "../lib/namespace_holder.ts";
import { type Editable, run, Sandbox } from "../lib/sandbox.ts";

function addTime(config: Editable): void {
  config.linux.namespaces.push({ type: "time" });
  config.linux.timeOffsets = { monotonic: { secs: 3600 }, boottime: { secs: 7200, nanosecs: 3 } };
}

const OFFSETS = "monotonic 3600 0\nboottime 7200 3\n";

/** The offsets of a process, spaces made one. */
function offsetsOf(pid: number | string): string {
  return Deno.readTextFileSync(`/proc/${pid}/timens_offsets`).replace(/ +/g, " ");
}

function addUserNamespace(config: Editable): void {
  config.linux.namespaces.push({ type: "user" });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
}

Deno.test("a new user namespace owns the new time namespace, and both are the container's alone", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    addUserNamespace(config);
    addTime(config);
  });
  const pid = box.createAndStart();
  assertEquals(offsetsOf(pid), OFFSETS);
  for (const kind of ["time", "mount", "pid", "network", "uts", "ipc", "cgroup"] as const) {
    assertEquals([kind, ownerOf(pid, kind)], [kind, namespaceOf(pid, "user")]);
  }
  const uids = Deno.readTextFileSync(`/proc/${pid}/uid_map`).trim().split(/\s+/);
  assertEquals(uids, ["0", "100000", "65536"]);
});

Deno.test("every namespace is new with time offsets as it is without", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    addUserNamespace(config);
    addTime(config);
  });
  const pid = box.createAndStart();
  for (const kind of Object.keys(NS_NAMES) as (keyof typeof NS_NAMES)[]) {
    assert(namespaceOf(pid, kind) !== namespaceOf("self", kind), kind);
  }
});

for (const offsets of [true, false]) {
  Deno.test(`a ${offsets ? "shifted" : "plain"} time namespace beside namespaces that are joined`, () => {
    using holder = new NamespaceHolder(["network", "uts", "pid"]);
    using box = new Sandbox();
    box.script("sleep 10000", (config) => {
      const joined = ["network", "uts", "pid"] as const;
      config.linux.namespaces = config.linux.namespaces.filter(
        ({ type }: { type: string }) => !joined.some((kind) => kind === type),
      );
      for (const type of joined) config.linux.namespaces.push({ type, path: holder.path(type) });
      delete config.hostname;
      addTime(config);
      if (!offsets) delete config.linux.timeOffsets;
    });
    const pid = box.createAndStart();
    for (const kind of ["network", "uts", "pid"] as const) {
      assertEquals(namespaceOf(pid, kind), namespaceOf(holder.pid, kind));
    }
    assert(namespaceOf(pid, "time") !== namespaceOf("self", "time"));
    assertEquals(offsetsOf(pid), offsets ? OFFSETS : "monotonic 0 0\nboottime 0 0\n");
    box.succeed("kill", box.id, "KILL");
    box.waitUntilStopped();
  });
}

Deno.test("a shifted time namespace in a user namespace and a mount namespace that are joined", () => {
  const map = "0 100000 65536\n";
  using holder = new NamespaceHolder(["user", "mount"], ":", { uid: map, gid: map });
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.namespaces.push({ type: "user", path: holder.path("user") });
    addTime(config);
  });
  const pid = box.createAndStart();
  assertEquals(offsetsOf(pid), OFFSETS);
  assertEquals(ownerOf(pid, "time"), namespaceOf(holder.pid, "user"));
});

Deno.test("hooks of the container's namespaces run by its clocks, those of the runtime's by the host's", () => {
  using box = new Sandbox();
  const out = `${box.directory}/out`;
  Deno.mkdirSync(out);
  Deno.chmodSync(out, 0o777);
  const hook = (name: string) => ({
    path: "/bin/sh",
    args: ["sh", "-c", `cat /proc/self/timens_offsets > ${out}/${name}`],
  });
  box.script("true", (config) => {
    addTime(config);
    config.root.readonly = false;
    config.mounts.push({ destination: out, source: out, options: ["rbind"] });
    config.hooks = {
      createRuntime: [hook("createRuntime")],
      createContainer: [hook("createContainer")],
      startContainer: [hook("startContainer")],
      poststart: [hook("poststart")],
    };
  });
  box.output();
  const read = (name: string) => Deno.readTextFileSync(`${out}/${name}`).replace(/ +/g, " ");
  const host = offsetsOf("self");
  assertEquals(
    ["createRuntime", "createContainer", "startContainer", "poststart"].map(read),
    [host, OFFSETS, OFFSETS, host],
  );
});

Deno.test("the runtime itself keeps its clocks, and knows its container by them", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.namespaces.push({ type: "time" });
    // Backwards: what init measures before and after its birth must not matter.
    const uptime = Math.floor(Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]));
    config.linux.timeOffsets = {
      monotonic: { secs: -uptime + 1 },
      boottime: { secs: -uptime + 1 },
    };
  });
  box.createAndStart();
  assertEquals(box.state().status, "running");
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
});

Deno.test("ID-mapped and read-only mounts go with time offsets", () => {
  using box = new Sandbox();
  const path = `${box.directory}/shared`;
  Deno.mkdirSync(path);
  Deno.chownSync(path, 5, 6);
  box.script("stat -c %u:%g /root; touch /tmp/x 2>/dev/null || echo sealed", (config) => {
    addUserNamespace(config);
    addTime(config);
    config.mounts.push(
      { destination: "/root", source: path, options: ["bind", "idmap"] },
      { destination: "/tmp", type: "tmpfs", options: ["ro"] },
    );
  });
  assertEquals(box.output(), "5:6\nsealed\n");
});

// Without privileges --------------------------------------------------------------------------------------------------

const UID = 1000;

const UNPRIVILEGED = [
  ...["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"],
  ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
];

/** With a sysctl or an LSM a distribution may keep users from making user namespaces: then there is nothing to test. */
const mayUnshare = run([...UNPRIVILEGED, "unshare", "--user", "true"]).code === 0;

for (const offsets of [true, false]) {
  Deno.test({
    name: `a user without privileges has a ${offsets ? "shifted" : "plain"} time namespace`,
    ignore: !mayUnshare,
    fn: () => {
      using box = new Sandbox();
      const config: Editable = structuredClone(rootlessConfig(UID, UID));
      config.process.terminal = false;
      config.process.args = ["sh", "-c", "cat /proc/self/timens_offsets; id -u"];
      addTime(config);
      if (!offsets) delete config.linux.timeOffsets;
      box.writeConfig(JSON.stringify(config));
      run(["chown", "--recursive", "--no-dereference", `${UID}:${UID}`, box.directory]);
      const { code, stdout, stderr } = box.runtsWith({ prefix: UNPRIVILEGED }, "run", box.id);
      assertEquals(code, 0, stderr);
      const seen = offsets ? OFFSETS : "monotonic 0 0\nboottime 0 0\n";
      assertEquals(stdout.replace(/ +/g, " "), `${seen}0\n`);
    },
  });
}
