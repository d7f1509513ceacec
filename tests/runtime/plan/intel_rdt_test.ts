import { assertEquals } from "#assert";
import { findMismatch, planIntelRdt } from "../../../runtime/plan/intel_rdt.ts";

Deno.test("planIntelRdt() of nothing is the container's own class, with nothing to write", () => {
  const nothing = { closID: undefined, schemas: [], schemata: [], monitoring: false };
  assertEquals(planIntelRdt({}), nothing);
  assertEquals(planIntelRdt({ closID: "", l3CacheSchema: "" }), nothing);
});

Deno.test("planIntelRdt() puts the L3 schema first, then the bandwidth, then the rest", () => {
  const plan = planIntelRdt({
    closID: "gold",
    memBwSchema: "MB:0=20",
    l3CacheSchema: "L3CODE:0=f\nL3DATA:0=f0\n",
    schemata: ["L2:0=3", "MB:1=10"],
    enableMonitoring: true,
  });
  assertEquals(plan, {
    closID: "gold",
    schemas: ["L3CODE:0=f", "L3DATA:0=f0", "MB:0=20"],
    schemata: ["L2:0=3", "MB:1=10"],
    monitoring: true,
  });
});

// As the kernel prints it: right-aligned names, masks with leading zeros.
const CONTENT = "    L3:0=0ffff0;1=0003ff\n    MB:0= 20;1=100\n";

Deno.test("findMismatch() compares numbers, not texts", () => {
  for (
    const lines of [
      [],
      ["L3:0=ffff0;1=3ff"],
      ["L3:1=3FF;0=FFFF0"],
      ["MB:0=20;1=100"],
      ["L3:0=00ffff0", "MB:1=100"],
      ["MB: 00 = 020 "],
    ]
  ) {
    assertEquals([lines, findMismatch(lines, CONTENT)], [lines, undefined]);
  }
});

Deno.test("findMismatch() finds another value, another domain, another resource, and nonsense", () => {
  for (const line of ["L3:0=ffff1", "L3:2=ffff0", "L2:0=ffff0", "MB:0=2", "L3:0", "", "gold"]) {
    assertEquals(findMismatch(["MB:0=20", line], CONTENT), line);
  }
  assertEquals(findMismatch(["L3:0=f"], ""), "L3:0=f");
});
