/**
 * What the parent sets on init from outside, with its own credentials.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { O } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { open, writeString } from "../../ffi/open.ts";
import { geteuid, setPrlimit } from "../../ffi/process.ts";
import type { Creation } from "../creation.ts";
import { idMapText } from "../plan/namespaces.ts";

/** Writes a file of `/proc/<pid of init>/`: init is our child and not reaped, so the pid is still its own. */
function writeProc(c: Creation, name: string, text: string): void {
  using file = open(`/proc/${c.init!.pid}/${name}`, O.O_WRONLY);
  writeString(file.fd, text);
}

/**
 * Writes the ID maps of the new user namespace. One write each: the kernel takes a map whole, and once.
 *
 * Without privileges the kernel wants setgroups(2) given up first, and then allows just the caller's own ID.
 *
 * @see user_namespaces(7)
 */
export function writeIdMaps(c: Creation): void {
  const { uidMappings, gidMappings } = c.plan.namespaces;
  writeProc(c, "uid_map", idMapText(uidMappings));
  if (geteuid() !== 0) writeProc(c, "setgroups", "deny");
  writeProc(c, "gid_map", idMapText(gidMappings));
}

/** Writes `oom_score_adj`; 0 is a value like any other. */
export function setOomScoreAdj(c: Creation): void {
  writeProc(c, "oom_score_adj", String(c.plan.process.oomScoreAdj));
}

/** Sets every limit exactly (MUST). */
export function setRlimits(c: Creation): void {
  for (const { resource, type, soft, hard } of c.plan.process.rlimits) {
    try {
      setPrlimit(c.init!.pid, resource, type, { rlim_cur: soft, rlim_max: hard });
    } catch (error) {
      if (!isErrno(error, E.EPERM)) throw error;
      throw new Error(
        `process.rlimits: ${error.message}: raising a hard limit takes CAP_SYS_RESOURCE`,
        {
          cause: error,
        },
      );
    }
  }
}
