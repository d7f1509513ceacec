import { assertEquals } from "#assert";
import { CLONE } from "../../../ffi/constants.ts";
import {
  cloneFlags,
  hasNamespace,
  idMapText,
  planNamespaces,
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
