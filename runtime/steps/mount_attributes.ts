/**
 * What can be changed about a mount that exists.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { MOUNT_ATTR } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mountSetattr } from "../../ffi/mount.ts";
import type { MountOptions, PropagationPlan } from "../plan/mount_options.ts";

/**
 * Sets and clears the attributes that the options name. All others stay as they are, so those that a user namespace
 * has locked (nosuid, nodev, noexec, ro and the atime mode of the host's mounts) are not touched unasked.
 *
 * @see mount_namespaces(7), "Restrictions on mount namespaces"
 */
export function setAttributes(
  mount: OwnedFd,
  { attr_set, attr_clr }: Pick<MountOptions, "attr_set" | "attr_clr">,
): void {
  change(mount, attr_set, attr_clr, false);
}

/** Does the same to the mount and all below it, for the options that say so (`rro`). */
export function changeRecursively(
  mount: OwnedFd,
  { recursive_set, recursive_clr }: Pick<MountOptions, "recursive_set" | "recursive_clr">,
): void {
  change(mount, recursive_set, recursive_clr, true);
}

function change(mount: OwnedFd, attr_set: number, attr_clr: number, recursive: boolean): void {
  if (attr_set === 0 && attr_clr === 0) return;
  const { MOUNT_ATTR_RDONLY } = MOUNT_ATTR;
  try {
    mountSetattr(mount.fd, { attr_set, attr_clr }, recursive);
  } catch (error) {
    if (!isErrno(error, E.EPERM) || (attr_clr & MOUNT_ATTR_RDONLY) === 0) throw error;
    // Engines write `rw` where nobody asked for anything, and mean "not `ro`". Where the host's own mount is read-only
    // and locked it stays so; `suid`, `dev` and `exec` are written only by somebody who means it.
    change(mount, attr_set, attr_clr & ~MOUNT_ATTR_RDONLY, recursive);
  }
}

/** Changes the propagation, one call for each option. For a mount that is attached: attaching it changes it again. */
export function setPropagation(mount: OwnedFd, changes: readonly PropagationPlan[]): void {
  for (const { flag, recursive } of changes) {
    mountSetattr(mount.fd, { propagation: flag }, recursive);
  }
}
