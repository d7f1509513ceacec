/** `linux.namespaces`: new, inherited, joined. @module */
import { assert, assertEquals } from "#assert";
import { type Kind, NamespaceHolder, namespaceOf, NS_NAMES } from "../lib/namespace_holder.ts";
import { type Editable, exists, mounts, Sandbox, waitUntil } from "../lib/sandbox.ts";

const DEFAULT_KINDS: readonly Kind[] = ["pid", "network", "ipc", "uts", "mount", "cgroup"];
const ALL_KINDS = Object.keys(NS_NAMES) as Kind[];

/** Prints the container's namespaces, in the order of {@linkcode ALL_KINDS}. */
const READ_ALL = `{ ${
  ALL_KINDS.map((kind) => `readlink /proc/self/ns/${NS_NAMES[kind]}`).join("; ")
}; }`;

/** The namespaces that a container printed. */
function inside(output: string): Record<Kind, string> {
  const lines = output.trimEnd().split("\n");
  assertEquals(lines.length, ALL_KINDS.length);
  return Object.fromEntries(ALL_KINDS.map((kind, i) => [kind, lines[i]])) as Record<Kind, string>;
}

/** The kinds of which the container has another namespace than this test. */
function differing(found: Record<Kind, string>): Kind[] {
  return ALL_KINDS.filter((kind) => found[kind] !== namespaceOf("self", kind));
}

function without(config: Editable, kind: Kind): void {
  config.linux.namespaces = config.linux.namespaces.filter(
    (namespace: { type: Kind }) => namespace.type !== kind,
  );
}

function join(config: Editable, kind: Kind, path: string): void {
  without(config, kind);
  config.linux.namespaces.push({ type: kind, path });
}

/** Without a mount namespace nothing may be mounted. */
function mountNothing(config: Editable): void {
  config.mounts = [];
  config.root.readonly = false;
  delete config.linux.maskedPaths;
  delete config.linux.readonlyPaths;
}

Deno.test("namespaces without a path are new, those not listed are the runtime's", () => {
  using box = new Sandbox();
  box.script(READ_ALL);
  assertEquals(differing(inside(box.output())).sort(), [...DEFAULT_KINDS].sort());
});

for (const kind of DEFAULT_KINDS.filter((kind) => kind !== "mount")) {
  Deno.test(`without a ${kind} namespace in the list the container has the runtime's`, () => {
    using box = new Sandbox();
    box.script(READ_ALL, (config) => {
      without(config, kind);
      if (kind === "uts") delete config.hostname;
    });
    const found = differing(inside(box.output())).sort();
    assertEquals(found, DEFAULT_KINDS.filter((other) => other !== kind).sort());
  });
}

Deno.test("without a mount namespace in the list the container has the runtime's, and only another root", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    without(config, "mount");
    mountNothing(config);
  });
  const pid = box.createAndStart();
  assertEquals(namespaceOf(pid, "mount"), namespaceOf("self", "mount"));
  assertEquals(Deno.readLinkSync(`/proc/${pid}/root`), box.rootfs);
  assertEquals(mounts().filter((line) => line.includes(box.directory)), []);
});

Deno.test("without any namespace the container is a process with another root", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.namespaces = [];
    delete config.hostname;
    mountNothing(config);
  });
  const pid = box.createAndStart();
  for (const kind of ALL_KINDS) assertEquals(namespaceOf(pid, kind), namespaceOf("self", kind));
  assertEquals(mounts().filter((line) => line.includes(box.directory)), []);
  // Nothing dies with init here, so kill has to.
  assertEquals(box.runts("kill", box.id, "KILL").code, 0);
  box.waitUntilStopped();
});

for (const kind of ["pid", "network", "ipc", "uts", "cgroup", "time"] as const) {
  Deno.test(`a ${kind} namespace with a path is joined`, () => {
    using holder = new NamespaceHolder([kind]);
    using box = new Sandbox();
    box.script(READ_ALL, (config) => join(config, kind, holder.path(kind)));
    const found = inside(box.output());
    assertEquals(found[kind], namespaceOf(holder.pid, kind));
    assertEquals(differing(found).sort(), [...new Set([...DEFAULT_KINDS, kind])].sort());
    box.succeed("delete", "--force", box.id);
    // What we joined is not ours to end (runtime.md#runtimeDelete, MUST NOT).
    assert(holder.isAlive());
  });
}

