import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { decodeReport } from "../../../ffi/tape/report.ts";

Deno.test("decodeReport() reads index and errno, little endian", () => {
  assertEquals(decodeReport(Uint8Array.of(2, 1, 0, 0, 13, 0, 0, 0)), { index: 258, errno: 13 });
});

Deno.test("decodeReport() reads a part of a larger buffer", () => {
  const buffer = Uint8Array.of(9, 9, 1, 0, 0, 0, 2, 0, 0, 0, 9);
  assertEquals(decodeReport(buffer.subarray(2, 10)), { index: 1, errno: 2 });
});

Deno.test("decodeReport() refuses a report of another size", () => {
  for (const size of [0, 7, 9]) {
    throws(
      () => decodeReport(new Uint8Array(size)),
      { message: `Cannot decode the tape's report: ${size} bytes instead of 8` },
    );
  }
});
