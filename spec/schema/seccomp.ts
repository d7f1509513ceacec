/** The `linux.seccomp` object. @module */

import * as z from "zod/mini";
import { SECCOMP_ACTIONS, SECCOMP_ARCHS, SECCOMP_FLAGS, SECCOMP_OPERATORS } from "../seccomp.ts";
import { strings } from "./lists.ts";
import { integer, uint64 } from "./numbers.ts";
import { optional } from "./optional.ts";
import { oneOf } from "./scalars.ts";

/** A condition on one argument of a system call. @see config-linux.md#configLinuxSeccomp */
export const SyscallArg = z.object({
  /** Which argument; a system call has six. */
  index: integer(0, 5),
  /** Compared with the argument; the mask for SCMP_CMP_MASKED_EQ. */
  value: uint64,
  /** Only for SCMP_CMP_MASKED_EQ: what the masked argument is compared with. Absent, 0. */
  valueTwo: optional.uint64,
  op: oneOf(SECCOMP_OPERATORS),
});

/** See {@linkcode SyscallArg}. */
export type SyscallArg = z.infer<typeof SyscallArg>;

/** What to do with some system calls. @see config-linux.md#configLinuxSeccomp */
export const SyscallRule = z.object({
  names: strings.check(z.minLength(1)),
  action: oneOf(SECCOMP_ACTIONS),
  /** For SCMP_ACT_ERRNO and SCMP_ACT_TRACE only. Absent, EPERM. Since 1.1.0. */
  errnoRet: optional.uint32,
  args: z.optional(z.array(SyscallArg)),
});

/** See {@linkcode SyscallRule}. */
export type SyscallRule = z.infer<typeof SyscallRule>;

/** The filter of system calls. @see config-linux.md#configLinuxSeccomp */
export const Seccomp = z.object({
  defaultAction: oneOf(SECCOMP_ACTIONS),
  /** For SCMP_ACT_ERRNO and SCMP_ACT_TRACE only. Absent, EPERM. Since 1.1.0. */
  defaultErrnoRet: optional.uint32,
  /** Absent, the native one. */
  architectures: z.optional(z.array(oneOf(SECCOMP_ARCHS))),
  flags: z.optional(z.array(oneOf(SECCOMP_FLAGS))),
  /** Unix socket of the agent that gets the descriptor of SCMP_ACT_NOTIFY. Since 1.1.0. */
  listenerPath: optional.string,
  /** Passed to the agent as it is; MUST NOT be set without `listenerPath`. Since 1.1.0. */
  listenerMetadata: optional.string,
  syscalls: z.optional(z.array(SyscallRule)),
});

/** See {@linkcode Seccomp}. */
export type Seccomp = z.infer<typeof Seccomp>;
