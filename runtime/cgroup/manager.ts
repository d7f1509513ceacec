/**
 * The cgroup of a container: one directory in each of the host's hierarchies, treated as one.
 *
 * @see cgroups(7)
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { O } from "../../ffi/constants.ts";
import { E, type SyscallError } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open } from "../../ffi/open.ts";
import * as log from "../log.ts";
import { type CgroupPaths, hierarchyKey } from "../plan/cgroups_path.ts";
import { freeze, type Freezer, isFrozen, thaw } from "./freezer.ts";
import type { Layout } from "./layout.ts";
import { Member } from "./member.ts";
import { PATIENCE } from "./patience.ts";
import { killAll, signalAll, type Target } from "./signal_all.ts";
import { undoAll } from "../step.ts";
import type { Controllers } from "./subtree_control.ts";

const SIGKILL = 9;

/** A container's cgroup in `state.json`. */
export interface SavedCgroup {
  /** Key of the hierarchy → absolute path of the directory; empty when the container has no cgroup. */
  readonly paths: Readonly<Record<string, string>>;
  /** The directories that did not exist before: the only ones that delete may remove. */
  readonly made: readonly string[];
  /** Directories that existed and had sub-cgroups: whatever is below them stays. */
  readonly kept?: readonly string[];
}

/** How a cgroup is made. */
export interface CgroupOptions {
  /** Goes on without a cgroup where the hierarchies are not ours to write. */
  readonly rootless?: boolean;
  /** v2 controllers to enable; by default all on a pure v2 host, where statistics need them, and none beside v1. */
  readonly controllers?: Controllers;
  /** The pid of a process that is in it from the start, and does not count. */
  readonly placeholder?: number;
  /** Moves a process in by another's hand, where the hierarchies are not ours to write high enough up. */
  readonly attach?: (pid: number) => void;
}

/** A cgroup of the container that has a controller's files. */
export interface ControllerDirectory {
  /** Which files to expect. */
  readonly version: 1 | 2;
  /** Its absolute path. */
  readonly directory: string;
  /** Whether it is new: then nobody else's settings are in it. */
  readonly isMade: boolean;
}

/** The container's cgroup. Where it could not be had (rootless) there are no processes to find and nothing is done. */
export class Cgroup {
  #members: readonly Member[];
  readonly #options: CgroupOptions;

  private constructor(members: readonly Member[], options: CgroupOptions) {
    this.#members = members;
    this.#options = options;
  }

  /**
   * Decides which directories there will be, and looks whether they are fit for a container; changes nothing.
   *
   * {@linkcode serialize} then foretells what {@linkcode create} makes: saved before that, it lets a later delete remove
   * what a killed runtime left behind.
   */
  static plan(layout: Layout, paths: CgroupPaths, options: CgroupOptions = {}): Cgroup {
    const { kind, hierarchies } = layout;
    if (hierarchies.length === 0 && !options.rootless) {
      throw new Error("No cgroup filesystem is mounted");
    }
    const members = hierarchies.map((place) => Member.plan(place, paths[hierarchyKey(place)]!));
    const cgroup = new Cgroup(members, { controllers: kind === "v2" ? "all" : [], ...options });
    cgroup.#checkFitness();
    return cgroup;
  }

  /** The cgroup of a container that exists. */
  static deserialize({ paths, made, kept = [] }: SavedCgroup): Cgroup {
    const members = Object.entries(paths).map(([key, directory]) =>
      Member.open(key, directory, made, kept)
    );
    return new Cgroup(members, {});
  }

  /** What `state.json` keeps. */
  serialize(): SavedCgroup {
    const kept = this.#members.filter(({ isKept }) => isKept).map(({ directory }) => directory);
    return {
      paths: Object.fromEntries(this.#members.map(({ key, directory }) => [key, directory])),
      made: this.#members.flatMap(({ made }) => made),
      ...(kept.length === 0 ? {} : { kept }),
    };
  }

  /** Whether the container has a cgroup of its own. */
  get isUsed(): boolean {
    return this.#members.length > 0;
  }

  /** Makes the directories and readies them for processes. A failure leaves none behind. */
  create(): void {
    const done = new DisposableStack();
    // What was not fit is someone else's: a later remove must not look into it.
    done.defer(() => this.#members = []);
    try {
      this.#forEach((member) => {
        done.defer(() => member.unmake());
        member.make(this.#options.controllers ?? []);
      });
      this.#checkFitness();
    } catch (error) {
      throw undoAll(done, error);
    }
  }

  /** The check of config-linux.md#configLinuxCgroupsPath; the texts are what clients know. */
  #checkFitness(): void {
    const { placeholder } = this.#options;
    const found = this.#allProcesses().filter((pid) => pid !== placeholder).length;
    if (found > 0) throw new Error(`container's cgroup is not empty: ${found} process(es) found`);
    if (this.isFrozen()) throw new Error("container's cgroup unexpectedly frozen");
  }

  /**
   * Moves a process, with all its threads, into the cgroup of every hierarchy.
   *
   * @param pid 0 is the caller.
   */
  enter(pid: number): void {
    // Rootless: moving needs the right to write above the old and the new cgroup, which making one did not.
    this.#forEach((member) => this.#enter(member, pid));
  }

