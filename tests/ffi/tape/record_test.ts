import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import {
  type Address,
  encodeRecords,
  MAY_FAIL,
  ResultOf,
  SKIP_NEXT_ON_SUCCESS,
  word,
} from "../../../ffi/tape/record.ts";

const BASE = 0x500000;

Deno.test("word() is the two's complement of 64 bits", () => {
  assertEquals(word(-100), 0xffff_ffff_ffff_ff9cn);
  assertEquals(word(-1n), 0xffff_ffff_ffff_ffffn);
  assertEquals(word(0xffff_ffff), 0xffff_ffffn);
  assertEquals(word(1n << 63n), 1n << 63n);
});

Deno.test("word() refuses a number that is not exact", () => {
  for (const value of [0.5, NaN, 2 ** 64]) {
    throws(() => word(value), {
      message: `Cannot put ${value} on the tape: it is not a safe integer`,
    });
  }
});

Deno.test("encodeRecords() lays a record out as the diagram says", () => {
  const bytes = encodeRecords([
    { nr: 0x0102, args: [], flags: 0 },
    { nr: 59, args: [1, -2, 3n, 0x1122334455667788n, 5, 6], flags: MAY_FAIL },
  ], BASE);
  assertEquals(
    bytes.toHex(),
    // deno-fmt-ignore
    "0201000000000000" + "00".repeat(8 * 6) + "0000000000000000" + "00000000" + "00000000" +
    "3b00000000000000" +
      "0100000000000000" + "feffffffffffffff" + "0300000000000000" +
      "8877665544332211" + "0500000000000000" + "0600000000000000" +
      "0000000000000000" + "01000000" + "01000000",
  );
});

Deno.test("encodeRecords() chains the stores of one result behind the records", () => {
  const flags = SKIP_NEXT_ON_SUCCESS;
  const view = new DataView(
    encodeRecords([
      { nr: 1, args: [], flags, storeInto: 0x411008 as Address },
      { nr: 2, args: [7, new ResultOf(0)], flags: 0 },
    ], BASE).buffer,
  );
  const words = Array.from(
    { length: view.byteLength / 8 },
    (_, i) => Number(view.getBigUint64(8 * i, true)),
  );
  // Two records of nine words, then two stores; the later store is the head.
  const [dataStore, argumentStore] = [BASE + 8 * 18, BASE + 8 * 20];
  assertEquals(words.length, 22);
  assertEquals(words[7], argumentStore);
  assertEquals(words.slice(20), [BASE + 8 * (9 + 2), dataStore]);
  assertEquals(words.slice(18, 20), [0x411008, 0]);
  assertEquals(words.slice(9, 12), [2, 7, 0xffff_ffff]);
  assertEquals(words[16], 0);
});
