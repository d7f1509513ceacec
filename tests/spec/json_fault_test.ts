import { assertEquals } from "#assert";
import { findFault, positionAt } from "../../spec/json_fault.ts";

for (
  const [text, fault] of [
    ["", "1:1 expected value, got end of text"],
    ["  \n ", "2:2 expected value, got end of text"],
    ["{]", '1:2 expected member name, got "]"'],
    ['{"a" 1}', '1:6 expected ":", got "1"'],
    ['{"a": }', '1:7 expected value, got "}"'],
    ['{"a": 1,}', '1:9 expected member name, got "}"'],
    ['{"a": 1 "b": 2}', '1:9 expected "," or "}", got "\\""'],
    ["[1 2]", '1:4 expected "," or "]", got "2"'],
    ["[1,]", '1:4 expected value, got "]"'],
    ["[1", '1:3 expected "," or "]", got end of text'],
    ["01", '1:2 expected end of text, got "1"'],
    ["1 1", '1:3 expected end of text, got "1"'],
    ["+1", '1:1 expected value, got "+"'],
    ["1.", '1:2 expected end of text, got "."'],
    ["NaN", '1:1 expected value, got "N"'],
    ["nul", '1:1 expected value, got "n"'],
    ["'a'", '1:1 expected value, got "\'"'],
    ['"abc', "1:1 string without an end"],
    ['"a\nb"', "1:3 control character in string"],
    ['"a\\x"', "1:3 invalid escape in string"],
    ['"\\u12g4"', "1:2 invalid escape in string"],
    ["\u00a01", '1:1 expected value, got "\u00a0"'],
    ['{\n  "a": tru\n}', '2:8 expected value, got "t"'],
    ['{"a":\u{1F600}}', '1:6 expected value, got "\u{1F600}"'],
    ["\uFEFF{}", "1:1 expected no byte order mark"],
  ] as const
) {
  Deno.test(`findFault() finds the fault of ${JSON.stringify(text)}`, () => {
    const found = findFault(text);
    assertEquals(found && `${found.line}:${found.column} ${found.reason}`, fault);
  });
}

for (
  const text of [
    "{}",
    " [ ] ",
    "-0",
    "1.5e-3",
    "1E+2",
    '"\\u00e9\\n\\"\\/"',
    '"\u007f\u2028"',
    "[true,false,null]",
    '{"a":{"a":[{"a":1}]}}',
  ]
) {
  Deno.test(`findFault() finds none in ${text}`, () => {
    JSON.parse(text);
    assertEquals(findFault(text), undefined);
  });
}

Deno.test("findFault() agrees with JSON.parse on texts with a character changed", () => {
  const text = '{"a":[1,-2.5e3,"x\\n\\u00e9",true,null],"b":{"c":{},"d":[]}}';
  const characters = [...'{}[]:,"\\0-.etnf \n\tx', ""];
  for (let at = 0; at <= text.length; at++) {
    for (const character of characters) {
      for (const until of [at, at + 1]) {
        const changed = text.slice(0, at) + character + text.slice(until);
        let valid = true;
        try {
          JSON.parse(changed);
        } catch {
          valid = false;
        }
        const fault = findFault(changed);
        const ours = fault === undefined || fault.reason.startsWith("duplicate member");
        assertEquals(ours, valid, changed);
      }
    }
  }
});

Deno.test("positionAt() counts lines and columns from 1", () => {
  assertEquals(positionAt("ab\ncd", 0), { line: 1, column: 1 });
  assertEquals(positionAt("ab\ncd", 3), { line: 2, column: 1 });
  assertEquals(positionAt("ab\ncd", 5), { line: 2, column: 3 });
});
