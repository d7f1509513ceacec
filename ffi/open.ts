/**
 * Files and directories by descriptor.
 *
 * Every wrapper forces `O_CLOEXEC`: a descriptor that reaches a container's program by accident is a way out of it
 * (CVE-2024-21626).
 *
 * @module
 */
import { check, retry } from "./check.ts";
import { AT_FDCWD, directory, flags, O, RESOLVE } from "./constants.ts";
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

/** `int dup3(int oldfd, int newfd, int flags);` @see dup3(2) */
export function dup3(oldfd: number, newfd: number, how: number): void {
  check(syscall(NR.dup3, oldfd, newfd, how), "dup3", oldfd, newfd, flags(O, how));
}

/** `int pipe2(int pipefd[2], O_CLOEXEC);` The end to read from, and the end to write to. @see pipe(2) */
export function pipe2(): [OwnedFd, OwnedFd] {
  using m = scratch();
  const pipefd = m.zeros(8);
  check(syscall(NR.pipe2, pipefd, O.O_CLOEXEC), "pipe2", new Printed("…"), flags(O, O.O_CLOEXEC));
  const view = m.view(pipefd, 8);
  return [
    new OwnedFd(view.getInt32(0, true), "pipe2"),
    new OwnedFd(view.getInt32(4, true), "pipe2"),
  ];
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

/** Closes every descriptor from `first` on, whoever holds it: for a process that does nothing more with any. Linux 5.9. @see close_range(2) */
export function closeFrom(first: number): void {
  check(syscall(NR.close_range, first, 0xffffffff, 0), "close_range", first, new Printed("~0U"), 0);
}

const F_GETFD = 1;

const FD_CLOEXEC = 1;

/** Whether a descriptor is close-on-exec; undefined when it is not open. @see fcntl(2) */
export function isCloseOnExec(fd: number): boolean | undefined {
  const result = syscall(NR.fcntl, fd, F_GETFD);
  return result < 0 ? undefined : (result & FD_CLOEXEC) !== 0;
}
