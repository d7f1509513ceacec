/** User namespaces: made by root, and by users without privileges. @module */
import { assert, assertEquals } from "#assert";
import { rootlessConfig } from "../../spec/default_config.ts";
import { namespaceOf, ownerOf } from "../lib/namespace_holder.ts";
import { type Editable, exists, failure, run, Sandbox, waitUntil } from "../lib/sandbox.ts";

type Range = readonly [containerID: number, hostID: number, size: number];

const HOST_ID = 100000;

function mappings(ranges: readonly Range[]): Editable {
  return ranges.map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
}

function withUserNamespace(
  config: Editable,
  uids: readonly Range[] = [[0, HOST_ID, 65536]],
  gids: readonly Range[] = uids,
): void {
  config.linux.namespaces.push({ type: "user" });
  config.linux.uidMappings = mappings(uids);
  config.linux.gidMappings = mappings(gids);
}

/** Binds a directory of the host's that anybody may write into to /tmp. */
function share(box: Sandbox, config: Editable): string {
  const path = `${box.directory}/shared`;
  Deno.mkdirSync(path, { recursive: true });
  Deno.chmodSync(path, 0o777);
  config.mounts.push({ destination: "/tmp", source: path, options: ["bind"] });
  return path;
}

function owner(path: string): string {
  const { uid, gid } = Deno.lstatSync(path);
  return `${uid}:${gid}`;
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n").map((line) => line.trim().split(/\s+/).join(" "));
}

Deno.test("a new user namespace has the mappings of the configuration, in several ranges", () => {
  using box = new Sandbox();
  box.script("cat /proc/self/uid_map; echo; cat /proc/self/gid_map", (config) => {
    withUserNamespace(
      config,
      [[0, HOST_ID, 10], [10, 300000, 1], [1000, 200000, 500]],
      [[0, HOST_ID, 1], [5, 300005, 1]],
    );
  });
  assertEquals(lines(box.output()), [
    ...["0 100000 10", "10 300000 1", "1000 200000 500", ""],
    ...["0 100000 1", "5 300005 1"],
  ]);
});

Deno.test("the container's IDs are the mapped ones outside, on processes and on files", () => {
  using box = new Sandbox();
  let shared = "";
  box.script(
    "id -u; id -g; id -G; touch /tmp/file; stat -c %u:%g /tmp/file /tmp; sleep 10000",
    (config) => {
      withUserNamespace(config, [[0, HOST_ID, 10], [1000, 200000, 500]]);
      Object.assign(config.process.user, { uid: 1001, gid: 7, additionalGids: [5, 1003] });
      shared = share(box, config);
    },
  );
  const output = `${box.directory}/output`;
  const script = `exec "$@" > ${output}`;
  const { code, stderr } = box.runtsWith({ prefix: ["sh", "-c", script, "sh"] }, "create", box.id);
  assertEquals(code, 0, stderr);
  box.succeed("start", box.id);
  waitUntil(() => Deno.readTextFileSync(output).split("\n").length > 5);
  // The directory is the host's root's, who is nobody in there.
  assertEquals(lines(Deno.readTextFileSync(output)), [
    ...["1001", "7", "7 5 1003", "1001:7", "65534:65534"],
  ]);
  assertEquals(owner(`${shared}/file`), "200001:100007");
  const status = Deno.readTextFileSync(`/proc/${box.state().pid}/status`);
  assert(/^Uid:\t200001\t200001\t200001\t200001$/m.test(status), status);
  assert(/^Gid:\t100007\t100007\t100007\t100007$/m.test(status), status);
  assert(/^Groups:\t100005 200003 $/m.test(status), status);
});

Deno.test("the namespaces of the container belong to its user namespace", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => withUserNamespace(config));
  const pid = box.createAndStart();
  for (const kind of ["mount", "uts", "ipc", "pid", "network", "cgroup"] as const) {
    assertEquals(ownerOf(pid, kind), namespaceOf(pid, "user"), kind);
  }
});

