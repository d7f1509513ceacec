/**
 * Signatures of D-Bus: what types a message's values have.
 *
 * @see https://dbus.freedesktop.org/doc/dbus-specification.html#type-system
 * @module
 */

const BASIC = "ybnqiuxtdsogh";

/**
 * Splits a signature into its complete types: `sa(sv)u` into `s`, `a(sv)` and `u`.
 *
 * @throws {TypeError} For what is no signature.
 */
export function splitSignature(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length;) {
    const end = endOfType(signature, at);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

/** Where the complete type that begins at an index ends. */
function endOfType(signature: string, start: number): number {
  const first = signature[start] ?? "";
  if (first !== "" && (BASIC.includes(first) || first === "v")) return start + 1;
  if (first === "a") return endOfType(signature, start + 1);
  const closing = { "(": ")", "{": "}" }[first];
  if (closing === undefined) {
    throw new TypeError(`Cannot read the signature ${JSON.stringify(signature)}`);
  }
  let at = start + 1;
  while (signature[at] !== closing) at = endOfType(signature, at);
  return at + 1;
}
