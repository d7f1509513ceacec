/**
 * Sizes as people write them: `512m`.
 *
 * @module
 */

const SUFFIXES = "kmgtp";
const MOST = 2n ** 63n - 1n;

/**
 * Reads a number of bytes: digits, perhaps a fraction, and a suffix (k, m, g, t or p, by powers of 1024, with an `i` and a
 * `b` behind it or without). `-1` stands for no limit.
 *
 * @throws {SyntaxError} For anything else; the words are those that callers know.
 */
export function parseSize(text: string): bigint {
  if (text === "-1") return -1n;
  const [, whole, fraction, suffix = ""] = /^(\d+)(\.\d+)? ?(?:([kmgtp])i?)?b?$/i.exec(text) ?? [];
  if (whole === undefined) throw new SyntaxError(`invalid size: '${text}'`);
  const power = SUFFIXES.indexOf(suffix.toLowerCase()) + 1;
  const unit = suffix === "" ? 1n : 1024n ** BigInt(power);
  const part = fraction === undefined ? 0n : BigInt(Math.floor(Number(fraction) * Number(unit)));
  const size = BigInt(whole) * unit + part;
  if (size > MOST) throw new SyntaxError(`invalid size: '${text}' is out of range`);
  return size;
}
