/** The resource limits by name. @module */

/**
 * The values of `process.rlimits[].type`. The position is the kernel's number on x86-64 and aarch64
 * (others, such as mips, number some of them differently).
 *
 * @see config.md#configPOSIXProcess
 * @see getrlimit(2)
 */
export const RLIMIT_TYPES = [
  "RLIMIT_CPU",
  "RLIMIT_FSIZE",
  "RLIMIT_DATA",
  "RLIMIT_STACK",
  "RLIMIT_CORE",
  "RLIMIT_RSS",
  "RLIMIT_NPROC",
  "RLIMIT_NOFILE",
  "RLIMIT_MEMLOCK",
  "RLIMIT_AS",
  "RLIMIT_LOCKS",
  "RLIMIT_SIGPENDING",
  "RLIMIT_MSGQUEUE",
  "RLIMIT_NICE",
  "RLIMIT_RTPRIO",
  "RLIMIT_RTTIME",
] as const;

/** One of {@linkcode RLIMIT_TYPES}. */
export type RlimitType = (typeof RLIMIT_TYPES)[number];
