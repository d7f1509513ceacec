/** The `linux.resources` object: what the cgroup limits. @module */

import * as z from "zod/mini";
import { integer, major, minor, uint32, uint64 } from "./numbers.ts";
import { optional } from "./optional.ts";
import { boolean, string } from "./scalars.ts";

// Docker writes -1 for the stars of `c *:* rwm`; in the text only an absent number means all.
const ALL = -1;

/** A rule of device access; MUST be applied in the listed order. @see config-linux.md#configLinuxDeviceAllowedlist */
export const DeviceCgroup = z.object({
  allow: boolean,
  /** `a` (all), `b` (block) or `c` (character); absent, `a`. */
  type: optional.string,
  /** Absent, all. */
  major: z.optional(integer(ALL, 4294967295)),
  /** Absent, all. */
  minor: z.optional(integer(ALL, 4294967295)),
  /** Composed of `r`, `w` and `m` (mknod); absent, all three. */
  access: optional.string,
});

/** See {@linkcode DeviceCgroup}. */
export type DeviceCgroup = z.infer<typeof DeviceCgroup>;

/** Bytes; -1 is unlimited. @see config-linux.md#configLinuxMemory */
export const Memory = z.object({
  limit: optional.int64,
  /** Soft limit. */
  reservation: optional.int64,
  /** Memory and swap together. */
  swap: optional.int64,
  /** Not recommended since 1.1.0; MAY be ignored, and cgroup v2 has none. */
  kernel: optional.int64,
  /** Not recommended since 1.1.0; MAY be ignored, and cgroup v2 has none. */
  kernelTCP: optional.int64,
  /** Higher is more eager to swap. */
  swappiness: z.optional(integer(0, 100)),
  /** True disables. */
  disableOOMKiller: optional.boolean,
  useHierarchy: optional.boolean,
  /** Refuses a limit below what is in use, as cgroup v1 does by itself. Since 1.1.0. */
  checkBeforeUpdate: optional.boolean,
});

/** See {@linkcode Memory}. */
export type Memory = z.infer<typeof Memory>;

/** Times are microseconds. @see config-linux.md#configLinuxCPU */
export const CPU = z.object({
  shares: optional.uint64,
  /** Time per period; not positive, unlimited. */
  quota: optional.int64,
  /** MUST NOT exceed a positive quota. Since 1.1.0. */
  burst: optional.uint64,
  period: optional.uint64,
  /** cgroup v1 only. */
  realtimeRuntime: optional.int64,
  /** cgroup v1 only. */
  realtimePeriod: optional.uint64,
  /** `0-3,7`. */
  cpus: optional.string,
  /** `0-3,7`. */
  mems: optional.string,
  /** 1 is SCHED_IDLE. Since 1.1.0. */
  idle: z.optional(integer(0, 1)),
});

/** See {@linkcode CPU}. */
export type CPU = z.infer<typeof CPU>;

/** The rate of a device: bytes or operations per second. @see config-linux.md#configLinuxBlockIO */
export const ThrottleDevice = z.object({ major, minor, rate: uint64 });

/** See {@linkcode ThrottleDevice}. */
export type ThrottleDevice = z.infer<typeof ThrottleDevice>;

/** The weight of a device; at least one of the two. @see config-linux.md#configLinuxBlockIO */
export const WeightDevice = z.object({
  major,
  minor,
  weight: optional.uint16,
  leafWeight: optional.uint16,
});

/** See {@linkcode WeightDevice}. */
export type WeightDevice = z.infer<typeof WeightDevice>;

const throttles = z.optional(z.array(ThrottleDevice));

/** On cgroup v1 throttling reaches direct I/O only. @see config-linux.md#configLinuxBlockIO */
export const BlockIO = z.object({
  weight: optional.uint16,
  leafWeight: optional.uint16,
  weightDevice: z.optional(z.array(WeightDevice)),
  throttleReadBpsDevice: throttles,
  throttleWriteBpsDevice: throttles,
  throttleReadIOPSDevice: throttles,
  throttleWriteIOPSDevice: throttles,
});

/** See {@linkcode BlockIO}. */
export type BlockIO = z.infer<typeof BlockIO>;

/** Bytes of huge pages. @see config-linux.md#configLinuxHugePageLimits */
export const HugepageLimit = z.object({
  /** As in the name of the control file, with base 1024. */
  pageSize: string.check(
    z.regex(/^[1-9][0-9]*[KMG]B$/, 'expected size such as "64KB", "2MB" or "1GB"'),
  ),
  limit: uint64,
});

/** See {@linkcode HugepageLimit}. */
export type HugepageLimit = z.infer<typeof HugepageLimit>;

/** cgroup v1 only. @see config-linux.md#configLinuxNetwork */
export const Network = z.object({
  classID: optional.uint32,
  /** `name` is an interface of the runtime's network namespace. */
  priorities: z.optional(z.array(z.object({ name: string, priority: uint32 }))),
});

/** See {@linkcode Network}. */
export type Network = z.infer<typeof Network>;

/** Limits of an RDMA device; at least one of the two. @see config-linux.md#configLinuxRDMA */
export const Rdma = z.object({
  hcaHandles: optional.uint32,
  hcaObjects: optional.uint32,
});

/** See {@linkcode Rdma}. */
export type Rdma = z.infer<typeof Rdma>;

/** Absent, the limits of an existing cgroup stay. @see config-linux.md#configLinuxControlGroups */
export const Resources = z.object({
  devices: z.optional(z.array(DeviceCgroup)),
  memory: z.optional(Memory),
  cpu: z.optional(CPU),
  blockIO: z.optional(BlockIO),
  hugepageLimits: z.optional(z.array(HugepageLimit)),
  network: z.optional(Network),
  /** `limit`: -1 is none, 0 is a real limit; optional since 1.3.0. @see config-linux.md#configLinuxPIDS */
  pids: z.optional(z.object({ limit: optional.int64 })),
  /** By device. */
  rdma: z.optional(z.record(string, Rdma)),
  /** cgroup v2: contents by file name. Since 1.1.0. @see config-linux.md#configLinuxUnified */
  unified: optional.stringMap,
});

/** See {@linkcode Resources}. */
export type Resources = z.infer<typeof Resources>;
