import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import {
  type Attribute,
  AttributeDecoder,
  encodeAttributes,
  nested,
  string,
  u32,
  u8,
} from "../../../ffi/netlink/attribute.ts";
import { NLA } from "../../../ffi/netlink/constants.ts";
import { hex } from "./fake_peer.ts";

Deno.test("encodeAttributes() writes length, type, value and padding", () => {
  const cases: [readonly Attribute[], string][] = [
    [[], ""],
    [[u8(1, 0xff)], "0500 0100 ff 000000"],
    [[u32(2, 0x01020304)], "0800 0200 04030201"],
    [[string(3, "c0")], "0700 0300 633000 00"],
    [[string(3, "")], "0500 0300 00 000000"],
    [[{ type: 4, value: new Uint8Array(0) }], "0400 0400"],
    [[nested(5, [u8(6, 7)])], "0c00 0580 0500 0600 07 000000"],
    [[u8(1, 2), u32(3, 4)], "0500 0100 02 000000 0800 0300 04000000"],
    [[{ type: 9, flags: NLA.NLA_F_NET_BYTEORDER, value: hex("0102") }], "0600 0940 0102 0000"],
  ];
  for (const [attributes, bytes] of cases) assertEquals(encodeAttributes(attributes), hex(bytes));
});

Deno.test("AttributeDecoder gives back what encodeAttributes() was given", () => {
  const attributes = [
    { type: 1, flags: 0, value: hex("01") },
    { type: 2, flags: NLA.NLA_F_NESTED, value: hex("0400 0300") },
    { type: 0x3fff, flags: 0xc000, value: hex("") },
  ];
  const decoder = new AttributeDecoder(encodeAttributes(attributes), "a test");
  assertEquals([...decoder], attributes);
  decoder.finish();
});

Deno.test("AttributeDecoder reads values by their type", () => {
  const decoder = new AttributeDecoder(
    hex(`
      0500 0100 ff 000000
      0800 0200 feffffff
      0800 0300 feffffff
      0700 0400 633000 00        # with its NUL
      0600 0500 6330 0000        # without
      0a00 0600 6330 0061 6263 0000 # what is behind the NUL does not count
      0c00 0780 0500 0800 09 000000
    `),
    "a test",
  );
  const values: unknown[] = [];
  for (const attribute of decoder) {
    switch (attribute.type) {
      case 1:
        values.push(decoder.u8(attribute));
        break;
      case 2:
        values.push(decoder.u32(attribute));
        break;
      case 3:
        values.push(decoder.s32(attribute));
        break;
      case 7:
        for (const inner of decoder.nested(attribute, "within")) values.push(decoder.u8(inner));
        break;
      default:
        values.push(decoder.string(attribute));
    }
  }
  decoder.finish();
  assertEquals(values, [0xff, 0xfffffffe, -2, "c0", "c0", "c0", 9]);
});

Deno.test("AttributeDecoder takes a last attribute without its padding", () => {
  const decoder = new AttributeDecoder(hex("0500 0100 ff"), "a test");
  assertEquals([...decoder].map(({ value }) => value.toHex()), ["ff"]);
  decoder.finish();
});

Deno.test("AttributeDecoder stops at a malformed attribute and remembers it", () => {
  const cases: [string, number, string][] = [
    // bytes, attributes before the fault, what is said of it
    ["0300 0100", 0, "an attribute of 3 bytes at offset 0 of 4"],
    ["0000 0100", 0, "an attribute of 0 bytes at offset 0 of 4"],
    ["0900 0100 00000000", 0, "an attribute of 9 bytes at offset 0 of 8"],
    ["ffff 0100 00000000", 0, "an attribute of 65535 bytes at offset 0 of 8"],
    ["0500 0100 ff 000000 04", 1, "an attribute of 1 bytes at offset 8 of 9"],
    ["0400 0100 040002", 1, "an attribute of 3 bytes at offset 4 of 7"],
  ];
  for (const [bytes, before, message] of cases) {
    const decoder = new AttributeDecoder(hex(bytes), "a test");
    assertEquals([...decoder].length, before);
    throws(() => decoder.finish(), {
      name: "NetlinkFormatError",
      message: `Cannot decode a test: ${message}`,
    });
  }
});

Deno.test("AttributeDecoder remembers the first of several faults", () => {
  const decoder = new AttributeDecoder(
    hex("0600 0100 0000 0000 0500 0200 00 000000 ffff 0300"),
    "a test",
  );
  const values = [...decoder].map((attribute) =>
    attribute.type === 1 ? decoder.u8(attribute) : decoder.u32(attribute)
  );
  assertEquals(values, [0, 0]);
  throws(() => decoder.finish(), {
    message: "Cannot decode a test: an attribute of 65535 bytes at offset 16 of 20",
  });
  const sizes = new AttributeDecoder(hex("0600 0100 0000 0000 0500 0200 00 000000"), "a test");
  for (const attribute of sizes) sizes.u32(attribute);
  throws(() => sizes.finish(), {
    message: "Cannot decode a test: attribute 1 has 2 bytes and not 4",
  });
});

Deno.test("AttributeDecoder remembers a fault within a nested attribute", () => {
  const decoder = new AttributeDecoder(hex("0800 0180 ff00 0200 0500 0300 01 000000"), "a test");
  const types: number[] = [];
  for (const attribute of decoder) {
    types.push(attribute.type);
    if (attribute.type === 1) {
      types.push(...[...decoder.nested(attribute, "within")].map((a) => a.type));
    }
  }
  // The attributes behind the nested one are still read.
  assertEquals(types, [1, 3]);
  throws(() => decoder.finish(), {
    message: "Cannot decode within: an attribute of 255 bytes at offset 0 of 4",
  });
});
