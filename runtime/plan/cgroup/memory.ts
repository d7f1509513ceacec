/**
 * The memory controller.
 *
 * `kernel` and `kernelTCP` are left out (MAY, config-linux.md#configLinuxMemory): Linux 5.16 took the effect from the
 * first, v2 never had either.
 *
 * @see config-linux.md#configLinuxMemory
 * @see Documentation/admin-guide/cgroup-v1/memory.rst
 * @see Documentation/admin-guide/cgroup-v2.rst
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import type { Memory, Resources } from "../../../spec/schema/resources.ts";
import {
  type CgroupWrite,
  type Controller,
  isNonzero,
  refuseOnV2,
  type Usage,
  write,
  writeIfThere,
} from "./controller.ts";

/** See {@linkcode Controller}. */
export const MEMORY_CONTROLLER: Controller = {
  names: { 1: "memory", 2: "memory" },
  isSet: ({ memory: { limit, reservation, swap, ...others } = {} }) =>
    [limit, reservation, swap].some(isNonzero) ||
    [others.swappiness, others.disableOOMKiller, others.useHierarchy].some((value) =>
      value !== undefined
    ),
  plan: { 1: planV1, 2: planV2 },
};

function planV1({ memory = {} }: Resources): CgroupWrite[] {
  const { limit, reservation, swappiness, disableOOMKiller, useHierarchy } = memory;
  const writes: CgroupWrite[] = [];
  if (useHierarchy !== undefined) {
    const value = useHierarchy ? "1" : "0";
    writes.push(write("memory.useHierarchy", "memory.use_hierarchy", value));
  }
  if (isNonzero(limit)) {
    writes.push({
      ...unlessUnlimited(limit, "memory.limit", "memory.limit_in_bytes", `${limit}`),
      usage: usage("memory.usage_in_bytes", "memory.max_usage_in_bytes"),
    });
  }
  const swap = swapOf(memory);
  // Memory and swap together, as the configuration has it. The kernel keeps it at least as high as the limit.
  if (swap !== undefined) {
    writes.push({
      ...unlessUnlimited(swap, "memory.swap", "memory.memsw.limit_in_bytes", `${swap}`),
      usage: usage("memory.memsw.usage_in_bytes", "memory.memsw.max_usage_in_bytes"),
    });
  }
  if (isNonzero(reservation)) {
    const file = "memory.soft_limit_in_bytes";
    writes.push(unlessUnlimited(reservation, "memory.reservation", file, `${reservation}`));
  }
  if (swappiness !== undefined) {
    writes.push(write("memory.swappiness", "memory.swappiness", `${swappiness}`));
  }
  if (disableOOMKiller !== undefined) {
    const value = disableOOMKiller ? "1" : "0";
    writes.push(write("memory.disableOOMKiller", "memory.oom_control", value));
  }
  return writes;
}

function planV2({ memory = {} }: Resources): CgroupWrite[] {
  const { limit, reservation, swappiness, disableOOMKiller, useHierarchy, checkBeforeUpdate } =
    memory;
  if (swappiness !== undefined) refuseOnV2("memory.swappiness");
  if (disableOOMKiller) refuseOnV2("memory.disableOOMKiller");
  if (useHierarchy === false) {
    refuseOnV2("memory.useHierarchy", "cgroup v2 counts all memory in the cgroups above as well");
  }
  const writes: CgroupWrite[] = [];
  if (isNonzero(limit)) {
    writes.push({
      ...unlessUnlimited(limit, "memory.limit", "memory.max", bytesOrMax(limit)),
      usage: usage("memory.current", "memory.peak", checkBeforeUpdate),
    });
  }
  const swap = swapAlone(memory);
  if (swap !== undefined) {
    writes.push(unlessUnlimited(swap, "memory.swap", "memory.swap.max", bytesOrMax(swap)));
  }
  if (isNonzero(reservation)) {
    const value = bytesOrMax(reservation);
    writes.push(unlessUnlimited(reservation, "memory.reservation", "memory.low", value));
  }
  return writes;
}

function usage(current: string, peak: string, check = false): Usage {
  return { current, peak, check };
}

/** No limit is what there is without the file. */
function unlessUnlimited(
  value: Integer64,
  property: string,
  file: string,
  content: string,
): CgroupWrite {
  return (value < 0 ? writeIfThere : write)(property, file, content);
}

function bytesOrMax(value: Integer64): string {
  return value < 0 ? "max" : `${value}`;
}

/** With memory unlimited a limit on both together cannot stay. */
function swapOf({ limit = 0, swap }: Memory): Integer64 | undefined {
  if (isNonzero(swap)) return swap;
  return limit < 0 ? -1 : undefined;
}

/** v2 counts swap by itself: what is left of the sum; undefined is nothing to say. Negative is no limit. */
export function swapAlone(memory: Memory): Integer64 | undefined {
  const { limit = 0 } = memory;
  const swap = swapOf(memory);
  if (swap === undefined || swap < 0) return swap;
  if (limit <= 0) {
    refuseOnV2("memory.swap", "cgroup v2 limits swap by itself, which takes memory.limit as well");
  }
  if (swap < limit) refuseOnV2("memory.swap", `is less than memory.limit, ${limit}`);
  return BigInt(swap) - BigInt(limit);
}
