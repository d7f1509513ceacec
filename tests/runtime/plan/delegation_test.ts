import { assertEquals } from "#assert";
import { isDelegated, parseIdMap, toHostId } from "../../../runtime/plan/delegation.ts";
import type { Linux } from "../../../spec/schema/linux.ts";
import type { Mount } from "../../../spec/schema/mount.ts";

const OWN: Linux = { namespaces: [{ type: "cgroup" }] };

function mount(options: string[], changes: Partial<Mount> = {}): Mount[] {
  const destination = "/sys/fs/cgroup";
  return [{ destination, type: "cgroup", source: "cgroup", options, ...changes }];
}

Deno.test("isDelegated() wants a cgroup namespace of its own and a cgroup filesystem to write", () => {
  assertEquals(isDelegated({ linux: OWN, mounts: mount(["rw", "nosuid"]) }), true);
  assertEquals(isDelegated({ linux: OWN, mounts: mount([]) }), true);
  assertEquals(
    isDelegated({ linux: OWN, mounts: mount([], { destination: "/sys/fs//cgroup/" }) }),
    true,
  );
  assertEquals(isDelegated({ linux: OWN, mounts: mount(["nosuid", "ro"]) }), false);
  assertEquals(isDelegated({ linux: OWN, mounts: mount(["rro"]) }), false);
  assertEquals(isDelegated({ linux: OWN, mounts: mount([], { source: "other" }) }), false);
  assertEquals(isDelegated({ linux: OWN, mounts: mount([], { destination: "/sys/fs" }) }), false);
  assertEquals(isDelegated({ linux: OWN }), false);
  assertEquals(isDelegated({ mounts: mount([]) }), false);
  const joined: Linux = { namespaces: [{ type: "cgroup", path: "/proc/1/ns/cgroup" }] };
  assertEquals(isDelegated({ linux: joined, mounts: mount([]) }), false);
});

Deno.test("toHostId() finds an ID in what the kernel writes of a map", () => {
  const map = parseIdMap("         0     100000       1000\n      1000       5000          1\n");
  assertEquals(
    [0, 1, 999, 1000, 1001].map((id) => toHostId(map, id)),
    [100_000, 100_001, 100_999, 5000, undefined],
  );
  const all = parseIdMap("         0          0 4294967295\n");
  assertEquals(toHostId(all, 65534), 65534);
});
