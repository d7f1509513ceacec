import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { decodeUtf8, JsonError, parseJson, stringifyJson } from "../../spec/json.ts";

function faultOf(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    assert(error instanceof JsonError, String(error));
    assert(!error.message.includes("\n"));
    assertEquals(
      error.message,
      `Cannot parse JSON: line ${error.line}, column ${error.column}: ${error.reason}`,
    );
    return `${error.line}:${error.column} ${error.reason}`;
  }
  return "none";
}

Deno.test("parseJson() keeps 64-bit integers to the last digit", () => {
  const text =
    '{"a":9223372036854772000,"b":[18446744073709551615,-9223372036854775808],"c":9007199254740991}';
  const value = parseJson(text);
  assertEquals(value, {
    a: 9223372036854772000n,
    b: [18446744073709551615n, -9223372036854775808n],
    c: 9007199254740991,
  });
  assertEquals(stringifyJson(value), text);
});

Deno.test("parseJson() makes a bigint of the first integer that a number cannot hold", () => {
  assertEquals(parseJson("9007199254740992"), 9007199254740992n);
  assertEquals(parseJson("-9007199254740992"), -9007199254740992n);
  assertEquals(parseJson("-9007199254740991"), -9007199254740991);
  assertEquals(parseJson('["9007199254740993", 1]'), ["9007199254740993", 1]);
});

Deno.test("parseJson() leaves what is written as a fraction or with an exponent a number", () => {
  assertEquals(parseJson("[1e3, 1.0, 12345678901234567890.5, 1e19]"), [
    1000,
    1,
    12345678901234567890.5,
    1e19,
  ]);
  assertEquals(parseJson("[1e400, -1e400]"), [Infinity, -Infinity]);
});

Deno.test("parseJson() does not spend its time on a number of a million digits", () => {
  assertEquals(parseJson("1".repeat(1000000)), Infinity);
});

Deno.test("parseJson() refuses a member that appears twice, and says where", () => {
  assertEquals(faultOf('{"a": 1,\n "b": {"a": 2},\n "a": 3}'), '3:2 duplicate member name "a"');
  assertEquals(faultOf('[{"x": [{"k":1, "\\u006b":2}]}]'), '1:17 duplicate member name "k"');
  assertEquals(
    faultOf('{"__proto__": 1, "__proto__": 1}'),
    '1:18 duplicate member name "__proto__"',
  );
  assertEquals(faultOf('{"": 1, "" : 1}'), '1:9 duplicate member name ""');
});

Deno.test("parseJson() accepts one name in several objects, and strings that look like members", () => {
  assertEquals(parseJson('[{"a":1},{"a":1}]'), [{ a: 1 }, { a: 1 }]);
  assertEquals(parseJson('{"a":"\\":\\"a\\":"}'), { a: '":"a":' });
  assertEquals(Object.keys(parseJson('{"__proto__": {"a": 1}}') as object), ["__proto__"]);
});

Deno.test("parseJson() refuses nesting that would exhaust the stack", () => {
  const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
  assertEquals(faultOf(nested(129)), "none");
  assertEquals(faultOf(nested(130)), "1:130 nested deeper than 128 levels");
  assertEquals(faultOf(nested(50000)), "1:130 nested deeper than 128 levels");
  assertEquals(faultOf("[".repeat(50000)), "1:130 nested deeper than 128 levels");
  assertEquals(faultOf('{"a":'.repeat(500) + "1" + "}".repeat(500)).includes("nested"), true);
});

Deno.test("stringifyJson() indents as asked", () => {
  assertEquals(stringifyJson({ a: [1n] }, 2), '{\n  "a": [\n    1\n  ]\n}');
  assertEquals(stringifyJson({ a: 1 }, "\t"), '{\n\t"a": 1\n}');
});

Deno.test("decodeUtf8() refuses what is no UTF-8, and says where", () => {
  assertEquals(decodeUtf8(new TextEncoder().encode("é\u{1F600}")), "é\u{1F600}");
  throws(() => decodeUtf8(Uint8Array.of(0x7b, 0x0a, 0x22, 0xff, 0x22, 0x7d)), {
    name: "JsonError",
    message: "Cannot parse JSON: line 2, column 2: invalid UTF-8",
  });
});

Deno.test("decodeUtf8() leaves a byte order mark for the parser to refuse", () => {
  const text = decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d));
  assertEquals(faultOf(text), "1:1 expected no byte order mark");
});
