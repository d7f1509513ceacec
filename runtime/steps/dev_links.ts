/**
 * The links in /dev.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { readlinkat, symlinkat, unlinkat } from "../../ffi/directory.ts";
import { statx } from "../../ffi/stat.ts";
import { makeInRoot, openInRootIfAny } from "../root_path.ts";

/** Name in /dev → what it leads to (runtime-linux.md#runtimeLinuxDevSymbolicLinks; `core` is de facto). */
const LINKS: Readonly<Record<string, string>> = {
  fd: "/proc/self/fd",
  stdin: "/proc/self/fd/0",
  stdout: "/proc/self/fd/1",
  stderr: "/proc/self/fd/2",
  core: "/proc/kcore",
};

/**
 * Makes the links whose targets exist, and `ptmx` (config-linux.md#configLinuxDefaultDevices). For a /dev of the
 * container's own only: see `ownsDev`.
 */
export function makeDevLinks(root: OwnedFd): void {
  using dev = makeInRoot(root, "/dev", "directory");
  for (const [name, target] of Object.entries(LINKS)) {
    if (exists(root, target)) makeLink(dev, name, target);
  }
  replaceByLink(dev, "ptmx", "pts/ptmx");
}

/** Whether a name is there; the last one is not followed, since those of /proc/self/fd are magic links. */
function exists(root: OwnedFd, path: string): boolean {
  const slash = path.lastIndexOf("/");
  using directory = openInRootIfAny(root, path.slice(0, slash));
  if (directory === undefined) return false;
  try {
    statx(directory.fd, path.slice(slash + 1), AT.AT_SYMLINK_NOFOLLOW);
    return true;
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENOTDIR)) return false;
    throw error;
  }
}

/** What the image or a mount has under that name stays. */
function makeLink(directory: OwnedFd, name: string, target: string): boolean {
  try {
    symlinkat(target, directory.fd, name);
    return true;
  } catch (error) {
    if (isErrno(error, E.EEXIST)) return false;
    throw error;
  }
}

/** A node in an image is the host's ptmx and would open terminals of the host's, so the link takes its place. */
function replaceByLink(directory: OwnedFd, name: string, target: string): void {
  if (makeLink(directory, name, target) || isLinkTo(directory, name, target)) return;
  try {
    unlinkat(directory.fd, name);
  } catch (error) {
    // Something is mounted there: a bind mount of the container's own pts/ptmx is as good (MAY).
    if (isErrno(error, E.EBUSY)) return;
    throw error;
  }
  symlinkat(target, directory.fd, name);
}

function isLinkTo(directory: OwnedFd, name: string, target: string): boolean {
  try {
    return readlinkat(directory.fd, name) === target;
  } catch (error) {
    if (isErrno(error, E.EINVAL)) return false;
    throw error;
  }
}
