/**
 * Statistics of processes and threads.
 *
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import type { Cgroup } from "../manager.ts";
import { omitEmpty, parseNumber, readIfAny, readNumber } from "./values.ts";

/** The member `pids`: how many there are, and how many there may be; no limit is left out. */
export interface PidsStats {
  readonly current?: Integer64;
  readonly limit?: Integer64;
}

/** Reads `pids.current` and `pids.max`. */
export function readPidsStats(cgroup: Cgroup): PidsStats {
  const place = cgroup.find("pids");
  if (place === undefined) return {};
  const limit = readIfAny(place.directory, "pids.max") ?? "max";
  return omitEmpty({
    current: readNumber(place.directory, "pids.current"),
    limit: limit === "max" ? 0 : parseNumber(limit),
  });
}