Deno.test("a user namespace with a path is joined, and what is new belongs to it", () => {
  const maps = { uid: "0 100000 65536\n", gid: "0 200000 65536\n" };
  using holder = new NamespaceHolder(["user"], ":", maps);
  using box = new Sandbox();
  box.script(`${READ_ALL} >&2; cat /proc/self/uid_map /proc/self/gid_map`, (config) => {
    config.linux.namespaces.push({ type: "user", path: holder.path("user") });
  });
  const { code, stdout, stderr } = box.runts("run", box.id);
  assertEquals(code, 0, stderr);
  assertEquals(inside(stderr).user, namespaceOf(holder.pid, "user"));
  assertEquals(stdout.trim().split("\n").map((line) => line.trim().split(/\s+/)), [
    ["0", "100000", "65536"],
    ["0", "200000", "65536"],
  ]);
});

Deno.test("a mount namespace with a path is joined, and who lives there keeps its root", () => {
  using holder = new NamespaceHolder(["mount"]);
  using box = new Sandbox();
  box.script("sleep 10000", (config) => join(config, "mount", holder.path("mount")));
  const root = () => Deno.statSync(`/proc/${holder.pid}/root/.`).ino;
  const inode = root();
  const pid = box.createAndStart();
  assertEquals(namespaceOf(pid, "mount"), namespaceOf(holder.pid, "mount"));
  assertEquals(root(), inode);
  assertEquals(Deno.statSync(`/proc/${holder.pid}/root/proc/self`).isDirectory, true);
  assertEquals(
    Deno.readTextFileSync(`/proc/${pid}/root/etc/passwd`).startsWith("root:x:0:0"),
    true,
  );
  assertEquals(mounts().filter((line) => line.includes(box.directory)), []);
});

Deno.test("all namespaces of a running container can be joined at once", () => {
  using first = new Sandbox();
  first.script("hostname other; touch /ready; sleep 10000", (config) => {
    config.root.readonly = false;
    config.process.capabilities.bounding.push("CAP_SYS_ADMIN");
    config.process.capabilities.effective.push("CAP_SYS_ADMIN");
    config.process.capabilities.permitted.push("CAP_SYS_ADMIN");
  });
  const pid = first.createAndStart();
  waitUntil(() => exists(`${first.rootfs}/ready`));
  using second = new Sandbox();
  second.script(
    `${READ_ALL} >&2; hostname; tr '\\0' ' ' < /proc/1/cmdline | grep -o "sleep 10000"; [ $$ != 1 ] && echo not init`,
    (config) => {
      delete config.hostname;
      for (const kind of DEFAULT_KINDS) {
        if (kind !== "mount") join(config, kind, `/proc/${pid}/ns/${NS_NAMES[kind]}`);
      }
    },
  );
  const { code, stdout, stderr } = second.runts("run", second.id);
  assertEquals(code, 0, stderr);
  const found = inside(stderr);
  for (const kind of DEFAULT_KINDS) {
    const joined = found[kind] === namespaceOf(pid, kind);
    assertEquals(joined, kind !== "mount", kind);
  }
  assertEquals(stdout, "other\nsleep 10000\nnot init\n");
  assertEquals(first.state().status, "running");
});

Deno.test("init of a joined PID namespace sees its neighbours, and kill reaches it alone", () => {
  using holder = new NamespaceHolder(["pid"]);
  using box = new Sandbox();
  box.script("sleep 10000", (config) => join(config, "pid", holder.path("pid")));
  const pid = box.createAndStart();
  assertEquals(namespaceOf(pid, "pid"), namespaceOf(holder.pid, "pid"));
  const nspid = /^NSpid:\s+(.*)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  const inner = Number(nspid?.split("\t").at(-1));
  assert(inner > 1, nspid);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assert(holder.isAlive());
});

