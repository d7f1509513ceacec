import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { Struct } from "../../ffi/struct.ts";

/** One field of each kind, in an order that needs padding before, between and behind. */
const mixed = new Struct("mixed", {
  a: "u8",
  b: "u32",
  c: "s16",
  d: "u64",
  e: "u8[3]",
  f: "s8",
  g: "u16",
  h: "s32",
  i: "s64",
  j: "ptr",
  k: "usize",
});

Deno.test("Struct lays fields out as C does: aligned fields, padded end", () => {
  assertEquals(mixed.offsets, {
    a: 0,
    b: 4,
    c: 8,
    d: 16,
    e: 24,
    f: 27,
    g: 28,
    h: 32,
    i: 40,
    j: 48,
    k: 56,
  });
  assertEquals(mixed.size, 64);
  assertEquals(mixed.alignment, 8);
  assertEquals(new Struct("tail", { a: "u32", b: "u8" }).size, 8);
  assertEquals(new Struct("empty", {}).size, 0);
});

Deno.test("Struct nests with the alignment and the offsets of the inner struct", () => {
  const inner = new Struct("inner", { x: "u64", y: "u8" });
  const outer = new Struct("outer", { a: "u8", b: inner, c: "u8" });
  assertEquals(outer.offsets, { a: 0, b: 8, c: 24 });
  assertEquals(outer.size, 32);
  const bytes = outer.encode({ a: 1, b: { y: 2 }, c: 3 });
  assertEquals(outer.decode(bytes), { a: 1, b: { x: 0n, y: 2 }, c: 3 });
  assertEquals(bytes[16], 2);
});

Deno.test("Struct.encode() writes every field little-endian at its own place", () => {
  const bytes = mixed.encode({
    a: 0x11,
    b: 0x24232221,
    c: 0x3231,
    d: 0x4847464544434241n,
    e: Uint8Array.of(0x51, 0x52, 0x53),
    f: 0x61,
    g: 0x7271,
    h: 0x44332211,
    i: -1n,
    j: 0x1f0000000002,
    k: 5,
  });
  // deno-fmt-ignore
  assertEquals([...bytes], [
    0x11, 0, 0, 0,  0x21, 0x22, 0x23, 0x24,                  // a, padding, b
    0x31, 0x32, 0, 0, 0, 0, 0, 0,                            // c, padding
    0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,          // d
    0x51, 0x52, 0x53, 0x61, 0x71, 0x72, 0, 0,                // e, f, g, padding
    0x11, 0x22, 0x33, 0x44, 0, 0, 0, 0,                      // h, padding
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,          // i
    0x02, 0, 0, 0, 0, 0x1f, 0, 0,                            // j
    5, 0, 0, 0, 0, 0, 0, 0,                                  // k
  ]);
});

Deno.test("Struct.decode() reads back what encode() wrote, at any offset and alignment", () => {
  const values = {
    a: 255,
    b: 0xfffffffe,
    c: -2,
    d: 2n ** 64n - 1n,
    e: Uint8Array.of(1, 2, 3),
    f: -128,
    g: 0xffff,
    h: -(2 ** 31),
    i: -(2n ** 63n),
    j: 0x7ffffffff000,
    k: Number.MAX_SAFE_INTEGER,
  };
  const buffer = new Uint8Array(200);
  // A view that does not begin where its buffer does: both kinds of target must honour it.
  const part = buffer.subarray(3);
  mixed.encode(values, part, 10);
  assertEquals(mixed.decode(part, 10), values);
  assertEquals(mixed.decode(new DataView(buffer.buffer, 3), 10), values);
  assertEquals(buffer.subarray(0, 13), new Uint8Array(13));
});

Deno.test("Struct.encode() zeroes what is left out, and the padding, in reused memory", () => {
  const dirty = new Uint8Array(80).fill(0xee);
  const bytes = mixed.encode({ a: 1 }, dirty, 8);
  assertEquals([...bytes], [1, ...new Array(63).fill(0)]);
  assertEquals(dirty[7], 0xee);
  assertEquals(dirty[72], 0xee);
});

Deno.test("Struct.decode() copies byte arrays out of the source", () => {
  const s = new Struct("s", { a: "u8[2]" });
  const source = Uint8Array.of(1, 2);
  const { a } = s.decode(source);
  source.fill(9);
  assertEquals(a, Uint8Array.of(1, 2));
});

Deno.test("Struct.encode() takes what bitwise operators make of a word with bit 31", () => {
  const s = new Struct("s", { flags: "u32", big: "u64" });
  const bytes = s.encode({ flags: 1 << 31, big: -1n });
  assertEquals(s.decode(bytes), { flags: 0x80000000, big: 2n ** 64n - 1n });
});

Deno.test("Struct.encode() refuses a value that does not fit, and names the field", () => {
  const cases: [Parameters<typeof mixed.encode>[0], string][] = [
    [{ a: 256 }, "Cannot encode mixed.a: 256 does not fit into u8"],
    [{ a: -1 }, "Cannot encode mixed.a: -1 does not fit into u8"],
    [{ b: 2 ** 32 }, "Cannot encode mixed.b: 4294967296 does not fit into u32"],
    [{ b: 1.5 }, "Cannot encode mixed.b: 1.5 does not fit into u32"],
    [{ c: 0x8000 }, "Cannot encode mixed.c: 32768 does not fit into s16"],
    [{ d: 2n ** 64n }, "Cannot encode mixed.d: 18446744073709551616 does not fit into u64"],
    [{ e: new Uint8Array(4) }, "Cannot encode mixed.e: 0,0,0,0 does not fit into u8[3]"],
    [{ h: NaN }, "Cannot encode mixed.h: NaN does not fit into s32"],
    [{ i: 2n ** 63n }, "Cannot encode mixed.i: 9223372036854775808 does not fit into s64"],
    [{ j: -1 }, "Cannot encode mixed.j: -1 does not fit into ptr"],
    [{ d: 1 as unknown as bigint }, "Cannot encode mixed.d: 1 does not fit into u64"],
  ];
  for (const [values, message] of cases) {
    throws(() => mixed.encode(values), { name: "RangeError", message });
  }
});

Deno.test("Struct refuses too short a buffer, in both directions", () => {
  const s = new Struct("s", { a: "u32" });
  const message = "Cannot decode struct s: it has 4 bytes, there are 3 at offset 1";
  throws(() => s.decode(new Uint8Array(4), 1), { name: "RangeError", message });
  throws(() => s.decode(new Uint8Array(4), -1), { name: "RangeError" });
  throws(() => s.encode({ a: 1 }, new Uint8Array(3)), {
    name: "RangeError",
    message: "Cannot encode struct s: it has 4 bytes, there are 3 at offset 0",
  });
});

Deno.test("Struct refuses a type that does not exist", () => {
  for (const type of ["u9", "u8[x]", "u8["]) {
    throws(() => new Struct("s", { a: type as "u8" }), {
      name: "TypeError",
      message: `Cannot lay out s.a: there is no type "${type}"`,
    });
  }
});
