import { assertEquals } from "#assert";
import { Schema } from "./protobuf.ts";

const SCHEMA = new Schema(`
package test.v1;
service Tests {
  rpc Try(One) returns (Two) {}
  rpc Again(Two) returns (One) {}
}
message Empty {}
message One {
  int32 a = 1; // A remark.
}
message Two {
  string b = 2;
  One c = 3;
  repeated int32 d = 4;
  repeated string e = 5;
  map<string, string> f = 6;
  bool g = 7;
}
`);

/** The examples of the format's own documentation, "Encoding". */
const EXAMPLES: readonly [type: string, message: Record<string, unknown>, hex: string][] = [
  ["One", { a: 150 }, "089601"],
  ["Two", { b: "testing" }, "120774657374696e67"],
  ["Two", { c: { a: 150 } }, "1a03089601"],
  ["One", { a: -2 }, "08feffffffffffffffff01"],
];

Deno.test("encode() makes the bytes of the documentation's examples", () => {
  for (const [type, message, hex] of EXAMPLES) {
    assertEquals(SCHEMA.encode(type, message).toHex(), hex);
  }
});

Deno.test("decode() reads them, packed numbers, and passes over what it does not know", () => {
  assertEquals(SCHEMA.decode("One", Uint8Array.fromHex("089601")), { a: 150 });
  assertEquals(SCHEMA.decode("One", Uint8Array.fromHex("08feffffffffffffffff01")), { a: -2 });
  const packed = SCHEMA.decode(
    "Two",
    Uint8Array.fromHex("22 06 03 8e02 9ea705".replaceAll(" ", "")),
  );
  assertEquals(packed.d, [3, 270, 86942]);
  const strange = "3d01020304" + "3901020304050607084a01ff" + "089601"; // 32 and 64 bits, bytes; then what is known
  assertEquals(SCHEMA.decode("One", Uint8Array.fromHex(strange)), { a: 150 });
});

Deno.test("decode() gives back what was encoded", () => {
  const message = { b: "ü", c: { a: 1 }, d: [1, 2], e: ["x", ""], f: { k: "v", l: "" }, g: true };
  assertEquals(SCHEMA.decode("Two", SCHEMA.encode("Two", message)), message);
  assertEquals(SCHEMA.decode("Empty", SCHEMA.encode("Empty", {})), {});
});

Deno.test("the methods of a service are found", () => {
  assertEquals([...SCHEMA.methods], [
    ["Try", { service: "test.v1.Tests", request: "One", response: "Two" }],
    ["Again", { service: "test.v1.Tests", request: "Two", response: "One" }],
  ]);
});