Deno.test("a container with a user namespace has all that the default one has", () => {
  using box = new Sandbox();
  box.script(
    `id -u; hostname; cat /proc/sys/kernel/domainname
    for f in null zero full random urandom tty; do stat -c "%n %t:%T" /dev/$f; done
    echo > /dev/null && head -c 2 /dev/zero | od -An -tx1
    ls /sys/class/net | grep lo; ip addr show lo | grep -o 127.0.0.1
    wc -c < /proc/timer_list; ls /sys/firmware | wc -l
    echo x 2>/dev/null > /proc/sys/kernel/hostname || echo read-only
    touch /x 2>/dev/null || echo read-only root
    echo hi > /dev/shm/x && cat /dev/shm/x; touch /dev/mqueue/x && ls /dev/mqueue
    mount -t tmpfs tmpfs /tmp 2>/dev/null || echo no mount`,
    (config) => {
      withUserNamespace(config);
      config.domainname = "example";
    },
  );
  assertEquals(lines(box.output()), [
    ...["0", "runts", "example"],
    ...["/dev/null 1:3", "/dev/zero 1:5", "/dev/full 1:7", "/dev/random 1:8", "/dev/urandom 1:9"],
    ...["/dev/tty 5:0", "00 00", "lo", "127.0.0.1", "0", "0"],
    ...["read-only", "read-only root", "hi", "x", "no mount"],
  ]);
});

Deno.test("capabilities in a user namespace do not reach out of it", () => {
  using box = new Sandbox();
  const all = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_MKNOD", "CAP_NET_ADMIN"];
  box.script(
    `mount -t tmpfs tmpfs /tmp && umount /tmp && echo mounted
    ip link set lo down && echo down
    mknod /dev/shm/sda b 8 0 2>/dev/null || echo no node
    cat /tmp/secret 2>/dev/null || echo no secret
    hostname other && hostname`,
    (config) => {
      withUserNamespace(config);
      const secret = `${share(box, config)}/secret`;
      Deno.writeTextFileSync(secret, "secret", { mode: 0o600 });
      config.mounts.at(-1).destination = "/tmp";
      for (const set of ["bounding", "effective", "permitted"]) {
        config.process.capabilities[set] = all;
      }
    },
  );
  const hostname = Deno.hostname();
  assertEquals(lines(box.output()), ["mounted", "down", "no node", "no secret", "other"]);
  assertEquals(Deno.hostname(), hostname);
});

Deno.test("an ID-mapped bind mount shows the owners as the container's", () => {
  using box = new Sandbox();
  let shared = "";
  box.script("stat -c %u:%g /tmp/file; touch /tmp/new && stat -c %u:%g /tmp/new", (config) => {
    withUserNamespace(config);
    shared = share(box, config);
    config.mounts.at(-1).options.push("idmap");
  });
  Deno.writeTextFileSync(`${shared}/file`, "");
  Deno.chownSync(`${shared}/file`, 3, 4);
  assertEquals(lines(box.output()), ["3:4", "0:0"]);
  assertEquals(owner(`${shared}/new`), "0:0");
});

Deno.test("IDs that are not mapped are refused by name, and nothing is changed", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    withUserNamespace(config, [[0, HOST_ID, 10]]);
    Object.assign(config.process.user, { uid: 10, gid: 11 });
  });
  const message = failure(box.runts("create", box.id));
  assert(
    message.includes("process.user.uid: must be mapped by linux.uidMappings, got 10"),
    message,
  );
  assert(
    message.includes("process.user.gid: must be mapped by linux.gidMappings, got 11"),
    message,
  );
  assertEquals(box.traces(), []);
});

Deno.test("a user namespace without mappings, and mappings without one, are refused", () => {
  using box = new Sandbox();
  box.script("true", (config) => config.linux.namespaces.push({ type: "user" }));
  let message = failure(box.runts("create", box.id));
  for (const name of ["uidMappings", "gidMappings"]) {
    assert(message.includes(`linux.${name}: must have at least one entry`), message);
  }
  box.script("true", (config) => config.linux.uidMappings = mappings([[0, 0, 1]]));
  message = failure(box.runts("create", box.id));
  assert(message.includes('linux.uidMappings: needs a namespace of type "user"'), message);
  assertEquals(box.traces(), []);
});

