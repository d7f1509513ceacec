/**
 * Durations in Go's notation: `1m30s`.
 *
 * @module
 */

/** In nanoseconds. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  // Two characters look alike: the sign for micro, and the Greek letter.
  "\u00b5s": 1e3,
  "\u03bcs": 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** One number with its unit. */
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;

/** Go counts in 64 bits with a sign. */
const MOST = 2 ** 63;

/** Reads what Go's `time.ParseDuration` reads: nanoseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const rest = text.replace(/^[-+]/, "");
  if (rest === "0") return 0;
  let length = 0;
  let sum = 0;
  for (const [part, number, unit] of rest.matchAll(PART)) {
    length += part.length;
    sum += Number(number) * UNITS[unit!]!;
  }
  return length === 0 || length !== rest.length || sum >= MOST ? undefined : sign * sum;
}
