import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { assemble, type Instruction, label, littleEndian } from "../../../ffi/tape/assemble.ts";

function nop(size: number): Instruction {
  return { text: "nop", size, encode: () => Array(size).fill(0x90) };
}

function jump(target: string): Instruction {
  return { text: `jump ${target}`, size: 2, target, encode: (distance) => [1, distance & 0xff] };
}

Deno.test("assemble() gives a jump the distance from its start, forwards and backwards", () => {
  const { code, labels } = assemble([
    jump("end"),
    label("middle"),
    nop(3),
    jump("middle"),
    label("end"),
    jump("end"),
  ]);
  assertEquals([...code], [1, 7, 0x90, 0x90, 0x90, 1, 0xfd, 1, 0]);
  assertEquals([...labels], [["middle", 2], ["end", 7]]);
});

Deno.test("assemble() lists each instruction with its offset", () => {
  const { listing } = assemble([label("a"), nop(1), jump("a")]);
  assertEquals(listing, [
    { offset: 0, text: "nop", bytes: [0x90] },
    { offset: 1, text: "jump a", bytes: [1, 0xff] },
  ]);
});

Deno.test("assemble() refuses a jump to nowhere", () => {
  throws(() => assemble([jump("away")]), /^Error: Cannot assemble: no label "away"$/);
});

Deno.test("littleEndian() splits a number, also one with its highest bit set", () => {
  assertEquals(littleEndian(0x12345678, 4), [0x78, 0x56, 0x34, 0x12]);
  assertEquals(littleEndian(0xd4000001, 4), [1, 0, 0, 0xd4]);
  assertEquals(littleEndian(0xd4000001 | 0, 4), [1, 0, 0, 0xd4]);
});
