/**
 * Locks on open files.
 *
 * @module
 */
import { check, retry } from "./check.ts";
import { Printed } from "./errno.ts";
import { syscall } from "./libc.ts";
import { NR } from "./numbers.ts";

const LOCK_EX = 2;

/** Waits for the exclusive lock of an open file. @see flock(2) */
export function lockExclusive(fd: number): void {
  check(
    retry(() => syscall(NR.flock, fd, LOCK_EX)),
    "flock",
    fd,
    new Printed("LOCK_EX"),
  );
}

const LOCK_UN = 8;

/** Gives the lock of an open file back. @see flock(2) */
export function unlock(fd: number): void {
  check(syscall(NR.flock, fd, LOCK_UN), "flock", fd, new Printed("LOCK_UN"));
}
