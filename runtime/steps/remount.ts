/**
 * Changes to a mount that is there already (`remount`).
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { FilesystemContext } from "../../ffi/mount.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { openInRoot } from "../root_path.ts";
import { changeRecursively, setAttributes, setPropagation } from "./mount_attributes.ts";

/**
 * Changes the attributes that the options name, and, unless they have `bind`, the superblock. What they do not name
 * stays: mount(2) would clear it, and would have to be told all flags anew, the locked ones too.
 */
export function remount(root: OwnedFd, mount: MountPlan, userNamespace: boolean): void {
  const { options, destination } = mount;
  using target = openInRoot(root, destination);
  setAttributes(target, options);
  changeRecursively(target, options);
  if (options.bind === "none") reconfigure(target, mount, userNamespace);
  setPropagation(target, options.propagation);
}

function reconfigure(target: OwnedFd, { options }: MountPlan, userNamespace: boolean): void {
  const { fsFlags, fsData } = options;
  if (fsFlags.length === 0 && fsData.length === 0) return;
  try {
    using context = FilesystemContext.pick(target);
    for (const flag of fsFlags) context.setFlag(flag);
    for (const [key, value] of fsData) {
      if (value === null) context.setFlag(key);
      else context.setString(key, value);
    }
    context.reconfigure();
  } catch (error) {
    // The superblock is the host's, but the mount is ours, and `ro` and `rw` are done with that.
    const ofMount = fsData.length === 0 && fsFlags.every((flag) => flag === "ro" || flag === "rw");
    if (!userNamespace || !ofMount || !isErrno(error, E.EPERM)) throw error;
  }
}
