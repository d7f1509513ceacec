import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { parseSize } from "../../../runtime/plan/size.ts";

const SIZES: readonly (readonly [string, bigint])[] = [
  ["0", 0n],
  ["-1", -1n],
  ["4096", 4096n],
  ["32b", 32n],
  ["1k", 1024n],
  ["1K", 1024n],
  ["1kb", 1024n],
  ["1KiB", 1024n],
  ["512m", 512n << 20n],
  ["2 GB", 2n << 30n],
  ["1 ", 1n],
  ["1.5g", 3n << 29n],
  ["3t", 3n << 40n],
  ["1p", 1n << 50n],
  // More than a double holds exactly.
  ["9007199254740993", 9007199254740993n],
  ["9223372036854775807", 2n ** 63n - 1n],
];

for (const [text, wanted] of SIZES) {
  Deno.test(`parseSize() of "${text}"`, () => assertEquals(parseSize(text), wanted));
}

Deno.test("parseSize() refuses everything else, in the words that callers know", () => {
  for (
    const text of ["", "m", "-2", "-1m", "1x", "1mm", "0x10", "1e3", " 1", "1  m", "1,5m"]
  ) {
    throws(() => parseSize(text), { name: "SyntaxError", message: `invalid size: '${text}'` });
  }
  for (const text of ["9223372036854775808", "8192p", "99999999999999999999p"]) {
    throws(() => parseSize(text), { message: `invalid size: '${text}' is out of range` });
  }
});
