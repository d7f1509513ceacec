import { assertEquals } from "#assert";
import { CLONE } from "../../../ffi/constants.ts";
import {
  cloneFlags,
  hasNamespace,
  idMapText,
  needsIntermediate,
  planNamespaces,
  unshareFlags,
} from "../../../runtime/plan/namespaces.ts";

Deno.test("planNamespaces() tells new from joined", () => {
  const plan = planNamespaces({
    namespaces: [{ type: "pid" }, { type: "network", path: "/run/netns/x" }, { type: "mount" }],
  });
  assertEquals([...plan.fresh], ["pid", "mount"]);
  assertEquals(plan.joined, [{
    type: "network",
    flag: CLONE.CLONE_NEWNET,
    path: "/run/netns/x",
    property: "linux.namespaces[1].path",
  }]);
  assertEquals(
    (["pid", "network", "user"] as const).map((type) => hasNamespace(plan, type)),
    [true, true, false],
  );
});

Deno.test("cloneFlags() leaves the cgroup namespace to init", () => {
  const plan = planNamespaces({
    namespaces: [{ type: "pid" }, { type: "cgroup" }, { type: "network" }],
  });
  assertEquals(cloneFlags(plan), CLONE.CLONE_NEWPID + CLONE.CLONE_NEWNET);
});

Deno.test("idMapText() writes a line a range", () => {
  const text = idMapText([
    { containerID: 0, hostID: 100000, size: 1000 },
    { containerID: 1000, hostID: 5, size: 1 },
  ]);
  assertEquals(text, "0 100000 1000\n1000 5 1\n");
});

Deno.test("a new time namespace is made with the others, and by the intermediate when it has offsets", () => {
  const namespaces = [{ type: "pid" }, { type: "user" }, { type: "time" }] as const;
  const plain = planNamespaces({ namespaces: [...namespaces], timeOffsets: {} });
  assertEquals(plain.timeOffsets, "");
  assertEquals(needsIntermediate(plain), false);
  assertEquals(cloneFlags(plain), CLONE.CLONE_NEWPID + CLONE.CLONE_NEWUSER + CLONE.CLONE_NEWTIME);
  assertEquals(unshareFlags(plain), 0);

  const timeOffsets = { monotonic: { secs: -5n }, boottime: { secs: 7, nanosecs: 3 } };
  const shifted = planNamespaces({ namespaces: [...namespaces], timeOffsets });
  assertEquals(shifted.timeOffsets, "monotonic -5 0\nboottime 7 3\n");
  assertEquals(needsIntermediate(shifted), true);
  // The time namespace is to belong to the container's user namespace, so that one is made first.
  assertEquals(unshareFlags(shifted), CLONE.CLONE_NEWUSER + CLONE.CLONE_NEWTIME);
  assertEquals(cloneFlags(shifted), CLONE.CLONE_NEWPID);
});

Deno.test("needsIntermediate() of a namespace that is joined", () => {
  const plan = planNamespaces({ namespaces: [{ type: "time", path: "/proc/1/ns/time" }] });
  assertEquals([needsIntermediate(plan), cloneFlags(plan), unshareFlags(plan)], [true, 0, 0]);
});
