/** `linux.namespaces`: joined ones and new ones together, owned by different user namespaces. @module */
import { assert, assertEquals } from "#assert";
import { type Kind, NamespaceHolder, namespaceOf } from "../lib/namespace_holder.ts";
import { type Editable, Sandbox } from "../lib/sandbox.ts";

/** Of the holder's user namespace; the container's new ones have other IDs. */
const MAPS = { uid: "0 200000 65536\n", gid: "0 200000 65536\n" };

function join(config: Editable, kind: Kind, holder: NamespaceHolder): void {
  config.linux.namespaces = config.linux.namespaces.filter(
    ({ type }: { type: Kind }) => type !== kind,
  );
  config.linux.namespaces.push({ type: kind, path: holder.path(kind) });
  if (kind === "uts") delete config.hostname;
  // A sysfs takes rights over the network namespace.
  if (kind === "network") withoutMounts(config, "sysfs", "cgroup");
}

function withoutMounts(config: Editable, ...types: readonly string[]): void {
  config.mounts = config.mounts.filter(({ type }: { type: string }) => !types.includes(type));
}

function withNewUserNamespace(config: Editable): void {
  config.linux.namespaces.push({ type: "user" });
  const mappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  Object.assign(config.linux, { uidMappings: mappings, gidMappings: mappings });
}

/** Which are the holder's, which are ours; all others are new. */
function assertNamespaces(pid: number, holder: NamespaceHolder, joined: readonly Kind[]): void {
  for (const kind of joined) {
    assertEquals(namespaceOf(pid, kind), namespaceOf(holder.pid, kind), kind);
  }
  const others = (["user", "pid", "network", "ipc", "uts", "mount"] as const)
    .filter((kind) => !joined.includes(kind));
  for (const kind of others) {
    const found = namespaceOf(pid, kind);
    assert(found !== namespaceOf(holder.pid, kind) && found !== namespaceOf("self", kind), kind);
  }
}

function uidOf(pid: number): string | undefined {
  return /^Uid:\t(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
}

for (const kinds of [["network"], ["uts", "ipc"], ["network", "uts", "ipc"]] as const) {
  Deno.test(`a new user namespace goes with a joined ${kinds.join(", ")} of another user namespace`, () => {
    using holder = new NamespaceHolder(["user", ...kinds], ":", MAPS);
    using box = new Sandbox();
    box.script("sleep 10000", (config) => {
      for (const kind of kinds) join(config, kind, holder);
      withNewUserNamespace(config);
      // A message queue's filesystem takes rights over the ipc namespace.
      if (kinds.some((kind) => kind === "ipc")) withoutMounts(config, "mqueue");
    });
    const pid = box.createAndStart();
    assertNamespaces(pid, holder, kinds);
    assertEquals(uidOf(pid), "100000");
    // It may use them, and not change them: they belong to neither it nor one above.
    const { code } = box.runts(
      "exec",
      "--cap",
      "CAP_NET_ADMIN",
      box.id,
      "ip",
      "link",
      "set",
      "lo",
      "up",
    );
    assertEquals(code === 0, !kinds.some((kind) => kind === "network"));
    box.succeed("exec", box.id, "true");
    box.succeed("delete", "--force", box.id);
    assert(holder.isAlive());
  });
}

for (const owner of ["the host's", "another user namespace's"] as const) {
  Deno.test(`a new user namespace goes with a joined PID namespace of ${owner}`, () => {
    const isHosts = owner === "the host's";
    using holder = isHosts
      ? new NamespaceHolder(["pid"])
      : new NamespaceHolder(["user", "pid"], ":", MAPS);
    using box = new Sandbox();
    box.script("sleep 10000", (config) => {
      join(config, "pid", holder);
      withNewUserNamespace(config);
      // A proc takes rights over the PID namespace.
      withoutMounts(config, "proc");
      delete config.linux.maskedPaths;
      delete config.linux.readonlyPaths;
    });
    const pid = box.createAndStart();
    assertEquals(namespaceOf(pid, "pid"), namespaceOf(holder.pid, "pid"));
    assertEquals(uidOf(pid), "100000");
    assert(namespaceOf(pid, "user") !== namespaceOf(holder.pid, "user"));
    box.succeed("exec", box.id, "true");
    box.succeed("kill", box.id, "KILL");
    box.waitUntilStopped();
    assert(holder.isAlive());
  });
}

Deno.test("a joined user namespace goes with joined ones of the host's and of its own, and new ones", () => {
  using holder = new NamespaceHolder(["user", "uts", "pid"], ":", MAPS);
  using hosts = new NamespaceHolder(["network"], "ip link add v0 type veth peer name v1");
  using box = new Sandbox();
  box.script("cat /proc/net/dev; sleep 10000", (config) => {
    join(config, "network", hosts);
    for (const kind of ["user", "uts", "pid"] as const) join(config, kind, holder);
  });
  const pid = box.createAndStart();
  for (const kind of ["user", "uts", "pid"] as const) {
    assertEquals(namespaceOf(pid, kind), namespaceOf(holder.pid, kind), kind);
  }
  assertEquals(namespaceOf(pid, "network"), namespaceOf(hosts.pid, "network"));
  for (const kind of ["ipc", "mount", "cgroup"] as const) {
    assert(namespaceOf(pid, kind) !== namespaceOf("self", kind), kind);
  }
  assertEquals(uidOf(pid), "200000");
  assert(box.succeed("exec", box.id, "cat", "/proc/net/dev").stdout.includes("v0:"));
});
