/**
 * From a raw result to a value or an error.
 *
 * @module
 */
import { E, SyscallError } from "./errno.ts";

/**
 * Returns a system call's result, or throws what it failed with.
 *
 * @param result What {@linkcode syscall} returned: negative means `-errno`.
 * @param name The call's name, for the message.
 * @param args The arguments worth printing; a string is quoted, a `Printed` stands as it is.
 */
export function check(result: number, name: string, ...args: readonly unknown[]): number {
  if (result < 0) throw new SyscallError(name, args, -result);
  return result;
}

/** Makes a call again as long as a signal interrupts it. @see signal(7) */
export function retry(call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -E.EINTR) return result;
  }
}

/** Whether an error is a failed system call with one of the given errnos. */
export function isErrno(error: unknown, ...errnos: readonly number[]): error is SyscallError {
  return error instanceof SyscallError && errnos.includes(error.errno);
}
