/**
 * Writing `linux.resources` into the container's cgroups.
 *
 * @see config-linux.md#configLinuxControlGroups
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import type { CgroupWrite, Content, Usage } from "../plan/cgroup/controller.ts";
import { CORE } from "../plan/cgroup/unified.ts";
import type { ControllerWrites } from "../plan/cgroup_files.ts";
import { undoAll } from "../step.ts";
import { readCgroupFile, readCgroupFileIfAny, writeCgroupFile } from "./file.ts";
import type { Cgroup, ControllerDirectory } from "./manager.ts";
import { waitUntil } from "./patience.ts";
import { previousContent } from "./previous.ts";

/** What is needed of a cgroup. */
export type LimitedCgroup = Pick<Cgroup, "find" | "isUsed">;

/** A cgroup whose limits are somebody's already, also where create made it: a failure leaves them as they were. */
export function inUse(cgroup: Cgroup): LimitedCgroup {
  return {
    isUsed: cgroup.isUsed,
    find(controller, version): ControllerDirectory | undefined {
      const found = cgroup.find(controller, version);
      return found && { ...found, isMade: false };
    },
  };
}

/**
 * Writes the files of a plan. What is left out stays as it is (config-linux.md#configLinuxControlGroups).
 *
 * @returns What takes the limits back from cgroups that existed before; those that create made go anyway.
 * @throws {Error} Naming property, file and value; what was written until then is taken back.
 */
export function applyLimits(
  cgroup: LimitedCgroup,
  plan: readonly ControllerWrites[],
): DisposableStack {
  const undo = new DisposableStack();
  try {
    for (const part of plan) {
      const found = findController(cgroup, part);
      if (found === undefined) continue;
      const before: CgroupWrite[] = [];
      undo.defer(() => writeInAnyOrder(found, before.toReversed()));
      writeInAnyOrder(found, part.writes, before);
    }
    return undo;
  } catch (error) {
    throw undoAll(undo, error);
  }
}

/** Undefined if the controller is missing and is not needed either. */
function findController(
  cgroup: LimitedCgroup,
  part: ControllerWrites,
): ControllerDirectory | undefined {
  const { controller, version, writes } = part;
  const found = cgroup.find(controller === CORE ? undefined : controller, version);
  if (found !== undefined) return found;
  const needed = writes.find(({ mayLack }) => mayLack !== true);
  if (needed === undefined) return undefined;
  const why = cgroup.isUsed
    ? `the container's cgroup does not have the controller "${controller}"`
    : "the container has no cgroup";
  throw new Error(`${needed.property}: ${why}`);
}

/**
 * Writes what the kernel takes, and again what it has refused, until nothing moves: a quota must fit the period, a burst the
 * quota, memory its sum with swap, and what has to come first depends on the values that are there.
 */
function writeInAnyOrder(
  place: ControllerDirectory,
  writes: readonly CgroupWrite[],
  before: CgroupWrite[] = [],
): void {
  let left = writes;
  while (left.length > 0) {
    const refused: CgroupWrite[] = [];
    let reason: unknown;
    for (const write of left) {
      try {
        writeSetting(place, write, before);
      } catch (error) {
        if (!(error instanceof Error && isErrno(error.cause, E.EINVAL))) throw error;
        reason ??= error;
        refused.push(write);
      }
    }
    if (refused.length === left.length) throw reason;
    left = refused;
  }
}

/** Writes one setting: all files by which kernels know it, of which there must be one. */
function writeSetting(
  place: ControllerDirectory,
  write: CgroupWrite,
  before: CgroupWrite[],
): void {
  const { property, files, mayLack = false } = write;
  refuseBelowUsage(place, write);
  let isWritten = false;
  let refusal: Error | undefined;
  for (const entry of Object.entries(files)) {
    try {
      isWritten = writeIfThere(place, write, entry, before) || isWritten;
    } catch (error) {
      const failure = describeFailure(place, write, error);
      // The device's scheduler has another one of the files.
      if (!isErrno(error, E.EOPNOTSUPP)) throw failure;
      refusal ??= failure;
    }
  }
  if (isWritten || mayLack && refusal === undefined) return;
  const names = Object.keys(files).join(" or ");
  throw refusal ?? new Error(`${property}: the kernel has no ${names} in "${place.directory}"`);
}

