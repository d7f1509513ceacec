/**
 * The filter of system calls, made before anything is done; the tape loads it.
 *
 * @module
 */
import { AT_FDCWD, flags, S } from "../../ffi/constants.ts";
import { SECCOMP_FILTER_FLAG } from "../../ffi/seccomp/constants.ts";
import { hasFilterFlags } from "../../ffi/seccomp/seccomp.ts";
import { statx } from "../../ffi/stat.ts";
import type { Creation } from "../creation.ts";
import { makeFilter } from "../seccomp.ts";

/** Makes the filter, and finds out now what would keep `start` from loading it. */
export function makeTheFilter(c: Creation): void {
  const plan = c.plan.seccomp!;
  if (!hasFilterFlags(plan.flags)) {
    const { text } = flags(SECCOMP_FILTER_FLAG, plan.flags);
    throw new Error(`linux.seccomp.flags: the kernel does not know all of ${text}`);
  }
  if (plan.listener !== undefined) checkListener(plan.listener.path);
  c.filter = makeFilter(plan);
}

/** No connection yet: it would be one without the message that MUST come over each. */
function checkListener(path: string): void {
  const fault = listenerFault(path);
  if (fault !== undefined) throw new Error(`linux.seccomp.listenerPath: ${fault}`);
}

function listenerFault(path: string): string | undefined {
  try {
    const { stx_mode } = statx(AT_FDCWD, path);
    if ((stx_mode & S.S_IFMT) === S.S_IFSOCK) return undefined;
    return `${JSON.stringify(path)} is not a socket`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
