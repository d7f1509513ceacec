/**
 * mount(2), for the mounts that the new calls cannot make.
 *
 * @module
 */
import type { OwnedFd } from "../../ffi/fd.ts";
import { MOUNT_ATTR, MS } from "../../ffi/constants.ts";
import { mount as mountSyscall } from "../../ffi/mount.ts";
import { sameFile, statx } from "../../ffi/stat.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { openInRoot } from "../root_path.ts";
import { changeRecursively, setAttributes, setPropagation } from "./mount_attributes.ts";
import { checkProcTarget } from "./proc_target.ts";

/** Of a value of fsconfig(2), with the NUL at its end; mount(2) takes a page for all of them together. */
const MOST_VALUE_BYTES = 256;

/** Whether a value is too long for fsconfig(2): overlayfs can have such a `lowerdir`. */
export function needsMountCall({ kind, source, options }: MountPlan): boolean {
  const values = [source, ...options.fsData.map(([, value]) => value ?? "")];
  return kind === "filesystem" &&
    values.some((value) => new TextEncoder().encode(value).length >= MOST_VALUE_BYTES);
}

/** Flags of the superblock by option. */
const FLAGS: Readonly<Record<string, number>> = {
  sync: MS.MS_SYNCHRONOUS,
  dirsync: MS.MS_DIRSYNC,
  lazytime: MS.MS_LAZYTIME,
  mand: MS.MS_MANDLOCK,
};

/** These have the same values as attributes and as flags of mount(2). */
const SAME_BITS = MOUNT_ATTR.MOUNT_ATTR_RDONLY | MOUNT_ATTR.MOUNT_ATTR_NOSUID |
  MOUNT_ATTR.MOUNT_ATTR_NODEV | MOUNT_ATTR.MOUNT_ATTR_NOEXEC;

/**
 * Mounts on an open directory, by its name in the host's proc.
 *
 * mount(2) gives no descriptor of the mount, so the path is resolved again; what it leads to must be another directory than before.
 */
export function mountByCall(root: OwnedFd, target: OwnedFd, mount: MountPlan): void {
  const { options, type, source, destination } = mount;
  if (mount.idmap !== undefined || options.tmpcopyup) {
    throw new Error(
      "its source or an option is longer than 255 bytes, which goes without idmap only",
    );
  }
  checkProcTarget(target, destination);
  let flags = options.attr_set & SAME_BITS;
  for (const name of options.fsFlags) flags |= FLAGS[name] ?? 0;
  const data = options.fsData.map(([key, value]) => value === null ? key : `${key}=${value}`);
  // In quotes: a label's categories are separated by commas, too.
  if (mount.context !== undefined) data.push(`context="${mount.context}"`);
  const path = `/proc/self/fd/${target.fd}`;
  mountSyscall(source === "" ? type : source, path, type, flags, data.join(","));
  using mounted = openInRoot(root, destination);
  if (sameFile(statx(target.fd), statx(mounted.fd))) {
    throw new Error("the path to it was changed meanwhile");
  }
  setAttributes(mounted, options);
  changeRecursively(mounted, options);
  setPropagation(mounted, options.propagation);
}
