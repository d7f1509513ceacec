/** The `process` object. @module */

import * as z from "zod/mini";
import { RLIMIT_TYPES } from "../rlimits.ts";
import { IO_PRIORITY_CLASSES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from "../scheduling.ts";
import { id, integer, uint64 } from "./numbers.ts";
import { optional } from "./optional.ts";
import { oneOf, string } from "./scalars.ts";

/** Whom the process runs as; names are not resolved. @see config.md#configPOSIXUser */
export const User = z.object({
  /** In the container's user namespace. */
  uid: id,
  /** In the container's user namespace. */
  gid: id,
  /** A decimal number in JSON: 63 is 077. Absent, the caller's stays. */
  umask: optional.uint32,
  /** Supplementary groups, in the container's user namespace. */
  additionalGids: z.optional(z.array(id)),
  /** Windows only. */
  username: optional.string,
});

/** See {@linkcode User}. */
export type User = z.infer<typeof User>;

/** A resource limit; getrlimit(2) MUST afterwards return it as it is. @see config.md#configPOSIXProcess */
export const Rlimit = z.object({
  /** The kernel's name. */
  type: oneOf(RLIMIT_TYPES),
  /** The limit that is in force. */
  soft: uint64,
  /** Up to where an unprivileged process may raise it. */
  hard: uint64,
});

/** See {@linkcode Rlimit}. */
export type Rlimit = z.infer<typeof Rlimit>;

/**
 * What each set keeps; all that is not listed is dropped. A name that is unknown or cannot be granted
 * MUST be a warning, hence no enumeration. @see config.md#configLinuxProcess
 */
export const Capabilities = z.object({
  effective: optional.strings,
  bounding: optional.strings,
  inheritable: optional.strings,
  permitted: optional.strings,
  ambient: optional.strings,
});

/** See {@linkcode Capabilities}. */
export type Capabilities = z.infer<typeof Capabilities>;

/** As for sched_setattr(2). Since 1.1.0. @see config.md#configLinuxProcess */
export const Scheduler = z.object({
  policy: oneOf(SCHEDULER_POLICIES),
  /** For SCHED_OTHER and SCHED_BATCH; absent, 0. */
  nice: optional.int32,
  /** Static priority for SCHED_FIFO and SCHED_RR; absent, 0. */
  priority: optional.int32,
  flags: z.optional(z.array(oneOf(SCHEDULER_FLAGS))),
  /** Nanoseconds, for SCHED_DEADLINE; absent, 0. */
  runtime: optional.uint64,
  /** Nanoseconds, for SCHED_DEADLINE; absent, 0. */
  deadline: optional.uint64,
  /** Nanoseconds, for SCHED_DEADLINE; absent, 0. */
  period: optional.uint64,
});

/** See {@linkcode Scheduler}. */
export type Scheduler = z.infer<typeof Scheduler>;

/** As for ioprio_set(2). Since 1.1.0. @see config.md#configLinuxProcess */
export const IOPriority = z.object({
  class: oneOf(IO_PRIORITY_CLASSES),
  /** 0 is the highest. */
  priority: integer(0, 7),
});

/** See {@linkcode IOPriority}. */
export type IOPriority = z.infer<typeof IOPriority>;

/** CPU lists (`0-3,7`) for `exec`, not for init. Since 1.2.1. @see config.md#configLinuxProcess */
export const ExecCPUAffinity = z.object({
  /** Before the move to the container's cgroup. */
  initial: optional.string,
  /** After it; absent or empty, the affinity SHOULD stay. */
  final: optional.string,
});

/** See {@linkcode ExecCPUAffinity}. */
export type ExecCPUAffinity = z.infer<typeof ExecCPUAffinity>;

/** What is executed in the container, and how. @see config.md#configProcess */
export const Process = z.object({
  /** Allocates a pseudoterminal; absent, false. */
  terminal: optional.boolean,
  /** Of the terminal, in characters; MUST be ignored without one. */
  consoleSize: z.optional(z.object({ height: uint64, width: uint64 })),
  /** MUST be absolute. */
  cwd: string,
  /** As `environ`. */
  env: optional.strings,
  /** As execvp(3)'s: `args[0]` is looked up in the container by the process's own PATH. */
  args: z.array(string).check(z.minLength(1)),
  /** Windows only. */
  commandLine: optional.string,
  /** Absent, 0:0. */
  user: z.optional(User),
  /** @see config.md#configPOSIXProcess */
  rlimits: z.optional(z.array(Rlimit)),
  /** Name of the AppArmor profile. */
  apparmorProfile: optional.string,
  capabilities: z.optional(Capabilities),
  /** PR_SET_NO_NEW_PRIVS; absent, false. */
  noNewPrivileges: optional.boolean,
  /** For /proc/[pid]/oom_score_adj; absent, it MUST NOT be changed, and 0 is not absent. */
  oomScoreAdj: z.optional(integer(-1000, 1000)),
  scheduler: z.optional(Scheduler),
  /** SELinux label of the process. */
  selinuxLabel: optional.string,
  ioPriority: z.optional(IOPriority),
  execCPUAffinity: z.optional(ExecCPUAffinity),
});

/** See {@linkcode Process}. */
export type Process = z.infer<typeof Process>;
