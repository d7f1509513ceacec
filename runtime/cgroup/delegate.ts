/**
 * Handing a cgroup over to the container, which then makes cgroups below it.
 *
 * @see config-linux.md#configLinuxCgroupsPath
 * @see Documentation/admin-guide/cgroup-v2.rst, "Delegation"
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { fchownat } from "../../ffi/stat.ts";
import { readCgroupFileIfAny } from "./file.ts";

/** What a kernel that does not say has (MUST). */
const DEFAULT_FILES = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads";

/** `(gid_t)-1`: the group stays. */
const NO_GROUP = -1;

/**
 * Gives the directory, and the files that the kernel lists as safe to give away, to a user of the host. Files that the
 * cgroup does not have are no error (MUST NOT), and no other file changes hands (SHOULD NOT).
 */
export function delegate(directory: string, uid: number): void {
  const listed = readCgroupFileIfAny("/sys/kernel/cgroup", "delegate") ?? DEFAULT_FILES;
  fchownat(AT_FDCWD, directory, uid, NO_GROUP);
  for (const name of listed.split("\n")) {
    try {
      fchownat(AT_FDCWD, `${directory}/${name}`, uid, NO_GROUP);
    } catch (error) {
      if (!isErrno(error, E.ENOENT)) throw error;
    }
  }
}
