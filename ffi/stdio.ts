/**
 * What a program inherits beside its memory: the owner of its stdio, and its umask.
 *
 * @module
 */
import { isErrno } from "./check.ts";
import { E } from "./errno.ts";
import { syscall } from "./libc.ts";
import { NR } from "./numbers.ts";
import { fchownat, statx } from "./stat.ts";

const NULL_MAJOR = 1;
const NULL_MINOR = 3;

/**
 * Gives stdin, stdout and stderr to a user, so that it can open /dev/stdout again. The null device stays as it is: it may
 * be the host's.
 *
 * @param gid By default the group stays as well.
 */
export function fchownStdio(uid: number, gid?: number): void {
  for (const fd of [0, 1, 2]) {
    try {
      const { stx_uid, stx_gid, stx_rdev_major, stx_rdev_minor } = statx(fd);
      if (stx_uid === uid && (gid ?? stx_gid) === stx_gid) continue;
      if (stx_rdev_major === NULL_MAJOR && stx_rdev_minor === NULL_MINOR) continue;
      fchownat(fd, "", uid, gid ?? stx_gid);
    } catch (error) {
      // Closed; or not ours to give (its owner is not mapped here, it is read-only): then it stays usable as it is open.
      if (!isErrno(error, E.EBADF, E.EPERM, E.EINVAL, E.EROFS, E.EACCES)) throw error;
    }
  }
}

/** `mode_t umask(mode_t mask);` Returns the one before. @see umask(2) */
export function setUmask(mask: number): number {
  return syscall(NR.umask, mask);
}
