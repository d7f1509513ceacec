/**
 * Statistics of block devices.
 *
 * @see Documentation/admin-guide/cgroup-v1/blkio-controller.rst
 * @see Documentation/admin-guide/cgroup-v2.rst
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import type { Cgroup, ControllerDirectory } from "../manager.ts";
import { type Pressure, readPressure } from "./pressure.ts";
import { omitEmpty, parseNumber, readIfAny } from "./values.ts";

/** A number for one kind of operation on one device. */
export interface IoEntry {
  readonly major?: Integer64;
  readonly minor?: Integer64;
  readonly op?: string;
  readonly value?: Integer64;
}

/** The lists of the member `blkio`, and the ends of v1's file names. */
const LISTS = {
  ioServiceBytesRecursive: "io_service_bytes_recursive",
  ioServicedRecursive: "io_serviced_recursive",
  ioQueueRecursive: "io_queued_recursive",
  ioServiceTimeRecursive: "io_service_time_recursive",
  ioWaitTimeRecursive: "io_wait_time_recursive",
  ioMergedRecursive: "io_merged_recursive",
  ioTimeRecursive: "time_recursive",
  sectorsRecursive: "sectors_recursive",
} as const;

/** The member `blkio`. */
export type IoStats =
  & { readonly [K in keyof typeof LISTS]?: readonly IoEntry[] }
  & { readonly psi?: Pressure };

/** Lines such as `8:0 Read 4096`, or `8:0 4096`; the sums of all devices are not about one. */
export function parseEntriesV1(text: string): IoEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, major, minor, op = "", value] = /^(\d+):(\d+)(?: (\w+))? (\d+)$/.exec(line) ?? [];
    return major === undefined ? [] : [entry(major, minor!, op, value!)];
  });
}

function entry(major: string, minor: string, op: string, value: string): IoEntry {
  return omitEmpty({
    major: parseNumber(major),
    minor: parseNumber(minor),
    op,
    value: parseNumber(value),
  });
}

/** v2's keys, where v1 has a place for them. */
const KEYS = {
  rbytes: ["ioServiceBytesRecursive", "Read"],
  wbytes: ["ioServiceBytesRecursive", "Write"],
  rios: ["ioServicedRecursive", "Read"],
  wios: ["ioServicedRecursive", "Write"],
} as const;

/** From the text of `io.stat`: a line each device, `8:0 rbytes=4096 wbytes=0 …`. */
export function parseIoStatV2(text: string): IoStats {
  const lists: Partial<Record<keyof typeof LISTS, IoEntry[]>> = {};
  for (const line of text.split("\n")) {
    const [, major, minor, rest = ""] = /^(\d+):(\d+) (.*)$/.exec(line) ?? [];
    if (major === undefined) continue;
    for (const [, key, value] of rest.matchAll(/(\w+)=(\d+)/g)) {
      if (!Object.hasOwn(KEYS, key!)) continue;
      const [list, op] = KEYS[key as keyof typeof KEYS];
      (lists[list] ??= []).push(entry(major, minor!, op, value!));
    }
  }
  return lists;
}

/** Who counts, the most specific first: BFQ and CFQ (until Linux 5.0) count what they schedule, throttling everything. */
const PREFIXES = ["blkio.bfq.", "blkio.", "blkio.throttle."];

/** Reads the statistics. */
export function readIoStats(cgroup: Cgroup): IoStats {
  const v1 = cgroup.find("blkio", 1);
  if (v1 !== undefined) return readIoV1(v1);
  const unified = cgroup.find(undefined, 2);
  const text = unified && readIfAny(unified.directory, "io.stat");
  return { ...parseIoStatV2(text ?? ""), ...readPressure(unified, "io.pressure") };
}

function readIoV1({ directory }: ControllerDirectory): IoStats {
  for (const prefix of PREFIXES) {
    const lists = Object.entries(LISTS).map(([list, file]) =>
      [list, parseEntriesV1(readIfAny(directory, prefix + file) ?? "")] as const
    );
    const found = omitEmpty(Object.fromEntries(lists));
    if (found.ioServicedRecursive !== undefined) return found;
  }
  return {};
}
