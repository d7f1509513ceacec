import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { planBitMask } from "../../../runtime/plan/number_list.ts";

Deno.test("planBitMask() sets a bit a number, in whole 64-bit words", () => {
  const cases: [string, number[]][] = [
    ["", []],
    ["0", [1, 0, 0, 0, 0, 0, 0, 0]],
    ["0-3,7", [0x8f, 0, 0, 0, 0, 0, 0, 0]],
    [" 1 , 8 - 9 ", [2, 3, 0, 0, 0, 0, 0, 0]],
    ["63", [0, 0, 0, 0, 0, 0, 0, 0x80]],
    ["64", [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]],
  ];
  for (const [text, bytes] of cases) {
    assertEquals([text, [...planBitMask(text).bytes]], [text, bytes]);
  }
  assertEquals(planBitMask(" 0-3,7 ").text, "0-3,7");
});

Deno.test("planBitMask() refuses what is no list", () => {
  throws(() => planBitMask("3-1"), /Cannot make a mask of "3-1"/);
});
