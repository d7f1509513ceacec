/**
 * Names in directories: making, moving, removing, and where "." is.
 *
 * @module
 */
import { check } from "./check.ts";
import { AT, directory, flags } from "./constants.ts";
import { Printed } from "./errno.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

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

/** Prints a mode as C programmers write it. */
export function octal(mode: number): Printed {
  return new Printed(() => `0${mode.toString(8)}`);
}
