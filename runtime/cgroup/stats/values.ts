/**
 * What the files of statistics have in common: numbers of up to 64 bits, alone or by name.
 *
 * @module
 */
import { isErrno } from "../../../ffi/check.ts";
import { E } from "../../../ffi/errno.ts";
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import { readCgroupFileIfAny } from "../file.ts";

/** What the largest number stands for: no limit. */
export const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** Reads a number, exactly. What is none ("max") is no limit. */
export function parseNumber(text: string): Integer64 {
  if (!/^-?\d+$/.test(text)) return UNLIMITED;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** Lines of a name and a number: `memory.stat`, `cpu.stat`. */
export function parsePairs(text: string): Record<string, Integer64> {
  const pairs: Record<string, Integer64> = {};
  for (const line of text.split("\n")) {
    const [, name, value] = /^(\S+)\s+(-?\d+)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) pairs[name] = parseNumber(value);
  }
  return pairs;
}

/** A file that not every kernel has, nor every cgroup, and that may answer that it is switched off. */
export function readIfAny(directory: string, file: string): string | undefined {
  try {
    return readCgroupFileIfAny(directory, file);
  } catch (error) {
    if (isErrno(error, E.EOPNOTSUPP)) return undefined;
    throw error;
  }
}

/** A file with one number; 0 where it is not. */
export function readNumber(directory: string, file: string): Integer64 {
  return parseNumber(readIfAny(directory, file) ?? "0");
}

/** A product, exactly. */
export function times(value: Integer64 | undefined, factor: number): Integer64 {
  return parseNumber(String(BigInt(value ?? 0) * BigInt(factor)));
}

/** A sum, exactly. */
export function plus(a: Integer64, b: Integer64): Integer64 {
  return parseNumber(String(BigInt(a) + BigInt(b)));
}

/** Leaves out zeros, empty lists and what is not there: Go's `omitempty`, which readers of these documents know. */
export function omitEmpty<T extends object>(values: T): Saying<T> {
  const isSaying = ([, value]: [string, unknown]): boolean =>
    value !== undefined && value !== 0 && value !== 0n && value !== "" &&
    !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(values).filter(isSaying)) as Saying<T>;
}

/** Some of the members, and none of them undefined. */
type Saying<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
