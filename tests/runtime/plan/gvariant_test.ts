import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { parseGvariant } from "../../../runtime/plan/gvariant.ts";

Deno.test("parseGvariant() reads values of all types", () => {
  const cases: [string, string, unknown][] = [
    ["true", "b", true],
    [" false ", "b", false],
    ["boolean true", "b", true],
    ["5", "i", 5],
    ["-5", "i", -5],
    ["+0x1F", "i", 31],
    ["byte 255", "y", 255],
    ["int16 -32768", "n", -32768],
    ["uint16 65535", "q", 65535],
    ["uint32 4294967295", "u", 4294967295],
    ["int64 -9223372036854775808", "x", -(2n ** 63n)],
    ["uint64 18446744073709551615", "t", 2n ** 64n - 1n],
    ["@t 7", "t", 7n],
    ["0.5", "d", 0.5],
    ["double 5", "d", 5],
    ["1e3", "d", 1000],
    ["'text'", "s", "text"],
    [`"it's"`, "s", "it's"],
    [`'it\\'s\\n\\u00e4'`, "s", "it's\nä"],
    ["objectpath '/a'", "o", "/a"],
    ["signature 'as'", "g", "as"],
  ];
  for (const [text, signature, value] of cases) {
    assertEquals(parseGvariant(text), { signature, value }, text);
  }
});

Deno.test("parseGvariant() reads arrays and tuples", () => {
  const cases: [string, string, unknown][] = [
    ["['a', 'b']", "as", ["a", "b"]],
    ["@as []", "as", []],
    ["@a{sv} []", "a{sv}", []],
    ["[uint64 1, 2]", "at", [1n, 2n]],
    ["[1, uint64 2]", "at", [1n, 2n]],
    ["[1, 2.5]", "ad", [1, 2.5]],
    ["[byte 1, 0x2]", "ay", Uint8Array.of(1, 2)],
    ["('a', uint64 1)", "(st)", ["a", 1n]],
    ["(1,)", "(i)", [1]],
    ["[('/dev/null', 'rw'), ('/dev/full', 'r')]", "a(ss)", [
      ["/dev/null", "rw"],
      ["/dev/full", "r"],
    ]],
    ["[('a', uint64 1), ('b', 2)]", "a(st)", [["a", 1n], ["b", 2n]]],
    ["@a(st) [('a', 1)]", "a(st)", [["a", 1n]]],
    ["[['a'], ['b']]", "aas", [["a"], ["b"]]],
  ];
  for (const [text, signature, value] of cases) {
    assertEquals(parseGvariant(text), { signature, value }, text);
  }
});

Deno.test("parseGvariant() refuses everything else", () => {
  const cases: [string, string][] = [
    ["", "something is missing at its end"],
    ["uint64", "something is missing at its end"],
    ["[1", '"," or "]" is missing'],
    ["[1 2]", '"," or "]" is missing'],
    ["[1,]", '"]" is not expected'],
    ["[]", 'an empty array needs its type, as in "@as []"'],
    ["()", "a tuple may not be empty"],
    ["word", '"word" is not expected'],
    ["'open", `"'open" is not expected`],
    ["<5>", '"<5>" is not expected'],
    ["5 6", '"6" is too much'],
    ["uint32 -1", 'the number -1 is beyond the type "u"'],
    ["byte 256", 'the number 256 is beyond the type "y"'],
    ["99999999999", 'the number 99999999999 is beyond the type "i"'],
    ["uint64 0.5", 'the number 0.5 does not have the type "t"'],
    ["uint64 'x'", 'a string does not have the type "t"'],
    ["string 5", 'the number 5 does not have the type "s"'],
    ["@as 'x'", 'a string does not have the type "as"'],
    ["@(ss) ('x',)", 'a tuple does not have the type "(ss)"'],
    ["['a', true]", 'a boolean does not have the type "s"'],
    ["@zz 5", '"@zz" is no type'],
    ["@a( 5", '"@a(" is no type'],
    ["@ss 5", '"@ss" is no type'],
    [`@${"a".repeat(300)}s []`, `"@${"a".repeat(300)}s" is no type`],
    ["uint32 uint64 5", 'it has two types, "u" and "t"'],
    ["'\\u0000'", "it holds a NUL"],
    ["[".repeat(100_000), "it is nested too deep"],
    ["uint64 ".repeat(100_000), "it is nested too deep"],
  ];
  for (const [text, message] of cases) {
    throws(() => parseGvariant(text), { name: "SyntaxError", message }, text.slice(0, 50));
  }
});
