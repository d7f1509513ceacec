/**
 * What may be mounted over proc.
 *
 * @module
 */
import { MAGIC } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { fstatfsType, statx } from "../../ffi/stat.ts";
import { cleanPath } from "../plan/container_path.ts";
import { isProcTarget } from "../plan/mounts.ts";

/** PROC_ROOT_INO, include/linux/proc_ns.h. */
const PROC_ROOT_INO = 1n;

/**
 * Refuses a mount over proc that is neither proc nor over one of the files that may be replaced.
 *
 * The plan has looked at the names already. This looks at what they lead to: a link in the image can make `/data` mean
 * `/proc/sys`.
 *
 * @param mount What will be mounted, if that is known yet.
 */
export function checkProcTarget(target: OwnedFd, destination: string, mount?: OwnedFd): void {
  const overProc = fstatfsType(target.fd) === MAGIC.PROC_SUPER_MAGIC;
  const place = cleanPath(destination);
  if (overProc || place === "/proc") {
    if (isProcTarget(place) && !isProcRoot(target)) return;
    if (mount !== undefined && isProcRoot(mount) && (!overProc || isProcRoot(target))) return;
    throw new Error("it is in proc, where only some files may be mounted over");
  }
}

function isProcRoot(fd: OwnedFd): boolean {
  return fstatfsType(fd.fd) === MAGIC.PROC_SUPER_MAGIC && statx(fd.fd).stx_ino === PROC_ROOT_INO;
}
