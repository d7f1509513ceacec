/**
 * The statistics of a container, in the form that callers of `events` know. Members in printing order.
 *
 * @module
 */
import { Cgroup } from "./cgroup/manager.ts";
import { type CpuStats, readCpuStats } from "./cgroup/stats/cpu.ts";
import { type CpusetStats, readCpusetStats } from "./cgroup/stats/cpuset.ts";
import { type HugetlbStats, readHugetlbStats } from "./cgroup/stats/hugetlb.ts";
import { type IoStats, readIoStats } from "./cgroup/stats/io.ts";
import { type MemoryStats, readMemoryStats } from "./cgroup/stats/memory.ts";
import { type PidsStats, readPidsStats } from "./cgroup/stats/pids.ts";
import { hostResctrl } from "./intel_rdt.ts";
import { type IntelRdtStats, readIntelRdtStats } from "./intel_rdt_stats.ts";
import type { StoredState } from "./store.ts";

/** The member `data` of an event. */
export interface ContainerStats {
  readonly cpu: CpuStats;
  readonly cpuset: CpusetStats;
  readonly memory: MemoryStats;
  readonly pids: PidsStats;
  readonly blkio: IoStats;
  readonly hugetlb: HugetlbStats;
  readonly intel_rdt: IntelRdtStats;
  /** Of interfaces that a runtime has made itself: none. */
  readonly network_interfaces: null;
}

/** Reads all of them. Without a cgroup the numbers are none. */
export function readStats(
  { cgroup: saved = { paths: {}, made: [] }, intelRdt }: StoredState,
): ContainerStats {
  const cgroup = Cgroup.deserialize(saved);
  const resctrl = intelRdt && hostResctrl();
  return {
    cpu: readCpuStats(cgroup),
    cpuset: readCpusetStats(cgroup),
    memory: readMemoryStats(cgroup),
    pids: readPidsStats(cgroup),
    blkio: readIoStats(cgroup),
    hugetlb: readHugetlbStats(cgroup),
    intel_rdt: intelRdt && resctrl !== undefined ? readIntelRdtStats(resctrl, intelRdt) : {},
    network_interfaces: null,
  };
}
