/**
 * `--no-pivot`, for a host whose root is a ramdisk, which cannot be pivoted.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, MS, O } from "../../ffi/constants.ts";
import { chroot, fchdir, readlinkat } from "../../ffi/directory.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mount, umountDetach } from "../../ffi/mount.ts";
import { open, readAll } from "../../ffi/open.ts";

/** Moves the root over "/" and enters it. The host's tree stays mounted underneath, where no name leads. */
export function moveRoot(root: OwnedFd): void {
  detachKernelFilesystems(readlinkat(AT_FDCWD, `/proc/self/fd/${root.fd}`));
  fchdir(root.fd);
  mount(".", "/", null, MS.MS_MOVE);
  chroot(".");
}

/**
 * Unmounts the host's proc and sysfs. The kernel allows a user namespace to mount them anew as long as the mount namespace
 * has one that shows all of it, out of reach or not: in the container anybody could look behind the masked paths.
 *
 * @see mount_too_revealing() in fs/namespace.c
 */
function detachKernelFilesystems(root: string): void {
  // From the last one back: what is mounted on another one goes first.
  for (const path of kernelFilesystems(readMountinfo()).reverse()) {
    if (path.startsWith(`${root}/`)) continue;
    try {
      umountDetach(path);
    } catch (error) {
      // In a user namespace the host's mounts are locked, and whoever has one could mount them before as well.
      if (!isErrno(error, E.EINVAL, E.EPERM)) throw error;
    }
  }
}

/** Where proc and sysfs are mounted. @see proc_pid_mountinfo(5) */
function kernelFilesystems(mountinfo: string): string[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [type] = after.split(" ");
    const path = before.split(" ")[4];
    if (path === undefined || (type !== "proc" && type !== "sysfs")) return [];
    return [path.replaceAll(/\\(\d{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8)))];
  });
}

function readMountinfo(): string {
  using file = open("/proc/self/mountinfo", O.O_RDONLY);
  return new TextDecoder().decode(readAll(file.fd));
}
