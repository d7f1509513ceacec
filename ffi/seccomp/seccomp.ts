/**
 * seccomp(2), as far as the process that makes the plans calls it. The filter itself is loaded by a tape.
 *
 * @module
 */
import { check } from "../check.ts";
import { flags } from "../constants.ts";
import { E, Printed } from "../errno.ts";
import { syscall } from "../libc.ts";
import { NR } from "../numbers.ts";
import { SECCOMP, SECCOMP_FILTER_FLAG } from "./constants.ts";

/**
 * Finds out whether the kernel knows all these flags, without loading anything: `seccomp(SECCOMP_SET_MODE_FILTER, flags,
 * NULL)` is EFAULT if it does, and EINVAL otherwise.
 *
 * @see seccomp(2)
 */
export function hasFilterFlags(how: number): boolean {
  const { SECCOMP_SET_MODE_FILTER } = SECCOMP;
  const result = syscall(NR.seccomp, SECCOMP_SET_MODE_FILTER, how, 0);
  if (result === -E.EFAULT) return true;
  if (result === -E.EINVAL) return false;
  check(
    result,
    "seccomp",
    new Printed("SECCOMP_SET_MODE_FILTER"),
    flags(SECCOMP_FILTER_FLAG, how),
    null,
  );
  throw new Error("Cannot be reached: seccomp(2) loaded a filter from NULL");
}
