/**
 * The container's cgroup in one hierarchy.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, O } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open } from "../../ffi/open.ts";
import { hierarchyKey } from "../plan/cgroups_path.ts";
import { inheritCpuset } from "./cpuset.ts";
import { explainRefusal, readCgroupFileIfAny, writeCgroupFile } from "./file.ts";
import type { Freezer } from "./freezer.ts";
import type { CgroupHierarchy } from "./layout.ts";
import { makeDirectories, missingDirectories } from "./make.ts";
import { PATIENCE, waitUntil } from "./patience.ts";
import { type Controllers, enableControllers } from "./subtree_control.ts";
import { hasChildren, processesBelow, removeChildren, removeIfFree, removeTree } from "./tree.ts";

/** The controllers that count or slow what a process does. */
const METERS = ["memory", "cpu", "pids"];

/** A directory in one hierarchy, and what of it is ours. */
export class Member {
  /** The key of the hierarchy, see {@linkcode hierarchyKey}. */
  readonly key: string;
  /** The absolute path of the directory. */
  readonly directory: string;
  /** Whether it existed and had sub-cgroups: all of them stay. */
  readonly isKept: boolean;
  /** What did not exist before, parents first. Before {@linkcode make} it is a forecast. */
  #made: readonly string[];
  readonly #place: CgroupHierarchy | undefined;
  #isOutside = false;
  #isMetered: boolean | undefined;

  private constructor(
    key: string,
    directory: string,
    made: readonly string[],
    isKept: boolean,
    place?: CgroupHierarchy,
  ) {
    this.key = key;
    this.directory = directory;
    this.isKept = isKept;
    this.#made = made;
    this.#place = place;
  }

  /** Looks what would have to be made. */
  static plan(place: CgroupHierarchy, path: string): Member {
    const { mountpoint } = place;
    const directory = mountpoint + path;
    const missing = missingDirectories(mountpoint, directory);
    const isKept = missing.length === 0 && hasChildren(directory);
    return new Member(hierarchyKey(place), directory, missing, isKept, place);
  }

  /** One that exists; `made` and `kept` may speak of other hierarchies too. */
  static open(
    key: string,
    directory: string,
    made: readonly string[],
    kept: readonly string[],
  ): Member {
    const ours = made.filter((path) => (directory + "/").startsWith(path + "/"));
    return new Member(key, directory, ours, kept.includes(directory));
  }

  /** Of the hierarchy. */
  get version(): 1 | 2 {
    return this.key === "" ? 2 : 1;
  }

  /** What is ours to remove, parents first. */
  get made(): readonly string[] {
    return this.#made;
  }

  /** Whether the directory did not exist before. */
  get isMade(): boolean {
    return this.#made.includes(this.directory);
  }

  /** Whether what a process does is counted here, or slowed: what is done before the container's program runs is not its own. */
  get isMetered(): boolean {
    return this.#isMetered ??= METERS.some((controller) => this.has(controller));
  }

  /** Whether the process that belongs here is outside for now. */
  get isOutside(): boolean {
    return this.#isOutside;
  }

  /** Whether a controller's files are in the directory. */
  has(controller: string): boolean {
    const names = this.version === 1
      ? this.key.split(",")
      : readCgroupFileIfAny(this.directory, "cgroup.controllers")?.split(" ");
    return names?.includes(controller) ?? false;
  }

  /** Itself, if it can be frozen. */
  get freezer(): Freezer | undefined {
    return this.version === 2 || this.has("freezer") ? this : undefined;
  }

  /** The pids in the directory and below; 0 stands for one that our PID namespace does not show. */
  processes(): number[] {
    return processesBelow(this.directory);
  }

  /** Makes the directory, and readies it for processes. */
  make(wanted: Controllers): void {
    const { mountpoint } = this.#planned("make");
    const made: string[] = [];
    // Known from here on: what was made before a failure has to go.
    this.#made = made;
    makeDirectories(mountpoint, this.directory, made);
    if (this.has("cpuset") && this.version === 1) inheritCpuset(mountpoint, this.directory);
    if (this.version === 1) return;
    enableControllers(mountpoint, this.directory, wanted);
    const type = readCgroupFileIfAny(this.directory, "cgroup.type") ?? "domain";
    if (type !== "domain" && type !== "domain threaded") {
      const why = `Its type is "${type}", so no process may live there`;
      throw new Error(`Cannot use the cgroup "${this.directory}": ${why}`);
    }
  }

  /** Moves a process there, with all its threads; 0 is the caller. */
  enter(pid: number): void {
    try {
      writeCgroupFile(this.directory, "cgroup.procs", String(pid));
      this.#isOutside = false;
    } catch (error) {
      const what = `put process ${pid} into the cgroup "${this.directory}"`;
      throw explainRefusal(what, error);
    }
  }

  /** Moves a process to the caller's own cgroup; false if that may not be. */
  stepOut(pid: number): boolean {
    try {
      writeCgroupFile(this.#home(), "cgroup.procs", String(pid));
      return this.#isOutside = true;
    } catch (error) {
      // Not ours to write, not there for us to see, or without room for processes.
      const refusals = [E.EACCES, E.EPERM, E.EROFS, E.ENOENT, E.EBUSY, E.EOPNOTSUPP];
      if (!isErrno(error, ...refusals)) throw error;
      return false;
    }
  }

  /** What the process that is outside goes in by, and out again. */
  openDoors(): [inwards: OwnedFd, outwards: OwnedFd] {
    const [inwards, outwards] = [this.directory, this.#home()].map((directory) =>
      open(`${directory}/cgroup.procs`, O.O_WRONLY)
    ) as [OwnedFd, OwnedFd];
    return [inwards, outwards];
  }

  /** The caller's own cgroup. */
  #home(): string {
    const { mountpoint, own } = this.#planned("leave");
    return own === "/" ? mountpoint : mountpoint + own;
  }

  #planned(action: string): CgroupHierarchy {
    if (this.#place !== undefined) return this.#place;
    throw new TypeError(`Cannot ${action} a cgroup that was not planned`);
  }

  /** Removes what the container leaves: what was made, and sub-cgroups that came later. */
  remove(patience: number): void {
    if (!this.isMade && !this.isKept) {
      const isBare = (): boolean => {
        removeChildren(this.directory);
        return !hasChildren(this.directory);
      };
      if (!waitUntil(isBare, patience)) throw this.#busy();
    }
    this.unmake(patience);
  }

  /** Removes what was made. Parents go only if nobody else uses them by now. */
  unmake(patience = PATIENCE): void {
    for (const path of this.#made.toReversed()) {
      if (path !== this.directory) removeIfFree(AT_FDCWD, path);
      else if (!removeTree(path, patience)) throw this.#busy();
    }
  }

  #busy(): Error {
    const pids = this.processes();
    const why = pids.length === 0 ? "It stays busy" : `It still holds processes (${pids})`;
    return new Error(`Cannot remove the cgroup "${this.directory}": ${why}`);
  }
}
