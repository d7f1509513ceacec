/**
 * The cpu controller: shares of busy processors, and time per period.
 *
 * @see config-linux.md#configLinuxCPU
 * @see Documentation/scheduler/sched-bwc.rst
 * @module
 */
import type { CPU, Resources } from "../../../spec/schema/resources.ts";
import {
  type CgroupWrite,
  type Content,
  type Controller,
  isNonzero,
  refuseOnV2,
  write,
  writeIfThere,
} from "./controller.ts";

/** See {@linkcode Controller}. */
export const CPU_CONTROLLER: Controller = {
  names: { 1: "cpu", 2: "cpu" },
  isSet: ({ cpu = {} }) => {
    const { cpus: _, mems: __, ...own } = cpu;
    return Object.values(own).some((value) => value !== undefined);
  },
  plan: { 1: planV1, 2: planV2 },
};

function planV1({ cpu = {} }: Resources): CgroupWrite[] {
  const { shares, period, quota, burst, realtimePeriod, realtimeRuntime } = cpu;
  const writes = planIdle(cpu);
  if (hasShares(cpu)) writes.push(write("cpu.shares", "cpu.shares", `${shares}`));
  if (isNonzero(period)) writes.push(write("cpu.period", "cpu.cfs_period_us", `${period}`));
  if (quota !== undefined) {
    const isLimit = quota > 0;
    const value = isLimit ? `${quota}` : "-1";
    writes.push(optional(isLimit, "cpu.quota", "cpu.cfs_quota_us", value));
  }
  if (burst !== undefined) {
    writes.push(optional(isNonzero(burst), "cpu.burst", "cpu.cfs_burst_us", `${burst}`));
  }
  if (isNonzero(realtimePeriod)) {
    writes.push(write("cpu.realtimePeriod", "cpu.rt_period_us", `${realtimePeriod}`));
  }
  if (realtimeRuntime !== undefined) {
    const value = `${realtimeRuntime}`;
    const isAny = isNonzero(realtimeRuntime);
    writes.push(optional(isAny, "cpu.realtimeRuntime", "cpu.rt_runtime_us", value));
  }
  return writes;
}

function planV2({ cpu = {} }: Resources): CgroupWrite[] {
  const { shares, burst, realtimePeriod, realtimeRuntime } = cpu;
  if (isNonzero(realtimePeriod)) refuseOnV2("cpu.realtimePeriod");
  if (isNonzero(realtimeRuntime)) refuseOnV2("cpu.realtimeRuntime");
  const writes = planIdle(cpu);
  if (hasShares(cpu)) {
    writes.push(write("cpu.shares", "cpu.weight", `${sharesToWeight(Number(shares))}`));
  }
  writes.push(...planMax(cpu));
  if (burst !== undefined) {
    writes.push(optional(isNonzero(burst), "cpu.burst", "cpu.max.burst", `${burst}`));
  }
  return writes;
}

function optional(
  isNeeded: boolean,
  property: string,
  file: string,
  content: Content,
): CgroupWrite {
  return (isNeeded ? write : writeIfThere)(property, file, content);
}

/** Linux 5.15. Before the shares, which leaving the idle state resets. */
function planIdle({ idle }: CPU): CgroupWrite[] {
  return idle === undefined ? [] : [optional(idle === 1, "cpu.idle", "cpu.idle", `${idle}`)];
}

/** An idle cgroup has the least weight there is, and the kernel lets nobody set another. */
function hasShares({ shares, idle }: CPU): boolean {
  return isNonzero(shares) && idle !== 1;
}

/** `cpu.max`: "quota period", in microseconds. */
function planMax({ quota, period }: CPU): CgroupWrite[] {
  const time = quota === undefined ? undefined : quota > 0 ? `${quota}` : "max";
  if (isNonzero(period)) {
    const property = quota === undefined ? "cpu.period" : "cpu.quota";
    // There is no way to write the period alone.
    const content = (current: string): string =>
      `${time ?? (current.split(" ")[0] || "max")} ${period}`;
    return [write(property, "cpu.max", content)];
  }
  return time === undefined ? [] : [optional(time !== "max", "cpu.quota", "cpu.max", time)];
}

const LEAST_SHARES = 2;
const MOST_SHARES = 262144;

/**
 * From v1's shares (2 to 262144, 1024 by default) to v2's weight (1 to 10000, 100 by default): the curve through (2, 1),
 * (1024, 100) and (262144, 10000), linear in neither, that other runtimes and Kubernetes agreed on in 2025. The straight
 * line of before made of the one default less than half of the other.
 *
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/2254-cgroup-v2
 */
export function sharesToWeight(shares: number): number {
  if (shares <= LEAST_SHARES) return 1;
  if (shares >= MOST_SHARES) return 10_000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l ** 2 + 125 * l) / 612 - 7 / 34));
}
