/**
 * Statistics of memory.
 *
 * @see Documentation/admin-guide/cgroup-v1/memory.rst
 * @see Documentation/admin-guide/cgroup-v2.rst
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import type { Cgroup } from "../manager.ts";
import { type Pressure, readPressure } from "./pressure.ts";
import { omitEmpty, parsePairs, plus, readIfAny, readNumber, UNLIMITED } from "./values.ts";

/** Bytes, and how often the limit was met. */
export interface MemoryEntry {
  readonly limit: Integer64;
  readonly usage?: Integer64;
  readonly max?: Integer64;
  readonly failcnt: Integer64;
}

/** The member `memory`. */
export interface MemoryStats {
  readonly cache?: Integer64;
  readonly usage: MemoryEntry;
  /** Memory and swap together. */
  readonly swap: MemoryEntry;
  /** v1 only, as the one that follows. */
  readonly kernel: MemoryEntry;
  readonly kernelTCP: MemoryEntry;
  /** `memory.stat`, word for word. */
  readonly raw?: Readonly<Record<string, Integer64>>;
  readonly psi?: Pressure;
}

const NOTHING: MemoryEntry = { limit: 0, failcnt: 0 };

/** An entry with its members in their order. */
export function memoryEntry(
  { limit, usage, max, failcnt }: {
    readonly limit: Integer64;
    readonly usage: Integer64;
    readonly max: Integer64;
    readonly failcnt: Integer64;
  },
): MemoryEntry {
  return { limit, ...omitEmpty({ usage, max }), failcnt };
}

/** `memory.stat`, sorted by name. */
export function parseMemoryStat(text: string): Pick<MemoryStats, "raw"> {
  const pairs = Object.entries(parsePairs(text));
  if (pairs.length === 0) return {};
  return { raw: Object.fromEntries(pairs.sort(([a], [b]) => a < b ? -1 : 1)) };
}

/** Reads the statistics. */
export function readMemoryStats(cgroup: Cgroup): MemoryStats {
  const place = cgroup.find("memory");
  if (place === undefined) {
    const unified = cgroup.find(undefined, 2);
    return {
      ...{ usage: NOTHING, swap: NOTHING, kernel: NOTHING, kernelTCP: NOTHING },
      ...readPressure(unified, "memory.pressure"),
    };
  }
  const { version, directory } = place;
  const stat = parseMemoryStat(readIfAny(directory, "memory.stat") ?? "");
  const entries = version === 1 ? entriesV1(directory) : entriesV2(directory);
  return {
    ...omitEmpty({ cache: stat.raw?.[version === 1 ? "cache" : "file"] }),
    ...entries,
    ...stat,
    ...readPressure(place, "memory.pressure"),
  };
}

type Entries = Pick<MemoryStats, "usage" | "swap" | "kernel" | "kernelTCP">;

function entriesV1(directory: string): Entries {
  return {
    usage: entryV1(directory, "memory"),
    swap: entryV1(directory, "memory.memsw"),
    kernel: entryV1(directory, "memory.kmem"),
    kernelTCP: entryV1(directory, "memory.kmem.tcp"),
  };
}

function entryV1(directory: string, prefix: string): MemoryEntry {
  return memoryEntry({
    limit: readNumber(directory, `${prefix}.limit_in_bytes`),
    usage: readNumber(directory, `${prefix}.usage_in_bytes`),
    max: readNumber(directory, `${prefix}.max_usage_in_bytes`),
    failcnt: readNumber(directory, `${prefix}.failcnt`),
  });
}

function entriesV2(directory: string): Entries {
  const limit = readNumber(directory, "memory.max");
  const usage = readNumber(directory, "memory.current");
  const events = parsePairs(readIfAny(directory, "memory.events") ?? "");
  const swapEvents = parsePairs(readIfAny(directory, "memory.swap.events") ?? "");
  return {
    usage: memoryEntry({
      limit,
      usage,
      max: readNumber(directory, "memory.peak"),
      failcnt: events.max ?? 0,
    }),
    // v2 counts swap by itself; who reads this knows the sum from v1.
    swap: memoryEntry({
      limit: sumOfLimits(limit, readNumber(directory, "memory.swap.max")),
      usage: plus(usage, readNumber(directory, "memory.swap.current")),
      max: 0,
      failcnt: swapEvents.max ?? 0,
    }),
    kernel: NOTHING,
    kernelTCP: NOTHING,
  };
}

/** Without limit, if one of the two is. */
export function sumOfLimits(a: Integer64, b: Integer64): Integer64 {
  return a === UNLIMITED || b === UNLIMITED ? UNLIMITED : plus(a, b);
}
