import { throws } from "node:assert/strict";
import { assertContainerId } from "../../runtime/container_id.ts";

for (const id of ["a", "web_1", "A+b.c-9", ".x", "...", "-"]) {
  Deno.test(`assertContainerId() accepts "${id}"`, () => assertContainerId(id));
}

for (const id of [".", "..", "a/b", "a b", "é", "a\n", "a:b", "../x", "a\0"]) {
  Deno.test(`assertContainerId() refuses ${JSON.stringify(id)}`, () => {
    throws(() => assertContainerId(id), { message: "invalid container ID format" });
  });
}

Deno.test("assertContainerId() refuses the empty string", () => {
  throws(() => assertContainerId(""), { message: "container id cannot be empty" });
});
