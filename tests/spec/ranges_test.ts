import { assertEquals } from "#assert";
import { parseRanges } from "../../spec/ranges.ts";

for (
  const [text, ranges] of [
    ["", []],
    ["  ", []],
    ["7", [[7, 7]]],
    ["0-3,7", [[0, 3], [7, 7]]],
    [" 0 - 3 , 007 ", [[0, 3], [7, 7]]],
    ["65535", [[65535, 65535]]],
  ] as const
) {
  Deno.test(`parseRanges() reads ${JSON.stringify(text)}`, () => {
    assertEquals(parseRanges(text), ranges.map(([first, last]) => ({ first, last })));
  });
}

for (
  const text of [",", "1,", "3-1", "1-2-3", "-1", "a", "0x1", "1 2", "65536", "0-9999999999", "1\n"]
) {
  Deno.test(`parseRanges() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseRanges(text), undefined);
  });
}
