/**
 * Strings in double quotes, as the log lines and messages of container runtimes have them.
 *
 * @module
 */

/** The letters of Go's string escapes; logfmt readers undo exactly these. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/**
 * Quotes a text with Go's rules (`strconv.Quote`): what cannot be printed becomes an escape, so that a
 * container's name or path can never break a log line or speak to a terminal.
 */
export function quote(text: string): string {
  let quoted = '"';
  for (const character of text) quoted += ESCAPES[character] ?? escape(character);
  return quoted + '"';
}

function escape(character: string): string {
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return "\\x" + code.toString(16).padStart(2, "0");
  if (code < 0x10000) return "\\u" + code.toString(16).padStart(4, "0");
  return "\\U" + code.toString(16).padStart(8, "0");
}
