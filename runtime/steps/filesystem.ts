/**
 * A new mount of a filesystem, detached.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, MOUNT_ATTR } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { FilesystemContext, openTreeClone } from "../../ffi/mount.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { copyUp } from "./copy_up.ts";
import { IdMaps } from "./idmap.ts";
import { changeRecursively } from "./mount_attributes.ts";

/** The namespaces that decide whether proc and sysfs can be mounted. */
export interface FilesystemEnvironment {
  readonly userNamespace: boolean;
  readonly networkNamespace: boolean;
  readonly pidNamespace: boolean;
}

/**
 * Makes the mount.
 *
 * @param target Where it will go, to be copied for `tmpcopyup`.
 */
export function makeFilesystem(
  mount: MountPlan,
  environment: FilesystemEnvironment,
  target: OwnedFd,
): OwnedFd {
  const fd = mountOrBind(mount, environment);
  try {
    if (mount.options.tmpcopyup) copyUp(target, fd, mount.options.fsData);
    if (mount.idmap !== undefined) {
      using maps = new IdMaps();
      maps.apply(fd, mount.idmap);
    }
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}

function mountOrBind(mount: MountPlan, environment: FilesystemEnvironment): OwnedFd {
  try {
    return configure(mount);
  } catch (error) {
    const instead = bindInstead(mount.type, environment);
    if (instead === undefined || !isErrno(error, E.EPERM)) throw error;
    // With all that is mounted below: a user namespace may not uncover what the host has covered (EINVAL). And all of
    // it read-only, if so: else the host's cgroups would be writable (CVE-2023-25809).
    const fd = openTreeClone(AT_FDCWD, instead, true);
    const { attr_set } = mount.options;
    changeRecursively(fd, { recursive_set: attr_set, recursive_clr: 0 });
    return fd;
  }
}

/**
 * What of the host's shows the same. A user namespace may mount proc and sysfs only in a PID or network namespace of
 * its own (user_namespaces(7)); without one, the host's mount shows exactly what a new one would.
 */
function bindInstead(type: string, environment: FilesystemEnvironment): string | undefined {
  if (!environment.userNamespace) return undefined;
  if (type === "sysfs" && !environment.networkNamespace) return "/sys";
  if (type === "proc" && !environment.pidNamespace) return "/proc";
  return undefined;
}

function configure({ type, source, options, context: label }: MountPlan): OwnedFd {
  using context = new FilesystemContext(type);
  // For a filesystem without a device this is only what mountinfo shows.
  context.setString("source", source === "" ? type : source);
  const isTmpfs = type === "tmpfs";
  for (const flag of options.fsFlags) {
    // What belongs into a tmpfs comes later; its mount becomes read-only after that.
    if (!isTmpfs || flag !== "ro") context.setFlag(flag);
  }
  for (const [key, value] of options.fsData) {
    if (value === null) context.setFlag(key);
    else context.setString(key, value);
  }
  if (label !== undefined) context.setString("context", label);
  const { attr_set } = options;
  return context.mount(isTmpfs ? attr_set & ~MOUNT_ATTR.MOUNT_ATTR_RDONLY : attr_set);
}
