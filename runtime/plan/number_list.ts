/**
 * From lists of CPUs and memory nodes to the masks that the kernel takes.
 *
 * @module
 */
import { parseRanges } from "../../spec/ranges.ts";

/** One bit a number. */
export interface BitMask {
  /** Whole 64-bit words, as the kernel's bitmaps have them; none for the empty list. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The list that it was made from, for messages. */
  readonly text: string;
}

/**
 * The mask of a list such as `0-3,7`.
 *
 * @throws {TypeError} When the text is no list. A configuration that was validated has none such.
 */
export function planBitMask(text: string): BitMask {
  const ranges = parseRanges(text);
  if (ranges === undefined) throw new TypeError(`Cannot make a mask of ${JSON.stringify(text)}`);
  const highest = ranges.reduce((most, { last }) => Math.max(most, last), -1);
  const bytes = new Uint8Array(Math.ceil((highest + 1) / 64) * 8);
  for (const { first, last } of ranges) {
    for (let n = first; n <= last; n++) bytes[n >> 3]! |= 1 << (n & 7);
  }
  return { bytes, text: text.trim() };
}
