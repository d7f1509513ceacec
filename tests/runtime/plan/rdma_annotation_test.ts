import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { planRdma } from "../../../runtime/plan/rdma_annotation.ts";

Deno.test("planRdma() leaves RDMA devices where they are, unless they are wanted", () => {
  assertEquals(planRdma(), false);
  assertEquals(planRdma({ "org.runts.netDevices.h0": "true" }), false);
  assertEquals(planRdma({ "org.runts.rdma": "false" }), false);
  assertEquals(planRdma({ "org.runts.rdma": "true" }), true);
});

Deno.test("planRdma() refuses other values, by the property", () => {
  for (const value of ["", "1", "yes", "True"]) {
    throws(
      () => planRdma({ "org.runts.rdma": value }),
      (error: Error) =>
        error.message.includes(
          `annotations["org.runts.rdma"]: must be "true" or "false", got "${value}"`,
        ),
    );
  }
});
