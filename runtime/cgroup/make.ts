/**
 * Making the directories of a cgroup.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { mkdirat } from "../../ffi/directory.ts";
import { isThere } from "./file.ts";

/** Arbitrary. Another container's delete may remove a parent that it made, just when we are about to use it. */
const TRIES = 16;

/** The directories that have to be made for a cgroup, the uppermost first. */
export function missingDirectories(mountpoint: string, directory: string): string[] {
  const missing: string[] = [];
  for (let path = directory; path !== mountpoint && !isThere(path);) {
    missing.unshift(path);
    path = path.slice(0, path.lastIndexOf("/"));
  }
  return missing;
}

/**
 * Makes a cgroup with its parents.
 *
 * @param made Receives what did not exist before, also when it throws.
 */
export function makeDirectories(mountpoint: string, directory: string, made: string[]): void {
  for (let tries = 1;; tries++) {
    try {
      for (const path of missingDirectories(mountpoint, directory)) {
        if (makeDirectory(path)) made.push(path);
      }
      return;
    } catch (error) {
      if (!isErrno(error, E.ENOENT) || tries === TRIES) throw error;
    }
  }
}

/** False when someone else was faster: then it is not ours to remove. */
function makeDirectory(path: string): boolean {
  try {
    mkdirat(AT_FDCWD, path, 0o755);
    return true;
  } catch (error) {
    if (isErrno(error, E.EEXIST)) return false;
    throw error;
  }
}
