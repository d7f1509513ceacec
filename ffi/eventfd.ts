/**
 * A counter in the kernel that says when it has counted.
 *
 * @see eventfd(2)
 * @module
 */
import { check } from "./check.ts";
import { flags, O } from "./constants.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";
import { NR } from "./numbers.ts";
import { read } from "./open.ts";

/** `int eventfd(unsigned int initval, EFD_CLOEXEC);` EFD_CLOEXEC has the value of O_CLOEXEC. @see eventfd(2) */
export function eventfd(initval = 0): OwnedFd {
  const fd = syscall(NR.eventfd2, initval, O.O_CLOEXEC);
  return new OwnedFd(check(fd, "eventfd2", initval, flags(O, O.O_CLOEXEC)), "eventfd");
}

/** What was counted since the last look; blocks as long as that is nothing. */
export function readCount(fd: number): bigint {
  const count = new Uint8Array(8);
  read(fd, count);
  return new DataView(count.buffer).getBigUint64(0, true);
}
