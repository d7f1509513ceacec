/**
 * Statistics of the processors.
 *
 * @see Documentation/admin-guide/cgroup-v1/cpuacct.rst
 * @see Documentation/admin-guide/cgroup-v2.rst
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import type { Cgroup } from "../manager.ts";
import { type Pressure, readPressure } from "./pressure.ts";
import { omitEmpty, parseNumber, parsePairs, readIfAny, times } from "./values.ts";

/** Nanoseconds. */
export interface CpuUsage {
  readonly total?: Integer64;
  /** v1 only, as the two that follow. */
  readonly percpu?: readonly Integer64[];
  readonly percpu_kernel?: readonly Integer64[];
  readonly percpu_user?: readonly Integer64[];
  readonly kernel: Integer64;
  readonly user: Integer64;
}

/** What the quota did. */
export interface Throttling {
  readonly periods?: Integer64;
  readonly throttledPeriods?: Integer64;
  /** Nanoseconds. */
  readonly throttledTime?: Integer64;
}

/** The member `cpu`. */
export interface CpuStats {
  readonly usage: CpuUsage;
  readonly throttling: Throttling;
  readonly psi?: Pressure;
}

/** `USER_HZ`: what the kernel counts its ticks in towards programs, on every machine that we run on. */
const TICK = 10_000_000;
const MICROSECOND = 1000;

/** v1's accounting, by file. */
export interface AccountingTexts {
  readonly usage: string;
  readonly stat: string;
  readonly percpu: string;
  /** Linux 4.11. */
  readonly all: string;
}

/** From the files of v1's controller cpuacct. */
export function parseAccounting({ usage, stat, percpu, all }: AccountingTexts): CpuUsage {
  const { user = 0, system = 0 } = parsePairs(stat);
  // A header, then a line each: cpu, user, system.
  const rows = all.split("\n").slice(1).map((line) => line.trim().split(" ")).filter((row) =>
    row.length === 3
  );
  return {
    ...omitEmpty({
      total: parseNumber(usage || "0"),
      percpu: percpu.trim() === "" ? [] : percpu.trim().split(" ").map(parseNumber),
      percpu_kernel: rows.map(([, , system]) => parseNumber(system!)),
      percpu_user: rows.map(([, user]) => parseNumber(user!)),
    }),
    kernel: times(system, TICK),
    user: times(user, TICK),
  };
}

/** From v1's `cpu.stat`. */
export function parseThrottlingV1(stat: string): Throttling {
  const { nr_periods = 0, nr_throttled = 0, throttled_time = 0 } = parsePairs(stat);
  return omitEmpty({
    periods: nr_periods,
    throttledPeriods: nr_throttled,
    throttledTime: throttled_time,
  });
}

/** From v2's `cpu.stat`, which has both. */
export function parseCpuStatV2(stat: string): CpuStats {
  const { usage_usec, user_usec, system_usec, ...throttling } = parsePairs(stat);
  const { nr_periods = 0, nr_throttled = 0, throttled_usec } = throttling;
  return {
    usage: {
      ...omitEmpty({ total: times(usage_usec, MICROSECOND) }),
      kernel: times(system_usec, MICROSECOND),
      user: times(user_usec, MICROSECOND),
    },
    throttling: omitEmpty({
      periods: nr_periods,
      throttledPeriods: nr_throttled,
      throttledTime: times(throttled_usec, MICROSECOND),
    }),
  };
}

/** Reads the statistics. v2 counts time also in a cgroup without the controller. */
export function readCpuStats(cgroup: Cgroup): CpuStats {
  const accounting = cgroup.find("cpuacct", 1);
  const cpu = cgroup.find("cpu", 1);
  const unified = cgroup.find(undefined, 2);
  if (accounting === undefined && cpu === undefined && unified !== undefined) {
    const stat = readIfAny(unified.directory, "cpu.stat") ?? "";
    return { ...parseCpuStatV2(stat), ...readPressure(unified, "cpu.pressure") };
  }
  const read = (file: string): string =>
    accounting === undefined ? "" : readIfAny(accounting.directory, file) ?? "";
  return {
    usage: parseAccounting({
      usage: read("cpuacct.usage"),
      stat: read("cpuacct.stat"),
      percpu: read("cpuacct.usage_percpu"),
      all: read("cpuacct.usage_all"),
    }),
    throttling: parseThrottlingV1(
      cpu === undefined ? "" : readIfAny(cpu.directory, "cpu.stat") ?? "",
    ),
  };
}
