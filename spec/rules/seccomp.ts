/** Rules on `linux.seccomp`. @module */

import { entry } from "../property_path.ts";
import type { Report, Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";

/** Error numbers and the listener. */
export const SECCOMP_RULES: readonly Rule[] = [
  { reads: ["linux.seccomp"], check: checkErrnos },
  { reads: ["linux.seccomp"], check: checkListener },
];

function checkErrnos({ linux }: Config, report: Report): void {
  const seccomp = linux?.seccomp;
  if (seccomp === undefined) return;
  const path = "linux.seccomp";
  checkErrno(`${path}.defaultErrnoRet`, seccomp.defaultAction, seccomp.defaultErrnoRet, report);
  for (const [index, { action, errnoRet }] of (seccomp.syscalls ?? []).entries()) {
    checkErrno(`${entry(`${path}.syscalls`, index)}.errnoRet`, action, errnoRet, report);
  }
}

/** The largest data of each action: MAX_ERRNO, above which the kernel cuts, and SECCOMP_RET_DATA. */
const MOST: Readonly<Record<string, number>> = { SCMP_ACT_ERRNO: 4095, SCMP_ACT_TRACE: 65535 };

function checkErrno(path: string, action: string, errno: number | undefined, report: Report): void {
  if (errno === undefined) return;
  const most = MOST[action];
  if (most === undefined) report(path, `must be absent: ${action} returns no error number`);
  else if (errno > most) report(path, `must not exceed ${most} for ${action}, got ${errno}`);
}

function checkListener({ linux }: Config, report: Report): void {
  const { listenerPath = "", listenerMetadata = "", defaultAction, syscalls = [] } =
    linux?.seccomp ?? {};
  if (listenerPath !== "") return;
  const path = "linux.seccomp.listenerPath";
  if (listenerMetadata !== "") report(path, "is required beside listenerMetadata");
  const notify = defaultAction === "SCMP_ACT_NOTIFY" ||
    syscalls.some(({ action }) => action === "SCMP_ACT_NOTIFY");
  // Nobody would listen: the system calls concerned would fail with ENOSYS.
  if (notify) report(path, "is required for SCMP_ACT_NOTIFY");
}
