/**
 * Is that process still the one that it was?
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { pidfd_open } from "../ffi/process.ts";

/** What /proc says of a process. */
export interface ProcessStatus {
  /** One letter: `R`, `S`, …; `Z` is ended and not yet reaped. */
  readonly state: string;
  /** Clock ticks between the machine's start and its own: with the pid, its identity. */
  readonly startTime: number;
}

/** Reads `/proc/<pid>/stat`; undefined when there is no such process. @see proc_pid_stat(5) */
export function readProcessStatus(pid: number): ProcessStatus | undefined {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch (error) {
    // ESRCH comes when the process ends between the open and the read.
    if (error instanceof Deno.errors.NotFound || isSearchError(error)) return undefined;
    throw error;
  }
  // The name stands in parentheses and may hold any character, so the fields count from the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0]!, startTime: Number(fields[19]) };
}

function isSearchError(error: unknown): boolean {
  return error instanceof Error && error.message.includes("os error 3)");
}

/** Whether the process that had this pid and start time still runs; one that waits to be reaped does not. */
export function isAlive(pid: number, startTime: number): boolean {
  const status = readProcessStatus(pid);
  return status !== undefined && status.startTime === startTime && status.state !== "Z" &&
    status.state !== "X";
}

/**
 * Takes hold of a process by pid *and* start time, so that a signal never reaches another process that was given the same
 * pid since. Undefined when it has ended.
 */
export function holdProcess(pid: number, startTime: number): OwnedFd | undefined {
  // 0: there never was one.
  if (pid === 0) return undefined;
  let pidfd: OwnedFd;
  try {
    pidfd = pidfd_open(pid);
  } catch (error) {
    if (isErrno(error, E.ESRCH, E.EINVAL)) return undefined;
    throw error;
  }
  // Looked at after the pidfd was opened: from now on the pid cannot change its meaning unseen.
  if (isAlive(pid, startTime)) return pidfd;
  pidfd.close();
  return undefined;
}

/** The pid in the innermost PID namespace of the process. @see proc_pid_status(5) */
export function pidInside(pid: number): number {
  const line = /^NSpid:\s+(.*)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  return Number(line?.split("\t").at(-1) ?? pid);
}
