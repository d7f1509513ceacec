/** Strings, booleans and names out of a list. @module */

import * as z from "zod/mini";

/** Any string. */
export const string = z.string();

/** True or false. */
export const boolean = z.boolean();

// Arbitrary: the eight kinds of namespace are worth reading, the 23 architectures are not.
const MOST_NAMES = 9;

/** One of the strings in `names`. */
export function oneOf<const T extends readonly string[]>(
  names: T,
): z.ZodMiniCustom<T[number], T[number]> {
  const listed = names.slice(0, MOST_NAMES).map((name) => JSON.stringify(name)).join(", ");
  // Not z.enum(): it makes a pattern that nobody asks for, and costs eight times as much to build.
  return z.custom<T[number]>(
    (value) => (names as readonly unknown[]).includes(value),
    `expected one of ${listed}${names.length > MOST_NAMES ? ", ..." : ""}`,
  );
}