Deno.test("a user namespace with a path that is the runtime's own is refused by the kernel", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.linux.namespaces.push({ type: "user", path: "/proc/self/ns/user" });
  });
  const message = failure(box.runts("create", box.id));
  assert(
    message.startsWith("Cannot join the namespaces: linux.namespaces[6].path: setns("),
    message,
  );
  assertEquals(box.traces(), []);
});

// Without privileges --------------------------------------------------------------------------------------------------

const UID = 1000;

const UNPRIVILEGED = [
  ...["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"],
  ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
];

/** A bundle of a user's own, with the configuration that `spec --rootless` writes. */
class RootlessSandbox extends Sandbox {
  rootless(script: string, edit?: (config: Editable) => void): void {
    const config: Editable = structuredClone(rootlessConfig(UID, UID));
    config.process.terminal = false;
    config.process.args = ["sh", "-c", script];
    edit?.(config);
    this.writeConfig(JSON.stringify(config));
    // Links are not followed: they lead out of the bundle.
    run(["chown", "--recursive", "--no-dereference", `${UID}:${UID}`, this.directory]);
  }
}

/** With a sysctl or an LSM a distribution may keep users from making user namespaces: then there is nothing to test. */
const mayUnshare = run([...UNPRIVILEGED, "unshare", "--user", "true"]).code === 0;

function testRootless(name: string, test: () => void): void {
  Deno.test({ name, ignore: !mayUnshare, fn: test });
}

Deno.test("the configuration that spec --rootless writes runs for root as well", () => {
  using box = new RootlessSandbox();
  Deno.removeSync(`${box.bundle}/config.json`);
  box.succeed("spec", "--rootless");
  const config = JSON.parse(Deno.readTextFileSync(`${box.bundle}/config.json`));
  assertEquals(config.linux.uidMappings, mappings([[0, 0, 1]]));
  config.process.terminal = false;
  config.process.args = ["cat", "/proc/self/uid_map"];
  box.writeConfig(JSON.stringify(config));
  assertEquals(lines(box.output()), ["0 0 1"]);
});

