/**
 * A cgroup with everything below it.
 *
 * A container that may write to its cgroups can nest them deeper than a path is long (PATH_MAX) and than a process has
 * descriptors. So the walk goes by one descriptor, a name down or `..` up; directories of cgroupfs cannot be moved
 * elsewhere meanwhile.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT, AT_FDCWD, O } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { unlinkat } from "../../ffi/directory.ts";
import { openat, readAll } from "../../ffi/open.ts";
import { statx } from "../../ffi/stat.ts";
import { waitUntil } from "./patience.ts";

/** What is done at each cgroup of a walk. */
export interface Visitor {
  /** On the way down; the descriptor is the walk's. */
  readonly enter?: (cgroup: OwnedFd) => void;
  /** On the way up, with everything below done: not for the top. */
  readonly leave?: (parent: OwnedFd, name: string) => void;
}

/** Visits a cgroup and all below it. Those that vanish meanwhile, the top included, are skipped. */
export function walk(top: string, { enter, leave }: Visitor): void {
  let here = openCgroup(AT_FDCWD, top);
  const names: string[] = [];
  const waiting: string[][] = [];
  try {
    while (here !== undefined) {
      if (waiting.length === names.length) {
        enter?.(here);
        waiting.push(children(here));
      }
      const next = waiting.at(-1)?.pop();
      let there: OwnedFd | undefined;
      if (next !== undefined) {
        there = openCgroup(here.fd, next);
        if (there === undefined) continue;
        names.push(next);
      } else {
        waiting.pop();
        const name = names.pop();
        if (name === undefined) return;
        there = openat(here.fd, "..", O.O_RDONLY | O.O_DIRECTORY);
        leave?.(there, name);
      }
      here.close();
      here = there;
    }
  } finally {
    here?.close();
  }
}

function openCgroup(dirfd: number, name: string): OwnedFd | undefined {
  try {
    return openat(dirfd, name, O.O_RDONLY | O.O_DIRECTORY | O.O_NOFOLLOW);
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENODEV)) return undefined;
    throw error;
  }
}

function children(cgroup: OwnedFd): string[] {
  // kernfs counts a directory's links by its sub-directories: the usual cgroup without any need not be listed.
  if (statx(cgroup.fd).stx_nlink === 2) return [];
  const entries = [...Deno.readDirSync(`/proc/self/fd/${cgroup.fd}`)];
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
}

/** Whether a cgroup has sub-cgroups; false when there is no such cgroup. */
export function hasChildren(path: string): boolean {
  using cgroup = openCgroup(AT_FDCWD, path);
  return cgroup !== undefined && children(cgroup).length > 0;
}

/** The processes of a cgroup and of all below it. 0 stands for one that our PID namespace does not show. */
export function processesBelow(top: string): number[] {
  const pids: number[] = [];
  walk(top, {
    enter(cgroup): void {
      // EOPNOTSUPP: a threaded cgroup. Its processes are listed by the one above it that is not.
      const text = ignoring([E.ENOENT, E.ENODEV, E.EOPNOTSUPP], () => readProcs(cgroup)) ?? "";
      for (const line of text.split("\n")) if (line !== "") pids.push(Number(line));
    },
  });
  return pids;
}

function readProcs(cgroup: OwnedFd): string {
  using procs = openat(cgroup.fd, "cgroup.procs", O.O_RDONLY);
  return new TextDecoder().decode(readAll(procs.fd));
}

/** Removes the sub-cgroups of a cgroup, the deepest first. Those that hold a process stay. */
export function removeChildren(top: string): void {
  walk(top, {
    leave: (parent, name) => {
      removeIfFree(parent.fd, name);
    },
  });
}

/** Removes one cgroup; false if it holds processes or other cgroups. */
export function removeIfFree(dirfd: number, path: string): boolean {
  // kernfs says EBUSY for both; ENOTEMPTY is what other filesystems would say.
  return ignoring([E.EBUSY, E.ENOTEMPTY], () => {
    ignoring([E.ENOENT], () => unlinkat(dirfd, path, AT.AT_REMOVEDIR));
    return true;
  }) ?? false;
}

/**
 * Removes a cgroup and everything below it, and waits for processes that are dying.
 *
 * @param patience How long at most, in milliseconds.
 * @returns Whether it is gone.
 */
export function removeTree(top: string, patience: number): boolean {
  return waitUntil(() => {
    if (removeIfFree(AT_FDCWD, top)) return true;
    removeChildren(top);
    return removeIfFree(AT_FDCWD, top);
  }, patience);
}

function ignoring<T>(errnos: readonly number[], action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isErrno(error, ...errnos)) return undefined;
    throw error;
  }
}
