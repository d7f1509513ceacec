/**
 * What a file is: its kind, owner and mode.
 *
 * @module
 */
import { check } from "./check.ts";
import { AT, AT_FDCWD, directory, flags, S } from "./constants.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";
import { octal } from "./directory.ts";

/** What statx(2) says of a file, in its own names. */
export interface Stat {
  /** File type and permission bits. */
  readonly stx_mode: number;
  readonly stx_nlink: number;
  readonly stx_uid: number;
  readonly stx_gid: number;
  readonly stx_ino: bigint;
  /** The device that a device file stands for. */
  readonly stx_rdev_major: number;
  readonly stx_rdev_minor: number;
  /** The device that holds the file. */
  readonly stx_dev_major: number;
  readonly stx_dev_minor: number;
  /** The mount that it was reached by: since Linux 6.8 a number that no other mount ever gets, before that since 5.8. */
  readonly stx_mnt_id: bigint;
}

const STATX_BASIC_STATS = 0x7ff;
const STATX_MNT_ID = 0x1000;
const STATX_MNT_ID_UNIQUE = 0x4000;
/** Kernels leave out what they do not know. */
const MASK = STATX_BASIC_STATS | STATX_MNT_ID | STATX_MNT_ID_UNIQUE;

/**
 * `int statx(int dirfd, const char *pathname, int flags, unsigned int mask, struct statx *statxbuf);` (Linux 4.11)
 *
 * @param path `""` (with `AT_EMPTY_PATH`, which is set then) is the descriptor itself.
 * @see statx(2)
 */
export function statx(dirfd: number, path = "", how = 0): Stat {
  using m = scratch();
  const buffer = m.zeros(256);
  const word = path === "" ? how | AT.AT_EMPTY_PATH : how;
  check(
    syscall(NR.statx, dirfd, m.cstring(path), word, MASK, buffer),
    "statx",
    directory(dirfd),
    path,
    flags(AT, word),
  );
  const v = m.view(buffer, 256);
  return {
    stx_nlink: v.getUint32(16, true),
    stx_uid: v.getUint32(20, true),
    stx_gid: v.getUint32(24, true),
    stx_mode: v.getUint16(28, true),
    stx_ino: v.getBigUint64(32, true),
    stx_rdev_major: v.getUint32(128, true),
    stx_rdev_minor: v.getUint32(132, true),
    stx_dev_major: v.getUint32(136, true),
    stx_dev_minor: v.getUint32(140, true),
    stx_mnt_id: v.getBigUint64(144, true),
  };
}

/** Whether a mode says directory. */
export function isDirectory(stat: Stat): boolean {
  return (stat.stx_mode & S.S_IFMT) === S.S_IFDIR;
}

/** Whether two descriptors are the same file. */
export function sameFile(a: Stat, b: Stat): boolean {
  return a.stx_ino === b.stx_ino && a.stx_dev_major === b.stx_dev_major &&
    a.stx_dev_minor === b.stx_dev_minor;
}

/** `f_type` of `int fstatfs(int fd, struct statfs *buf);` @see fstatfs(2) */
export function fstatfsType(fd: number): number {
  using m = scratch();
  const buffer = m.zeros(120);
  check(syscall(NR.fstatfs, fd, buffer), "fstatfs", fd);
  return Number(m.view(buffer, 8).getBigInt64(0, true));
}

/** `int fchownat(int dirfd, const char *pathname, uid_t owner, gid_t group, int flags);` never through a link. @see fchownat(2) */
export function fchownat(dirfd: number, path: string, uid: number, gid: number): void {
  using m = scratch();
  const how = AT.AT_SYMLINK_NOFOLLOW | (path === "" ? AT.AT_EMPTY_PATH : 0);
  const result = syscall(NR.fchownat, dirfd, m.cstring(path), uid, gid, how);
  check(result, "fchownat", directory(dirfd), path, uid, gid, flags(AT, how));
}

/** `int fchmod(int fd, mode_t mode);` not for `O_PATH` descriptors. @see fchmod(2) */
export function fchmod(fd: number, mode: number): void {
  check(syscall(NR.fchmod, fd, mode), "fchmod", fd, octal(mode));
}

/**
 * fchmod(2) for an `O_PATH` descriptor, by its name in proc.
 *
 * fchmodat2(2), which takes the descriptor itself, came with Linux 6.6. /proc must be the host's.
 */
export function chmodPath(fd: number, mode: number): void {
  using m = scratch();
  const path = `/proc/self/fd/${fd}`;
  const result = syscall(NR.fchmodat, AT_FDCWD, m.cstring(path), mode);
  check(result, "fchmodat", directory(AT_FDCWD), path, octal(mode));
}
