/** The names that scheduling, I/O priority and NUMA policy go by. @module */

/**
 * The values of `process.scheduler.policy`. No kernel has ever implemented `SCHED_ISO`.
 *
 * @see config.md#configLinuxProcess
 * @see sched(7)
 */
export const SCHEDULER_POLICIES = [
  "SCHED_OTHER",
  "SCHED_FIFO",
  "SCHED_RR",
  "SCHED_BATCH",
  "SCHED_ISO",
  "SCHED_IDLE",
  "SCHED_DEADLINE",
] as const;

/** One of {@linkcode SCHEDULER_POLICIES}. */
export type SchedulerPolicy = (typeof SCHEDULER_POLICIES)[number];

/**
 * The values of `process.scheduler.flags`. The position is the kernel's bit.
 *
 * @see sched_setattr(2)
 */
export const SCHEDULER_FLAGS = [
  "SCHED_FLAG_RESET_ON_FORK",
  "SCHED_FLAG_RECLAIM",
  "SCHED_FLAG_DL_OVERRUN",
  "SCHED_FLAG_KEEP_POLICY",
  "SCHED_FLAG_KEEP_PARAMS",
  "SCHED_FLAG_UTIL_CLAMP_MIN",
  "SCHED_FLAG_UTIL_CLAMP_MAX",
] as const;

/** One of {@linkcode SCHEDULER_FLAGS}. */
export type SchedulerFlag = (typeof SCHEDULER_FLAGS)[number];

/**
 * The values of `process.ioPriority.class`; the kernel counts them from 1.
 *
 * @see ioprio_set(2)
 */
export const IO_PRIORITY_CLASSES = [
  "IOPRIO_CLASS_RT",
  "IOPRIO_CLASS_BE",
  "IOPRIO_CLASS_IDLE",
] as const;

/** One of {@linkcode IO_PRIORITY_CLASSES}. */
export type IOPriorityClass = (typeof IO_PRIORITY_CLASSES)[number];

/**
 * The values of `linux.memoryPolicy.mode`. The position is the kernel's number.
 *
 * @see config-linux.md#configLinuxMemoryPolicy
 * @see set_mempolicy(2)
 */
export const MEMORY_POLICY_MODES = [
  "MPOL_DEFAULT",
  "MPOL_PREFERRED",
  "MPOL_BIND",
  "MPOL_INTERLEAVE",
  "MPOL_LOCAL",
  "MPOL_PREFERRED_MANY",
  "MPOL_WEIGHTED_INTERLEAVE",
] as const;

/** One of {@linkcode MEMORY_POLICY_MODES}. */
export type MemoryPolicyMode = (typeof MEMORY_POLICY_MODES)[number];

/** The values of `linux.memoryPolicy.flags`. @see set_mempolicy(2) */
export const MEMORY_POLICY_FLAGS = [
  "MPOL_F_NUMA_BALANCING",
  "MPOL_F_RELATIVE_NODES",
  "MPOL_F_STATIC_NODES",
] as const;

/** One of {@linkcode MEMORY_POLICY_FLAGS}. */
export type MemoryPolicyFlag = (typeof MEMORY_POLICY_FLAGS)[number];
