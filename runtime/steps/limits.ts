/**
 * What the parent sets on init from outside, with its own credentials.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { O } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { open, writeString } from "../../ffi/open.ts";
import { getPrlimit, type Rlimit, setPrlimit } from "../../ffi/process.ts";
import type { Creation } from "../creation.ts";
import type { RlimitPlan } from "../plan/process.ts";

/** Writes a file of `/proc/<pid>/`: of a child of ours that is not reaped, so the pid is still its own. */
export function writeProc(pid: number, name: string, text: string): void {
  using file = open(`/proc/${pid}/${name}`, O.O_WRONLY);
  writeString(file.fd, text);
}

/** Writes `oom_score_adj`; 0 is a value like any other. */
export function setOomScoreAdj(c: Creation): void {
  writeOomScoreAdj(c.init!.pid, c.plan.process.oomScoreAdj!);
}

/** The same for any child. */
export function writeOomScoreAdj(pid: number, score: number): void {
  writeProc(pid, "oom_score_adj", String(score));
}

/** Makes room for limits above the ones that init has from us; lower ones it sets itself, as anybody may. */
export function raiseHardLimits(c: Creation): void {
  makeRoomFor(c.plan.process.rlimits, c.init!.pid);
}

/** The same for any child. */
export function makeRoomFor(rlimits: readonly RlimitPlan[], pid: number): void {
  for (const { resource, type, hard } of rlimits) {
    const { rlim_cur, rlim_max } = getPrlimit(0, resource);
    if (hard > rlim_max) raise(pid, resource, type, { rlim_cur, rlim_max: hard });
  }
}

function raise(pid: number, resource: number, type: string, limit: Rlimit): void {
  try {
    setPrlimit(pid, resource, type, limit);
  } catch (error) {
    if (!isErrno(error, E.EPERM)) throw error;
    throw new Error(
      `process.rlimits: ${error.message}: raising a hard limit takes CAP_SYS_RESOURCE`,
      { cause: error },
    );
  }
}
