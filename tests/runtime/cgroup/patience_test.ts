import { assert, assertEquals } from "#assert";
import { waitUntil } from "../../../runtime/cgroup/patience.ts";

Deno.test("waitUntil() looks again until it is so", () => {
  let looks = 0;
  assert(waitUntil(() => ++looks === 4, 60_000));
  assertEquals(looks, 4);
});

Deno.test("waitUntil() gives up, but not without having looked", () => {
  let looks = 0;
  assert(!waitUntil(() => ++looks === 0, 0));
  assertEquals(looks, 1);
});
