/** Lists of CPUs and memory nodes: `0-3,7`. @module */

/** A run of numbers, both ends included. */
export interface Range {
  /** The least number. */
  readonly first: number;
  /** The greatest; not less than `first`. */
  readonly last: number;
}

// Arbitrary, and above all that Linux can be built for (8192 CPUs, 1024 nodes): who expands a list
// into a mask must not be made to allocate without end.
const HIGHEST = 65535;

/**
 * Reads a comma-separated list of numbers and ranges, in which spaces may stand around each entry;
 * the empty text is the empty list. `undefined` when `text` is no list, runs backwards or has a number
 * above 65535.
 *
 * @see cpuset(7)
 */
export function parseRanges(text: string): Range[] | undefined {
  const ranges: Range[] = [];
  if (text.trim() === "") return ranges;
  for (const item of text.split(",")) {
    const match = /^ *(\d+)(?: *- *(\d+))? *$/.exec(item);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last || last > HIGHEST) return undefined;
    ranges.push({ first, last });
  }
  return ranges;
}
