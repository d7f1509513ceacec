import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { scratch } from "../../ffi/memory.ts";

Deno.test("scratch() places strings with their NUL", () => {
  using m = scratch();
  const address = m.cstring("é");
  assertEquals([...m.u8(address, 3)], [0xc3, 0xa9, 0]);
  assertEquals(m.cstring(null), 0);
});

Deno.test("scratch() refuses a string that C would cut", () => {
  using m = scratch();
  throws(() => m.cstring("/etc\0/shadow"), /holds a NUL/);
});

Deno.test("scratch() gives the memory back at the end of the block", () => {
  const place = (): number => {
    using m = scratch();
    return m.zeros(64);
  };
  assertEquals(place(), place());
});

Deno.test("scratch() nests: an inner block does not touch the outer one's memory", () => {
  using outer = scratch();
  const kept = outer.bytes(new Uint8Array([1, 2, 3]));
  {
    using inner = scratch();
    inner.bytes(new Uint8Array(100).fill(9));
  }
  assertEquals([...outer.u8(kept, 3)], [1, 2, 3]);
});

Deno.test("scratch() clears what an earlier block left", () => {
  {
    using m = scratch();
    m.bytes(new Uint8Array(32).fill(0xff));
  }
  using m = scratch();
  assertEquals([...m.u8(m.zeros(32), 32)], Array(32).fill(0));
});

Deno.test("scratch() makes a char*[] that ends with NULL", () => {
  using m = scratch();
  const address = m.cstrings(["a", "b"]);
  const view = m.view(address, 24);
  const first = Number(view.getBigUint64(0, true));
  assertEquals([...m.u8(first, 2)], [97, 0]);
  assertEquals(view.getBigUint64(16, true), 0n);
});

Deno.test("scratch() says so when the arena is full", () => {
  using m = scratch();
  throws(() => m.zeros(1 << 30), /arena is full/);
});
