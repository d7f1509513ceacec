/**
 * Freezing a cgroup: the freezer of v1, and `cgroup.freeze` of v2.
 *
 * @see cgroups-v1 freezer (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst)
 * @module
 */
import { poll } from "../../ffi/process.ts";
import { readCgroupFileIfAny, writeCgroupFile, writeCgroupFileIfAny } from "./file.ts";
import type { SavedCgroup } from "./manager.ts";
import { waitUntil } from "./patience.ts";

/** A cgroup that can be frozen. */
export interface Freezer {
  /** 1 is a cgroup of the freezer hierarchy. */
  readonly version: 1 | 2;
  /** Its absolute path. */
  readonly directory: string;
}

/** Milliseconds. Arbitrary: what is not frozen by then waits in the kernel for something, such as a dead NFS server. */
const FREEZE_PATIENCE = 2_000;

/** Whether a process in the cgroup would stand still, be it by the cgroup itself or by one above. */
export function isFrozen({ version, directory }: Freezer): boolean {
  if (version === 1) {
    return (readCgroupFileIfAny(directory, "freezer.state") ?? "THAWED") !== "THAWED";
  }
  // Linux 5.2. The first is what was asked for, the second is what came of it, an ancestor's freezing included.
  return readCgroupFileIfAny(directory, "cgroup.freeze") === "1" || isAtRest(directory);
}

function isAtRest(directory: string): boolean {
  return /^frozen 1$/m.test(readCgroupFileIfAny(directory, "cgroup.events") ?? "");
}

/**
 * Whether the container's own cgroup was asked to freeze. One that stands still because of a cgroup above it is not paused:
 * nothing that is done to it would let it go on.
 *
 * By the saved paths alone: `state` asks, and has nothing else to do with cgroups.
 */
export function isPaused({ paths }: Pick<SavedCgroup, "paths">): boolean {
  const v1 = Object.entries(paths).find(([key]) => key.split(",").includes("freezer"))?.[1];
  if (v1 !== undefined) return readCgroupFileIfAny(v1, "freezer.self_freezing") === "1";
  const v2 = paths[""];
  return v2 !== undefined && readCgroupFileIfAny(v2, "cgroup.freeze") === "1";
}

/** Freezes and waits until everything stands still. A cgroup that does not come to rest is thawed again. */
export function freeze(freezer: Freezer): void {
  const { version, directory } = freezer;
  let tries = 0;
  const rests = () => version === 1 ? freezeV1(directory, ++tries) : freezeV2(directory);
  if (waitUntil(rests, FREEZE_PATIENCE)) return;
  thaw(freezer);
  throw new Error(
    `Cannot freeze the cgroup "${directory}": Some process does not stop within ${
      FREEZE_PATIENCE / 1000
    } seconds`,
  );
}

/** Arbitrary: some 300 milliseconds apart. */
const TRIES_UNTIL_THAW = 10;
/** Milliseconds. Arbitrary: time for some system calls. */
const THAWED_FOR = 1;

function freezeV1(directory: string, tries: number): boolean {
  // What waits in the kernel for another process, which is frozen already, gets on only when all may.
  if (tries % TRIES_UNTIL_THAW === 0) {
    writeCgroupFile(directory, "freezer.state", "THAWED");
    poll([], THAWED_FOR);
  }
  // Again each time: it reaches what was forked since, and FREEZING becomes FROZEN only when all are at rest at a look.
  writeCgroupFile(directory, "freezer.state", "FROZEN");
  return readCgroupFileIfAny(directory, "freezer.state") === "FROZEN";
}

function freezeV2(directory: string): boolean {
  writeCgroupFile(directory, "cgroup.freeze", "1");
  return isAtRest(directory);
}

/** Lets the processes go on, unless a cgroup above is frozen as well. In one that has vanished there are none. */
export function thaw({ version, directory }: Freezer): void {
  const [name, value] = version === 1 ? ["freezer.state", "THAWED"] : ["cgroup.freeze", "0"];
  writeCgroupFileIfAny(directory, name!, value!);
}