/** False if there is no such file. Adds to `before` what undoes it, unless the cgroup is new. */
function writeIfThere(
  place: ControllerDirectory,
  { property, usage }: CgroupWrite,
  [file, content]: readonly [string, Content],
  before: CgroupWrite[],
): boolean {
  const { directory, isMade } = place;
  const isConstant = typeof content === "string";
  const current = isMade && isConstant ? "" : readIfAny(directory, file) ?? "";
  const value = isConstant ? content : content(current);
  try {
    writePatiently(place, file, value, usage);
  } catch (error) {
    if (isErrno(error, E.ENOENT) && error.syscall !== "write") return false;
    throw error;
  }
  const previous = isMade ? undefined : previousContent(file, current, value);
  if (previous !== undefined) before.push({ property, files: { [file]: previous } });
  return true;
}

/** Milliseconds. Arbitrary; the kernel has always been done within two. */
const STOCK_PATIENCE = 100;

/**
 * v1 refuses a limit below what is in use, and counts what it has put by for each processor. That it gives back, but after
 * it has answered.
 */
function writePatiently(
  { directory }: ControllerDirectory,
  file: string,
  value: string,
  usage: Usage | undefined,
): void {
  const isWritten = (): boolean => {
    try {
      writeCgroupFile(directory, file, value);
      return true;
    } catch (error) {
      if (usage === undefined || !isErrno(error, E.EBUSY)) throw error;
      const current = readCgroupFile(directory, usage.current);
      if (BigInt(current) > BigInt(value)) throw error;
      return false;
    }
  };
  if (!waitUntil(isWritten, STOCK_PATIENCE)) writeCgroupFile(directory, file, value);
}

/** Not every file can be read. */
function readIfAny(directory: string, file: string): string | undefined {
  try {
    return readCgroupFileIfAny(directory, file);
  } catch (error) {
    if (isErrno(error, E.EINVAL, E.EACCES, E.EOPNOTSUPP)) return undefined;
    throw error;
  }
}

/** v2 takes a limit below what is in use, and kills until it holds: MUST be refused with `checkBeforeUpdate`. */
function refuseBelowUsage(
  place: ControllerDirectory,
  { property, files, usage }: CgroupWrite,
): void {
  if (usage === undefined || !usage.check) return;
  const [limit] = Object.values(files);
  const current = readCgroupFileIfAny(place.directory, usage.current);
  if (current === undefined || typeof limit !== "string" || !/^\d+$/.test(limit)) return;
  if (BigInt(current) > BigInt(limit)) {
    throw new Error(`${property}: ${usageText(place, usage, limit)}`);
  }
}

/** The sentence that callers know. */
function usageText(
  { directory }: ControllerDirectory,
  { current, peak }: Usage,
  limit: string,
): string {
  const [now, most] = [current, peak].map((file) =>
    readCgroupFileIfAny(directory, file) ?? "unknown"
  );
  return `unable to set memory limit to ${limit} (current usage: ${now}, peak usage: ${most})`;
}

function describeFailure(
  place: ControllerDirectory,
  { property, files, usage }: CgroupWrite,
  error: unknown,
): Error {
  const message = error instanceof Error ? error.message : String(error);
  const [limit] = Object.values(files);
  const hint = usage !== undefined && typeof limit === "string" && isErrno(error, E.EBUSY)
    ? `${usageText(place, usage, limit)}: `
    : "";
  return new Error(`${property}: ${hint}${message}`, { cause: error });
}
