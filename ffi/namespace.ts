/**
 * Joining and leaving namespaces.
 *
 * @module
 */
import { check } from "./check.ts";
import { CLONE, flags, IOCTL } from "./constants.ts";
import { Printed } from "./errno.ts";
import type { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";
import { NR } from "./numbers.ts";

/** `int unshare(int flags);` @see unshare(2) */
export function unshare(how: number): void {
  check(syscall(NR.unshare, how), "unshare", flags(CLONE, how));
}

/**
 * `int setns(int fd, int nstype);`
 *
 * @param nstype A `CLONE_NEW*` flag: the kernel refuses a descriptor of another kind; with a pidfd, the kinds to join.
 * @see setns(2)
 */
export function setns(fd: OwnedFd, nstype: number): void {
  check(syscall(NR.setns, fd.fd, nstype), "setns", fd, flags(CLONE, nstype));
}

/** The kind of a namespace descriptor, as its `CLONE_NEW*` flag; ENOTTY when it is none. @see ioctl_ns(2) */
export function namespaceType(fd: OwnedFd): number {
  return check(
    syscall(NR.ioctl, fd.fd, IOCTL.NS_GET_NSTYPE),
    "ioctl",
    fd,
    new Printed("NS_GET_NSTYPE"),
  );
}
