/**
 * What a container's limits are, as the kernel has them.
 *
 * @module
 */
import { assertEquals } from "#assert";

/** Whether the machine has the unified hierarchy alone. */
export function isUnified(): boolean {
  try {
    return Deno.statSync("/sys/fs/cgroup/cgroup.controllers").isFile;
  } catch {
    return false;
  }
}

/** The directory of a process in a controller's hierarchy. */
export function cgroupOf(pid: number, controller: string): string {
  const lines = Deno.readTextFileSync(`/proc/${pid}/cgroup`).trim().split("\n");
  for (const line of lines) {
    const [, controllers = "", path = ""] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (isUnified()) return `/sys/fs/cgroup${path}`;
    if (controllers.split(",").includes(controller)) return `/sys/fs/cgroup/${controller}${path}`;
  }
  throw new Error(`Cannot find the cgroup of process ${pid} for ${controller}`);
}

/** A limit of one controller: its files in either version, with the text that each should hold; null for no such file. */
export interface Limit {
  readonly controller: string;
  readonly v1: readonly [file: string, value: string] | null;
  readonly v2: readonly [file: string, value: string] | null;
}

/** Fails for the first limit that the kernel does not have. */
export function assertLimits(pid: number, limits: readonly Limit[]): void {
  for (const { controller, v1, v2 } of limits) {
    const expected = isUnified() ? v2 : v1;
    if (expected === null) continue;
    const [file, value] = expected;
    const text = Deno.readTextFileSync(`${cgroupOf(pid, controller)}/${file}`).trim();
    assertEquals(text, value, `${file} is "${text}", not "${value}"`);
  }
}

/** Bytes of memory. */
export function memory(bytes: number): Limit {
  const value = `${bytes}`;
  return { controller: "memory", v1: ["memory.limit_in_bytes", value], v2: ["memory.max", value] };
}

/** Bytes of memory together with swap; in the second version the swap stands alone. */
export function memoryAndSwap(bytes: number, memory: number): Limit {
  return {
    controller: "memory",
    v1: ["memory.memsw.limit_in_bytes", `${bytes}`],
    v2: ["memory.swap.max", `${bytes - memory}`],
  };
}

/** Bytes that the kernel tries to leave. */
export function reservation(bytes: number): Limit {
  return {
    controller: "memory",
    v1: ["memory.soft_limit_in_bytes", `${bytes}`],
    v2: ["memory.low", `${bytes}`],
  };
}

/** Microseconds of processor time in each tenth of a second. */
export function quota(microseconds: number): Limit {
  return {
    controller: "cpu",
    v1: ["cpu.cfs_quota_us", `${microseconds}`],
    v2: ["cpu.max", `${microseconds} 100000`],
  };
}

/** 512 shares: a weight of 20 by the linear formula, of 59 by the newer one. Only the first version has the number itself. */
export function shares(count: number): Limit {
  return { controller: "cpu", v1: ["cpu.shares", `${count}`], v2: null };
}

/** Processes. */
export function pids(count: number): Limit {
  return { controller: "pids", v1: ["pids.max", `${count}`], v2: ["pids.max", `${count}`] };
}

/** Processors, as a list. */
export function cpus(list: string): Limit {
  return { controller: "cpuset", v1: ["cpuset.cpus", list], v2: ["cpuset.cpus", list] };
}
