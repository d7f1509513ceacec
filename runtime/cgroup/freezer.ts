/**
 * Freezing a cgroup: the freezer of v1, and `cgroup.freeze` of v2.
 *
 * @see cgroups-v1 freezer (Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst)
 * @module
 */
import { readCgroupFileIfAny, writeCgroupFile, writeCgroupFileIfAny } from "./file.ts";
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

/** Freezes and waits until everything stands still. A cgroup that does not come to rest is thawed again. */
export function freeze(freezer: Freezer): void {
  const { version, directory } = freezer;
  const rests = version === 1 ? freezeV1 : freezeV2;
  if (waitUntil(() => rests(directory), FREEZE_PATIENCE)) return;
  thaw(freezer);
  throw new Error(
    `Cannot freeze the cgroup "${directory}": Some process does not stop within ${
      FREEZE_PATIENCE / 1000
    } seconds`,
  );
}

function freezeV1(directory: string): boolean {
  // Again each time: FREEZING becomes FROZEN only when someone writes or reads while all are at rest.
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