testRootless(
  "a user without privileges is root of the container that spec --rootless describes",
  () => {
    using box = new RootlessSandbox();
    Deno.removeSync(`${box.bundle}/config.json`);
    run(["chown", "-hR", `${UID}:${UID}`, box.directory]);
    const prefix = UNPRIVILEGED;
    assertEquals(box.runtsWith({ prefix }, "spec", "--rootless").code, 0);
    const config = JSON.parse(Deno.readTextFileSync(`${box.bundle}/config.json`));
    config.process.terminal = false;
    config.root.readonly = false;
    config.process.args = [
      ...["sh", "-c"],
      `id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; hostname; echo $$
    touch /file; echo > /dev/null; touch /dev/shm/x; stat -c %u:%g /file /dev/null /dev/pts`,
    ];
    box.writeConfig(JSON.stringify(config));
    const { code, stdout, stderr } = box.runtsWith({ prefix }, "run", box.id);
    assertEquals(code, 0, stderr);
    assertEquals(lines(stdout), [
      ...["0", "0", "0 1000 1", "0 1000 1", "deny", "runts", "1", "0:0", "65534:65534", "0:0"],
    ]);
    assertEquals(owner(`${box.rootfs}/file`), `${UID}:${UID}`);
    // Nowhere may a user make a cgroup here, and the container does without.
    assertEquals(/level=(?!warning msg="The container gets no cgroup)/.test(stderr), false, stderr);
  },
);

testRootless("a user without privileges creates, starts, kills and deletes", () => {
  using box = new RootlessSandbox();
  box.rootless("sleep 10000");
  const runts = (...args: string[]) => {
    const { code, stdout, stderr } = box.runtsWith({ prefix: UNPRIVILEGED }, ...args);
    assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  runts("create", box.id);
  const { pid, status } = JSON.parse(runts("state", box.id));
  assertEquals(status, "created");
  runts("start", box.id);
  assert(new RegExp(`^Uid:\\t${UID}\\t`, "m").test(Deno.readTextFileSync(`/proc/${pid}/status`)));
  runts("kill", box.id, "KILL");
  waitUntil(() => JSON.parse(runts("state", box.id)).status === "stopped");
  runts("delete", box.id);
  assertEquals(box.traces(), []);
});

testRootless("hooks of a container without privileges run where they should", () => {
  using box = new RootlessSandbox();
  box.rootless("true", (config) => {
    const hook = (path: string) => ({
      path: "/bin/sh",
      args: ["sh", "-c", `{ id -u; readlink /proc/self/ns/user; } > ${path}`],
    });
    config.hooks = {
      createRuntime: [hook(`${box.directory}/createRuntime`)],
      createContainer: [hook(`${box.directory}/createContainer`)],
      startContainer: [hook("/tmp/startContainer")],
    };
    config.root.readonly = false;
  });
  const { code, stderr } = box.runtsWith({ prefix: UNPRIVILEGED }, "run", box.id);
  assertEquals(code, 0, stderr);
  const read = (path: string) => Deno.readTextFileSync(path).trim().split("\n");
  const host = namespaceOf("self", "user");
  assertEquals(read(`${box.directory}/createRuntime`), [String(UID), host]);
  const [uid, namespace] = read(`${box.directory}/createContainer`);
  assertEquals(uid, "0");
  assert(namespace !== host, namespace);
  assertEquals(read(`${box.rootfs}/tmp/startContainer`), ["0", namespace]);
});

for (
  const [what, edit, why] of [
    [
      "a range of IDs that was not granted",
      (config) => config.linux.uidMappings[0].size = 10,
      "linux.uidMappings: without CAP_SETUID more than the own ID is for newuidmap to map: newuidmap",
    ],
    [
      "another user's ID",
      (config) => config.linux.gidMappings[0].hostID = UID + 1,
      "linux.gidMappings: without CAP_SETGID more than the own ID is for newgidmap to map: newgidmap",
    ],
    [
      "no user namespace",
      (config) => {
        config.linux.namespaces.pop();
        delete config.linux.uidMappings;
        delete config.linux.gidMappings;
      },
      "without privileges linux.namespaces needs a user namespace",
    ],
    [
      "groups",
      (config) => config.process.user.additionalGids = [0],
      "process.user.additionalGids: setgroups(2) is denied without privileges",
    ],
    [
      "a cgroup by name",
      (config) => config.linux.cgroupsPath = "/runts-test/rootless",
      "Cannot create the cgroup: mkdirat(",
    ],
    [
      "a network device",
      (config) => {
        config.linux.namespaces.push({ type: "network" });
        config.linux.netDevices = { lo0: {} };
      },
      "Cannot move the network devices: ",
    ],
  ] as readonly [string, (config: Editable) => void, string][]
) {
  testRootless(`without privileges ${what} cannot be had, and nothing is changed`, () => {
    using box = new RootlessSandbox();
    box.rootless("true", edit);
    const { code, stdout, stderr } = box.runtsWith({ prefix: UNPRIVILEGED }, "create", box.id);
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.includes(why), stderr);
    assertEquals(box.traces(), []);
    assertEquals(exists(`${box.root}/${box.id}`), false);
  });
}

testRootless("root of a user namespace that may not set groups can make containers in it", () => {
  using box = new RootlessSandbox();
  box.rootless("id -u; cat /proc/self/uid_map", (config) => {
    config.linux.uidMappings = config.linux.gidMappings = mappings([[0, 0, 1]]);
  });
  const prefix = [...UNPRIVILEGED, "unshare", "--user", "--map-root-user", "--mount"];
  const { code, stdout, stderr } = box.runtsWith({ prefix }, "run", box.id);
  assertEquals(code, 0, stderr);
  assertEquals(lines(stdout), ["0", "0 0 1"]);
});
