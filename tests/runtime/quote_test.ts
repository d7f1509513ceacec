import { assertEquals } from "#assert";
import { quote } from "../../runtime/quote.ts";

for (
  const [text, quoted] of [
    ["", '""'],
    ["a b", '"a b"'],
    ['"\\', '"\\"\\\\"'],
    ["\x07\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'],
    ["\0\x1b\x7f", '"\\x00\\x1b\\x7f"'],
    ["é☺𝄞", '"é☺𝄞"'],
    ["\u00a0\u200b\ufeff", '"\\u00a0\\u200b\\ufeff"'],
    ["\u{e0001}", '"\\U000e0001"'],
    ["\ud800", '"\\ud800"'],
  ] as const
) {
  Deno.test(`quote() makes ${quoted}`, () => assertEquals(quote(text), quoted));
}
