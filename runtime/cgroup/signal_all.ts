/**
 * A signal for every process of a cgroup, also for those that are being forked.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import { kill } from "../../ffi/process.ts";
import * as log from "../log.ts";
import { writeCgroupFileIfAny } from "./file.ts";
import { freeze, type Freezer, isFrozen, thaw } from "./freezer.ts";
import { waitUntil } from "./patience.ts";

const SIGKILL = 9;

/** Milliseconds. Arbitrary: how long killed processes get before they are looked for and signalled anew. */
const ROUND = 100;
/** Together ten seconds: a process that is left then is stuck in the kernel. */
const ROUNDS = 100;

/** The cgroups of a container, as signals need them. */
export interface Target {
  /** The pids now, without any that cannot be named. */
  readonly processes: () => readonly number[];
  /** What can be frozen: v1's cgroup first, since its frozen processes do not even die. */
  readonly freezers: readonly Freezer[];
  /** The cgroup of the v2 hierarchy. */
  readonly unified: string | undefined;
}

/**
 * Sends a signal to each process, once.
 *
 * They are frozen meanwhile: what cannot run cannot fork away from the signal, and cannot exit and leave its pid to a
 * stranger. Where freezing fails they are signalled as they are.
 */
export function signalAll({ processes, freezers: [freezer] }: Target, signal: number): void {
  const wasFrozen = freezer !== undefined && isFrozen(freezer);
  const frozen = freezer !== undefined && !wasFrozen && tryFreeze(freezer);
  try {
    for (const pid of processes()) signalOne(pid, signal);
  } finally {
    if (frozen) thaw(freezer);
  }
}

function tryFreeze(freezer: Freezer): boolean {
  try {
    freeze(freezer);
    return true;
  } catch (error) {
    log.debug(error instanceof Error ? error.message : String(error));
    return false;
  }
}

function signalOne(pid: number, signal: number): void {
  try {
    kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, E.ESRCH)) throw error;
  }
}

/** Kills every process and waits until all are gone; paused ones are thawed, since v1 lets them die only then. */
export function killAll(target: Target): void {
  const isEmpty = () => target.processes().length === 0;
  // Linux 5.14; races with nothing, so one write is all it takes.
  const { unified } = target;
  if (unified !== undefined && writeCgroupFileIfAny(unified, "cgroup.kill", "1")) {
    thawAll(target);
    if (waitUntil(isEmpty, ROUND)) return;
  }
  for (let round = 0; round < ROUNDS; round++) {
    signalAll(target, SIGKILL);
    thawAll(target);
    if (waitUntil(isEmpty, ROUND)) return;
  }
  const left = target.processes();
  throw new Error(`Cannot kill all processes of the container: Left are ${left.join(", ")}`);
}

function thawAll({ freezers }: Target): void {
  for (const freezer of freezers) if (isFrozen(freezer)) thaw(freezer);
}
