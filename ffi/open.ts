/**
 * Files and directories by descriptor.
 *
 * Every wrapper forces `O_CLOEXEC`: a descriptor that reaches a container's program by accident is a way out of it
 * (CVE-2024-21626).
 *
 * @module
 */
import { check, isErrno, retry } from "./check.ts";
import { AT, AT_FDCWD, directory, flags, O, RESOLVE, S } from "./constants.ts";
import { E, Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { addressOf, syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/**
 * `int openat(int dirfd, const char *pathname, int flags, mode_t mode);`
 *
 * Follows symlinks in every part of the path: for paths of the host only.
 *
 * @see openat(2)
 */
export function openat(dirfd: number, path: string, how: number, mode = 0): OwnedFd {
  using m = scratch();
  const fd = retry(() => syscall(NR.openat, dirfd, m.cstring(path), how | O.O_CLOEXEC, mode));
  return new OwnedFd(check(fd, "openat", directory(dirfd), path, flags(O, how)), path);
}

/** `int open(const char *pathname, int flags, mode_t mode);` for paths of the host. @see open(2) */
export function open(path: string, how: number, mode = 0): OwnedFd {
  return openat(AT_FDCWD, path, how, mode);
}

/** Arbitrary; the kernel asks to try again when the tree was renamed under the walk, which an attacker can keep doing. */
const OPENAT2_TRIES = 128;

/**
 * `long openat2(int dirfd, const char *pathname, struct open_how *how, size_t size);` (Linux 5.6)
 *
 * With `RESOLVE_IN_ROOT` the walk treats `dirfd` as its root: no symlink of an image leads out of it.
 *
 * @see openat2(2)
 */
export function openat2(
  dirfd: number,
  path: string,
  how: number,
  resolve: number,
  mode = 0,
): OwnedFd {
  using m = scratch();
  const name = m.cstring(path);
  const open_how = m.words([how | O.O_CLOEXEC, mode, resolve]);
  let fd = -E.EAGAIN;
  for (let i = 0; i < OPENAT2_TRIES && (fd === -E.EAGAIN || fd === -E.EINTR); i++) {
    fd = syscall(NR.openat2, dirfd, name, open_how, 24);
  }
  check(fd, "openat2", directory(dirfd), path, flags(O, how), flags(RESOLVE, resolve));
  return new OwnedFd(fd, path);
}

/** `ssize_t read(int fd, void *buf, size_t count);` into a buffer; returns how much, 0 at the end. @see read(2) */
export function read(fd: number, buffer: Uint8Array<ArrayBuffer>): number {
  const address = addressOf(buffer);
  return check(
    retry(() => syscall(NR.read, fd, address, buffer.length)),
    "read",
    fd,
    new Printed("…"),
    buffer.length,
  );
}

/** Reads to the end of the file. */
export function readAll(fd: number): Uint8Array<ArrayBuffer> {
  let all = new Uint8Array(4096);
  for (let length = 0;;) {
    if (length === all.length) {
      const larger = new Uint8Array(all.length * 4);
      larger.set(all);
      all = larger;
    }
    const count = read(fd, all.subarray(length));
    if (count === 0) return all.subarray(0, length);
    length += count;
  }
}

/** Writes all of it, however many calls that takes. @see write(2) */
export function write(fd: number, bytes: Uint8Array<ArrayBuffer>): void {
  for (let done = 0; done < bytes.length;) {
    const rest = bytes.subarray(done);
    const address = addressOf(rest);
    done += check(
      retry(() => syscall(NR.write, fd, address, rest.length)),
      "write",
      fd,
      new Printed("…"),
      rest.length,
    );
  }
}

/** Writes a string in one call, as the files of proc and cgroupfs want it. The value stands in the error. */
export function writeString(fd: number, text: string): void {
  using m = scratch();
  const bytes = new TextEncoder().encode(text);
  const result = retry(() => syscall(NR.write, fd, m.bytes(bytes), bytes.length));
  check(result, "write", fd, text, bytes.length);
}

/** Sets the file offset to the start. @see lseek(2) */
export function rewind(fd: number): void {
  check(syscall(NR.lseek, fd, 0, 0), "lseek", fd, 0, new Printed("SEEK_SET"));
}

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
}

const STATX_BASIC_STATS = 0x7ff;

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
    syscall(NR.statx, dirfd, m.cstring(path), word, STATX_BASIC_STATS, buffer),
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

/** `int mkdirat(int dirfd, const char *pathname, mode_t mode);` @see mkdirat(2) */
export function mkdirat(dirfd: number, path: string, mode: number): void {
  using m = scratch();
  const result = syscall(NR.mkdirat, dirfd, m.cstring(path), mode);
  check(result, "mkdirat", directory(dirfd), path, octal(mode));
}

/** `int mknodat(int dirfd, const char *pathname, mode_t mode, dev_t dev);` @see mknodat(2) */
export function mknodat(
  dirfd: number,
  path: string,
  mode: number,
  major: number,
  minor: number,
): void {
  using m = scratch();
  const result = syscall(NR.mknodat, dirfd, m.cstring(path), mode, makedev(major, minor));
  check(result, "mknodat", directory(dirfd), path, octal(mode), new Printed(`${major}:${minor}`));
}

/** `dev_t` as the kernel takes it from mknodat(2): 12 bits of major between 20 bits of minor (new_encode_dev). */
export function makedev(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** `int symlinkat(const char *target, int newdirfd, const char *linkpath);` @see symlinkat(2) */
export function symlinkat(target: string, dirfd: number, path: string): void {
  using m = scratch();
  const result = syscall(NR.symlinkat, m.cstring(target), dirfd, m.cstring(path));
  check(result, "symlinkat", target, directory(dirfd), path);
}

/** `int unlinkat(int dirfd, const char *pathname, int flags);` @see unlinkat(2) */
export function unlinkat(dirfd: number, path: string, how = 0): void {
  using m = scratch();
  const result = syscall(NR.unlinkat, dirfd, m.cstring(path), how);
  check(result, "unlinkat", directory(dirfd), path, flags(AT, how));
}

/** `int renameat2(…)` without flags: replaces what stands under the new name. @see rename(2) */
export function renameat(
  olddirfd: number,
  oldpath: string,
  newdirfd: number,
  newpath: string,
): void {
  using m = scratch();
  const result = syscall(
    NR.renameat2,
    olddirfd,
    m.cstring(oldpath),
    newdirfd,
    m.cstring(newpath),
    0,
  );
  check(result, "renameat2", directory(olddirfd), oldpath, directory(newdirfd), newpath);
}

/** `ssize_t readlinkat(int dirfd, const char *pathname, char *buf, size_t bufsiz);` @see readlinkat(2) */
export function readlinkat(dirfd: number, path: string): string {
  using m = scratch();
  const buffer = m.zeros(4096);
  const length = check(
    syscall(NR.readlinkat, dirfd, m.cstring(path), buffer, 4096),
    "readlinkat",
    directory(dirfd),
    path,
  );
  return new TextDecoder().decode(m.u8(buffer, length));
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

/** `int fsync(int fd);` @see fsync(2) */
export function fsync(fd: number): void {
  check(
    retry(() => syscall(NR.fsync, fd)),
    "fsync",
    fd,
  );
}

/** `int fchdir(int fd);` @see fchdir(2) */
export function fchdir(fd: number): void {
  check(syscall(NR.fchdir, fd), "fchdir", fd);
}

/** `int chdir(const char *path);` @see chdir(2) */
export function chdir(path: string): void {
  using m = scratch();
  check(syscall(NR.chdir, m.cstring(path)), "chdir", path);
}

/** `int chroot(const char *path);` @see chroot(2) */
export function chroot(path: string): void {
  using m = scratch();
  check(syscall(NR.chroot, m.cstring(path)), "chroot", path);
}

/**
 * `char *getcwd(char *buf, size_t size);`, the kernel's own: a directory outside of the root comes back as
 * `(unreachable)/…`.
 *
 * @see getcwd(2)
 */
export function getcwd(): string {
  using m = scratch();
  const buffer = m.zeros(4096);
  const length = check(syscall(NR.getcwd, buffer, 4096), "getcwd");
  return new TextDecoder().decode(m.u8(buffer, length - 1));
}

/** `int dup3(int oldfd, int newfd, int flags);` @see dup3(2) */
export function dup3(oldfd: number, newfd: number, how: number): void {
  check(syscall(NR.dup3, oldfd, newfd, how), "dup3", oldfd, newfd, flags(O, how));
}

const F_DUPFD_CLOEXEC = 1030;

/** A duplicate, close-on-exec, at `from` or the next free number above. @see fcntl(2) */
export function dupAbove(fd: number, from: number): OwnedFd {
  const result = syscall(NR.fcntl, fd, F_DUPFD_CLOEXEC, from);
  return new OwnedFd(check(result, "fcntl", fd, new Printed("F_DUPFD_CLOEXEC"), from));
}

const CLOSE_RANGE_CLOEXEC = 4;

/** Marks every descriptor from `first` on close-on-exec. `close_range(2)`, Linux 5.11 for the flag. */
export function closeOnExecFrom(first: number): void {
  const result = syscall(NR.close_range, first, 0xffffffff, CLOSE_RANGE_CLOEXEC);
  check(result, "close_range", first, new Printed("~0U"), new Printed("CLOSE_RANGE_CLOEXEC"));
}

const F_GETFD = 1;
const FD_CLOEXEC = 1;

/** Whether a descriptor is close-on-exec; undefined when it is not open. @see fcntl(2) */
export function isCloseOnExec(fd: number): boolean | undefined {
  const result = syscall(NR.fcntl, fd, F_GETFD);
  return result < 0 ? undefined : (result & FD_CLOEXEC) !== 0;
}

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_EXEC = 0x10;

/** `int memfd_create(const char *name, unsigned int flags);` @see memfd_create(2) */
export function memfd_create(name: string, how = 0): OwnedFd {
  using m = scratch();
  const fd = syscall(NR.memfd_create, m.cstring(name), MFD_CLOEXEC | MFD_ALLOW_SEALING | how);
  return new OwnedFd(check(fd, "memfd_create", name), `memfd:${name}`);
}

/** A memfd that may be executed: said aloud, so that `vm.memfd_noexec=1` (Linux 6.3) leaves it so. */
export function memfd_create_exec(name: string): OwnedFd {
  try {
    return memfd_create(name, MFD_EXEC);
  } catch (error) {
    // Before 6.3 there is no such flag, and every memfd may be executed.
    if (isErrno(error, E.EINVAL)) return memfd_create(name);
    throw error;
  }
}

const F_ADD_SEALS = 1033;
/** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE. */
const ALL_SEALS = 1 | 2 | 4 | 8;

/** Seals a memfd: nobody changes its content from now on, through whatever descriptor. @see fcntl(2) */
export function seal(fd: number): void {
  check(syscall(NR.fcntl, fd, F_ADD_SEALS, ALL_SEALS), "fcntl", fd, new Printed("F_ADD_SEALS"));
}

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

/** Prints a mode as C programmers write it. */
export function octal(mode: number): Printed {
  return new Printed(() => `0${mode.toString(8)}`);
}
