import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { elfImage } from "../../../ffi/tape/elf.ts";
import { findProgram, outputOf, temporaryFile, testWith } from "./tools.ts";

const CODE = Uint8Array.of(0xc0, 0xde);
const DATA = [Uint8Array.of(1, 2, 3), new Uint8Array(0x2345 - 3).fill(4)];

Deno.test("elfImage() puts code and data where the diagram says", () => {
  const image = elfImage(62, CODE, DATA);
  assertEquals(image.length, 0x1000 + 0x2345);
  assertEquals([...image.subarray(0x100, 0x103)], [0xc0, 0xde, 0]);
  assertEquals([...image.subarray(0xfff, 0x1004)], [0, 1, 2, 3, 4]);
});

Deno.test("elfImage() has the headers of elf(5)", () => {
  const view = new DataView(elfImage(183, CODE, DATA).buffer);
  const u16 = (offset: number) => view.getUint16(offset, true);
  const u32 = (offset: number) => view.getUint32(offset, true);
  const u64 = (offset: number) => Number(view.getBigUint64(offset, true));
  assertEquals([u32(0), u32(4), u64(8)], [0x464c457f, 0x00010102, 0]);
  assertEquals([u16(16), u16(18), u32(20)], [2, 183, 1]);
  assertEquals([u64(24), u64(32), u64(40), u32(48)], [0x400100, 64, 0, 0]);
  assertEquals([52, 54, 56, 58, 60, 62].map(u16), [64, 56, 3, 0, 0, 0]);
  const phdrs = [64, 120, 176].map((at) => [
    u32(at),
    u32(at + 4),
    ...[8, 16, 24, 32, 40, 48].map((member) => u64(at + member)),
  ]);
  assertEquals(phdrs, [
    [1, 5, 0, 0x400000, 0x400000, 0x102, 0x102, 0x10000],
    [1, 6, 0x1000, 0x411000, 0x411000, 0x2345, 0x2345, 0x10000],
    [0x6474e551, 6, 0, 0, 0, 0, 0, 16],
  ]);
});

Deno.test("elfImage() refuses code that is longer than its page", () => {
  assertEquals(elfImage(62, new Uint8Array(0xf00), []).length, 0x1000);
  throws(() => elfImage(62, new Uint8Array(0xf01), []), /^RangeError: Cannot make the image: /);
});

for (
  const [e_machine, name] of [[62, "Advanced Micro Devices X86-64"], [183, "AArch64"]] as const
) {
  testWith(
    findProgram("readelf"),
    "readelf",
    `elfImage() is what readelf calls an executable for ${name}`,
    (readelf) => {
      using file = temporaryFile(elfImage(e_machine, CODE, DATA));
      const lines = outputOf(readelf, "--wide", "--file-header", "--program-headers", file.path)
        .split("\n").map((line) => line.trim().replace(/\s+/g, " "));
      for (
        const line of [
          "Class: ELF64",
          "Data: 2's complement, little endian",
          "Type: EXEC (Executable file)",
          `Machine: ${name}`,
          "Entry point address: 0x400100",
          "Number of section headers: 0",
          "LOAD 0x000000 0x0000000000400000 0x0000000000400000 0x000102 0x000102 R E 0x10000",
          "LOAD 0x001000 0x0000000000411000 0x0000000000411000 0x002345 0x002345 RW 0x10000",
          "GNU_STACK 0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW 0x10",
        ]
      ) assert(lines.includes(line), `${JSON.stringify(line)} in\n${lines.join("\n")}`);
    },
  );
}
