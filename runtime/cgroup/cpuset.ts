/**
 * The one controller of v1 whose new cgroups cannot hold a process.
 *
 * @see cpuset(7)
 * @module
 */
import { readCgroupFile, writeCgroupFile } from "./file.ts";

/**
 * Gives a cgroup of v1's cpuset the CPUs and memory nodes of the one above it, where it has none: without them
 * `cgroup.procs` answers ENOSPC. What is set already stays.
 *
 * @param mountpoint The root of the hierarchy, which has all of them.
 */
export function inheritCpuset(mountpoint: string, directory: string): void {
  if (directory === mountpoint) return;
  const parent = directory.slice(0, directory.lastIndexOf("/"));
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    if (readCgroupFile(directory, name) !== "") continue;
    // A cgroup without any has parents that may be without as well: those that other programs made.
    if (readCgroupFile(parent, name) === "") inheritCpuset(mountpoint, parent);
    writeCgroupFile(directory, name, readCgroupFile(parent, name));
  }
}