Deno.test("a new user namespace goes with a joined network namespace of the host's", () => {
  using holder = new NamespaceHolder(["network"], "ip link add v0 type veth peer name v1");
  using box = new Sandbox();
  box.script(`${READ_ALL} >&2; cat /proc/net/dev; cat /proc/self/uid_map`, (config) => {
    join(config, "network", holder.path("network"));
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    // A sysfs needs a network namespace of the user namespace's own.
    config.mounts = config.mounts.filter(({ type }: { type: string }) =>
      type !== "sysfs" && type !== "cgroup"
    );
  });
  const { code, stdout, stderr } = box.runts("run", box.id);
  assertEquals(code, 0, stderr);
  const found = inside(stderr);
  assertEquals(found.network, namespaceOf(holder.pid, "network"));
  assert(found.user !== namespaceOf("self", "user"));
  assert(/^ *v0:/m.test(stdout), stdout);
  assert(/^ +0 +100000 +65536$/m.test(stdout), stdout);
});

Deno.test("a joined user namespace goes with new ones and with a joined one that it owns", () => {
  const maps = { uid: "0 100000 65536\n", gid: "0 100000 65536\n" };
  using holder = new NamespaceHolder(["user", "network", "uts"], ":", maps);
  using box = new Sandbox();
  box.script(READ_ALL, (config) => {
    for (const kind of ["user", "network", "uts"] as const) join(config, kind, holder.path(kind));
    delete config.hostname;
  });
  const found = inside(box.output());
  for (const kind of ["user", "network", "uts"] as const) {
    assertEquals(found[kind], namespaceOf(holder.pid, kind), kind);
  }
  for (const kind of ["pid", "ipc", "mount", "cgroup"] as const) {
    assert(found[kind] !== namespaceOf("self", kind), kind);
  }
});

for (
  const [what, kind, path, why] of [
    ["another kind of namespace", "network", "/proc/self/ns/uts", "is it a namespace of that type"],
    ["a plain file", "ipc", "/etc/passwd", "is it a namespace of that type"],
    ["nothing", "uts", "/runts-test/none", "ENOENT"],
    ["a directory", "pid", "/proc/self/ns", "is it a namespace of that type"],
  ] as const
) {
  Deno.test(`a path that leads to ${what} is refused, and nothing is changed`, () => {
    using box = new Sandbox();
    box.script("true", (config) => {
      join(config, kind, path);
      delete config.hostname;
    });
    const { code, stderr, stdout } = box.runts("create", box.id);
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.includes("Cannot join the namespaces: linux.namespaces[5].path: "), stderr);
    assert(stderr.includes(why), stderr);
    assertEquals(box.traces(), []);
  });
}

Deno.test("a namespace that is listed twice, or by a relative path, is refused before anything is done", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.linux.namespaces.push({ type: "pid" }, { type: "time", path: "ns/time" });
  });
  const { code, stderr } = box.runts("create", box.id);
  assertEquals(code, 1);
  assert(stderr.includes("linux.namespaces[6].type: repeats linux.namespaces[0]"), stderr);
  assert(stderr.includes("linux.namespaces[7].path: must be an absolute path"), stderr);
  assertEquals(box.traces(), []);
});

Deno.test("a new time namespace has the runtime's clocks, or those that timeOffsets ask for", () => {
  const uptime = () => parseFloat(Deno.readTextFileSync("/proc/uptime"));
  const day = 24 * 3600;
  for (const [ahead, more] of [[0, []], [100 * day, []], [100 * day, ["uts"]]] as const) {
    using holder = new NamespaceHolder(more);
    using box = new Sandbox();
    box.script(`${READ_ALL} >&2; cat /proc/uptime`, (config) => {
      config.linux.namespaces.push({ type: "time" });
      if (ahead > 0) {
        config.linux.timeOffsets = { boottime: { secs: ahead }, monotonic: { secs: 1 } };
      }
      for (const kind of more) join(config, kind, holder.path(kind));
      if (more.length > 0) delete config.hostname;
    });
    const before = uptime();
    const { code, stdout, stderr } = box.runts("run", box.id);
    assertEquals(code, 0, stderr);
    assert(inside(stderr).time !== namespaceOf("self", "time"));
    const found = parseFloat(stdout);
    assert(found >= before + ahead && found <= uptime() + ahead, `${found} ${before}`);
  }
});
