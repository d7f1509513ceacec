/**
 * Which processors and memory nodes a container has.
 *
 * @see cpuset(7)
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import { parseRanges } from "../../../spec/ranges.ts";
import type { Cgroup } from "../manager.ts";
import { omitEmpty, readIfAny, readNumber } from "./values.ts";

/** The member `cpuset`. But for the two lists, v2 has none of it. */
export interface CpusetStats {
  readonly cpus?: readonly number[];
  readonly cpu_exclusive: Integer64;
  readonly mems?: readonly number[];
  readonly mem_hardwall: Integer64;
  readonly mem_exclusive: Integer64;
  readonly memory_migrate: Integer64;
  readonly memory_spread_page: Integer64;
  readonly memory_spread_slab: Integer64;
  readonly memory_pressure: Integer64;
  readonly sched_load_balance: Integer64;
  readonly sched_relax_domain_level: Integer64;
}

/** From a list such as `0-2,7`. */
export function parseList(text: string): number[] {
  return (parseRanges(text) ?? []).flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i)
  );
}

/** Reads the statistics. */
export function readCpusetStats(cgroup: Cgroup): CpusetStats {
  const place = cgroup.find("cpuset");
  const list = (name: string): number[] => {
    if (place === undefined) return [];
    // In v2 an empty list is that of the cgroup above; what comes of it stands elsewhere.
    const file = place.version === 1 ? name : `${name}.effective`;
    return parseList(readIfAny(place.directory, file) ?? "");
  };
  const flag = (name: string): Integer64 =>
    place?.version === 1 ? readNumber(place.directory, `cpuset.${name}`) : 0;
  return {
    ...omitEmpty({ cpus: list("cpuset.cpus") }),
    cpu_exclusive: flag("cpu_exclusive"),
    ...omitEmpty({ mems: list("cpuset.mems") }),
    mem_hardwall: flag("mem_hardwall"),
    mem_exclusive: flag("mem_exclusive"),
    memory_migrate: flag("memory_migrate"),
    memory_spread_page: flag("memory_spread_page"),
    memory_spread_slab: flag("memory_spread_slab"),
    memory_pressure: flag("memory_pressure"),
    sched_load_balance: flag("sched_load_balance"),
    sched_relax_domain_level: flag("sched_relax_domain_level"),
  };
}