  /**
   * Moves init in, but for the hierarchies in which what it does counts: there it waits outside, in the caller's own cgroup,
   * for {@linkcode stepIn}. As long as it is a program of our size it would be charged to the container, and be killed for
   * the container's limit.
   */
  enterForNow(pid: number): void {
    this.#forEach((member) => {
      // Rootless: in any case, to see whether it may.
      if (!member.isMetered || this.#options.rootless) this.#enter(member, pid);
      if (member.isMetered && !member.stepOut(pid)) this.#enter(member, pid);
    });
  }

  #enter(member: Member, pid: number): void {
    try {
      member.enter(pid);
    } catch (error) {
      const { attach } = this.#options;
      if (attach === undefined || member.version === 1 || !isErrno(error, E.EACCES)) throw error;
      attach(pid);
    }
  }

  /** Takes in the process that is outside. */
  stepIn(pid: number): void {
    for (const member of this.#members) if (member.isOutside) this.#enter(member, pid);
  }

  /** Takes a process out again where it counts. */
  stepOut(pid: number): void {
    for (const member of this.#members) if (member.isMetered) member.stepOut(pid);
  }

  /** For the process that is outside: what it goes in by, and out again by itself. See {@linkcode visit}. */
  openDoors(): OwnedFd[] {
    return this.#members.flatMap((member) => member.isOutside ? member.openDoors() : []);
  }

  /** Without privileges, hierarchies that are not ours to write drop out. */
  #forEach(action: (member: Member) => void): void {
    let refusal: SyscallError | undefined;
    for (const member of this.#members) {
      try {
        action(member);
      } catch (error) {
        if (!this.#options.rootless || !isErrno(error, E.EACCES, E.EPERM, E.EROFS)) throw error;
        refusal ??= error;
        member.unmake();
        this.#members = this.#members.filter((other) => other !== member);
      }
    }
    if (refusal === undefined) return;
    log.warn(
      `The container gets ${this.isUsed ? "not every" : "no"} cgroup: ${refusal.message}`,
    );
  }

  /** The v2 directory, for `CLONE_INTO_CGROUP`; undefined where there is none. The v1 cgroups still have to be entered. */
  openV2(): OwnedFd | undefined {
    const unified = this.#members.find(({ version }) => version === 2);
    return unified && open(unified.directory, O.O_PATH | O.O_DIRECTORY);
  }

  /**
   * Where a controller's files are; undefined if no hierarchy has it for this cgroup.
   *
   * @param controller undefined is any: where the files are that every cgroup has.
   * @param version By default whichever has it.
   */
  find(controller: string | undefined, version?: 1 | 2): ControllerDirectory | undefined {
    const found = this.#members.find((member) =>
      (version === undefined || member.version === version) &&
      (controller === undefined || member.has(controller))
    );
    return found && { version: found.version, directory: found.directory, isMade: found.isMade };
  }

  /** The pids in the cgroup and below it, ascending; undefined if the container has no cgroup. */
  processes(): number[] | undefined {
    // 0 is a process of another PID namespace: it cannot be named, and as a pid it would mean ourselves.
    return this.isUsed ? this.#allProcesses().filter((pid) => pid !== 0) : undefined;
  }

  /** Of all hierarchies together: what has moved itself elsewhere in one is still found in the others. */
  #allProcesses(): number[] {
    return [...new Set(this.#members.flatMap((member) => member.processes()))]
      .sort((a, b) => a - b);
  }

  /**
   * Signals every process in the cgroup and below it; for SIGKILL it returns when all are gone.
   *
   * @returns false if the container has no cgroup to find its processes by.
   */
  kill(signal: number): boolean {
    if (!this.isUsed) return false;
    const target: Target = {
      processes: () => this.processes() ?? [],
      freezers: this.#freezers(),
      unified: this.#members.find(({ version }) => version === 2)?.directory,
    };
    if (signal === SIGKILL) killAll(target);
    else signalAll(target, signal);
    return true;
  }

  /** Whether the cgroup stands still, by itself or by one above it. */
  isFrozen(): boolean {
    return this.#freezers().some(isFrozen);
  }

  /** Stops all processes; returns when all stand still, and throws if some do not. */
  freeze(): void {
    const [freezer] = this.#freezers();
    if (freezer === undefined) throw new Error("Cannot freeze the container: It has no cgroup");
    freeze(freezer);
  }

  /** Lets the processes go on. */
  thaw(): void {
    for (const freezer of this.#freezers()) if (isFrozen(freezer)) thaw(freezer);
  }

  /** v1's first (v2 is last of all): where there are both, v1's is the one that other programs look at. */
  #freezers(): Freezer[] {
    return this.#members.map(({ freezer }) => freezer).filter((freezer) => freezer !== undefined);
  }

  /**
   * Removes what {@linkcode create} made and what came below it, waiting for dying processes; what existed before stays.
   *
   * Parents that create made go as well, unless others use them by now (delete MUST remove what create made,
   * runtime.md#runtimeDelete).
   *
   * @param patience How long to wait for each hierarchy, in milliseconds.
   */
  remove(patience = PATIENCE): void {
    for (const member of this.#members) member.remove(patience);
  }
}
