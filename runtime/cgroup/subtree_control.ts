/**
 * Handing v2 controllers down to a cgroup.
 *
 * @see cgroups(7), "Cgroups v2 subtree control"
 * @module
 */
import { SyscallError } from "../../ffi/errno.ts";
import * as log from "../log.ts";
import { readCgroupFile, writeCgroupFile } from "./file.ts";

/** Which controllers: these, or whatever there is. */
export type Controllers = readonly string[] | "all";

/**
 * Enables controllers for a cgroup, from the root of the hierarchy down to the one above it.
 *
 * What cannot be had is left out: it is not there, was not delegated to us, or the cgroup above holds processes itself.
 * Only the one who wants to set a limit knows whether that matters. Nothing is disabled again later: by then other
 * cgroups may rely on it, and would lose their limits.
 */
export function enableControllers(
  mountpoint: string,
  directory: string,
  wanted: Controllers,
): void {
  if (wanted !== "all" && wanted.length === 0) return;
  for (const ancestor of ancestors(mountpoint, directory)) enableBelow(ancestor, wanted);
}

function ancestors(mountpoint: string, directory: string): string[] {
  const names = directory.slice(mountpoint.length).split("/").filter((name) => name !== "");
  return names.map((_, depth) => [mountpoint, ...names.slice(0, depth)].join("/"));
}

function enableBelow(cgroup: string, wanted: Controllers): void {
  const available = readNames(cgroup, "cgroup.controllers");
  const enabled = readNames(cgroup, "cgroup.subtree_control");
  const missing = available.filter((name) =>
    !enabled.includes(name) && (wanted === "all" || wanted.includes(name))
  );
  if (missing.length === 0 || enable(cgroup, missing)) return;
  // One that is refused takes the others with it.
  if (missing.length > 1) missing.forEach((name) => enable(cgroup, [name]));
}

function readNames(cgroup: string, name: string): string[] {
  return readCgroupFile(cgroup, name).split(" ").filter((name) => name !== "");
}

function enable(cgroup: string, names: readonly string[]): boolean {
  try {
    const value = names.map((name) => `+${name}`).join(" ");
    writeCgroupFile(cgroup, "cgroup.subtree_control", value);
    return true;
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    log.debug(`Cannot enable controllers: ${error.message}`);
    return false;
  }
}
