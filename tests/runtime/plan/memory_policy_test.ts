import { assertEquals } from "#assert";
import { planMemoryPolicy } from "../../../runtime/plan/memory_policy.ts";
import { MEMORY_POLICY_MODES } from "../../../spec/scheduling.ts";

Deno.test("planMemoryPolicy() numbers the modes as include/uapi/linux/mempolicy.h does", () => {
  assertEquals(MEMORY_POLICY_MODES.map((mode) => [mode, planMemoryPolicy({ mode }).mode]), [
    ["MPOL_DEFAULT", 0],
    ["MPOL_PREFERRED", 1],
    ["MPOL_BIND", 2],
    ["MPOL_INTERLEAVE", 3],
    ["MPOL_LOCAL", 4],
    ["MPOL_PREFERRED_MANY", 5],
    ["MPOL_WEIGHTED_INTERLEAVE", 6],
  ]);
});

Deno.test("planMemoryPolicy() adds the flags to the mode, and makes a mask of the nodes", () => {
  const plan = planMemoryPolicy({
    mode: "MPOL_BIND",
    nodes: "0-1,65",
    flags: ["MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING"],
  });
  assertEquals(plan.mode, 0x8000 | 0x2000 | 2);
  assertEquals([...plan.nodemask], [3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(plan.text, "MPOL_BIND|MPOL_F_STATIC_NODES|MPOL_F_NUMA_BALANCING, [0-1,65]");
});

Deno.test("planMemoryPolicy() has no mask without nodes", () => {
  for (const nodes of [undefined, ""]) {
    const policy = { mode: "MPOL_PREFERRED", ...(nodes === undefined ? {} : { nodes }) } as const;
    assertEquals(planMemoryPolicy(policy).nodemask.length, 0);
  }
  const relative = { mode: "MPOL_INTERLEAVE", flags: ["MPOL_F_RELATIVE_NODES"] } as const;
  assertEquals(planMemoryPolicy({ ...relative, flags: [...relative.flags] }).mode, 0x4003);
});
