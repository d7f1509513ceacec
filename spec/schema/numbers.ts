/** Integers of the widths that the runtime-spec uses. @module */

import * as z from "zod/mini";

/**
 * A 64-bit integer, exact, as `parseJson` delivers it: a number up to ±(2^53 - 1), a bigint beyond.
 *
 * It is not made a bigint throughout, since most values are small, and since a comparison (`<`),
 * `String()`, a template and `BigInt()` take both. Arithmetic needs `BigInt(value)`.
 */
export type Integer64 = number | bigint;

/** An integer from `least` to `most`, both included and exact. */
export function integer(least: number, most: number): z.ZodMiniCustom<number, number> {
  return z.custom<number>(
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
    range(least, most),
  );
}

/** An integer from `least` to `most` that may need all 64 bits. */
export function integer64(least: bigint, most: bigint): z.ZodMiniCustom<Integer64, Integer64> {
  return z.custom<Integer64>(
    (value) =>
      (typeof value === "bigint" || Number.isSafeInteger(value)) &&
      (value as Integer64) >= least && (value as Integer64) <= most,
    range(least, most),
  );
}

function range(least: Integer64, most: Integer64): string {
  return `expected integer from ${least} to ${most}`;
}

/** -2^31 to 2^31 - 1. */
export const int32 = integer(-2147483648, 2147483647);
/** 0 to 2^16 - 1. */
export const uint16 = integer(0, 65535);
/** 0 to 2^32 - 1. */
export const uint32 = integer(0, 4294967295);
/** -2^63 to 2^63 - 1. */
export const int64 = integer64(-(2n ** 63n), 2n ** 63n - 1n);
/** 0 to 2^64 - 1. */
export const uint64 = integer64(0n, 2n ** 64n - 1n);

/**
 * A user or group ID. The largest uint32 is excluded: it is (uid_t)-1, which setresuid(2) reads as
 * "leave as it is", so the process would stay root.
 */
export const id = integer(0, 4294967294);

/**
 * Device numbers. The kernel's dev_t has 12 bits for the major and 20 for the minor, and mknod(2)
 * drops what lies above without a word, so a larger number would name another device.
 */
export const major = integer(0, 4095);
/** The minor beside {@linkcode major}. */
export const minor = integer(0, 1048575);
