/**
 * A proc that nobody else can reach.
 *
 * What decides about the container's security is written into files of proc: sysctls, labels. By a path such as
 * "/proc/self/attr/exec" an image or a volume could put another file there, and the container would run without the label
 * or write where it must not (CVE-2019-16884, CVE-2023-27561, CVE-2025-52881).
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { MAGIC, MOUNT_ATTR, O, RESOLVE } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { FilesystemContext } from "../ffi/mount.ts";
import { open, openat2, writeString } from "../ffi/open.ts";
import { fstatfsType, statx } from "../ffi/stat.ts";

/** How every path below it is walked: what is mounted over a part of it, or links out of it, is refused. */
export const IN_PROC: number = RESOLVE.RESOLVE_BENEATH | RESOLVE.RESOLVE_NO_XDEV |
  RESOLVE.RESOLVE_NO_MAGICLINKS;

/** The root directory of any proc. */
const PROC_ROOT_INO = 1n;

/**
 * Opens the root of a new proc that is mounted nowhere.
 *
 * A user namespace without a PID namespace of its own may not mount one (user_namespaces(7)). Then it is the one at /proc:
 * with {@linkcode IN_PROC} its files are the kernel's as well, or cannot be opened.
 */
export function openOwnProc(): OwnedFd {
  const proc = mountOrOpen();
  const isProc = fstatfsType(proc.fd) === MAGIC.PROC_SUPER_MAGIC;
  if (isProc && statx(proc.fd).stx_ino === PROC_ROOT_INO) return proc;
  proc.close();
  throw new Error("Cannot trust /proc: it is not the root of a proc filesystem");
}

function mountOrOpen(): OwnedFd {
  try {
    using context = new FilesystemContext("proc");
    const { MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC } = MOUNT_ATTR;
    return context.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  } catch (error) {
    if (!isErrno(error, E.EPERM)) throw error;
    return open("/proc", O.O_PATH | O.O_DIRECTORY);
  }
}

/** Writes a file of it in one call. */
export function writeOwnProc(proc: OwnedFd, path: string, text: string): void {
  using file = openat2(proc.fd, path, O.O_WRONLY, IN_PROC);
  writeString(file.fd, text);
}
