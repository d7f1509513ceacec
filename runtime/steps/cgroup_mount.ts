/**
 * What a container sees of its cgroups: a mount of type `cgroup`, whatever the host has.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, MOUNT_ATTR, O, RESOLVE } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { FilesystemContext, mountSetattr, moveMount, openTreeClone } from "../../ffi/mount.ts";
import { mkdirat, symlinkat } from "../../ffi/directory.ts";
import { openat2 } from "../../ffi/open.ts";
import type { CgroupMountInfo } from "../plan/cgroups_path.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { makeInRoot, withoutUmask } from "../root_path.ts";
import { setPropagation } from "./mount_attributes.ts";
import { checkProcTarget } from "./proc_target.ts";

/** What decides between a cgroup filesystem and a bind mount. */
export interface CgroupEnvironment {
  readonly cgroupNamespace: boolean;
  readonly cgroups: readonly CgroupMountInfo[];
}

/**
 * Mounts the container's cgroups: on a pure v2 host the one hierarchy itself, else a tmpfs with a directory for each
 * hierarchy and links for the controllers that share one, as the host has it.
 *
 * @see cgroups(7)
 */
export function mountCgroups(
  root: OwnedFd,
  mount: MountPlan,
  environment: CgroupEnvironment,
): void {
  const { cgroups } = environment;
  const [only] = cgroups;
  if (only === undefined) throw new Error("the host has no cgroup filesystem mounted");
  using target = makeInRoot(root, mount.destination, "directory");
  if (cgroups.length === 1 && only.version === 2) {
    using fd = makeHierarchy(only, mount, environment);
    attach(fd, target, mount);
    setPropagation(fd, mount.options.propagation);
    return;
  }
  using tmpfs = makeTmpfs(mount);
  attach(tmpfs, target, mount);
  for (const hierarchy of cgroups) mountHierarchy(tmpfs, hierarchy, mount, environment);
  if (isReadonly(mount)) mountSetattr(tmpfs.fd, { attr_set: MOUNT_ATTR.MOUNT_ATTR_RDONLY });
  setPropagation(tmpfs, mount.options.propagation);
}

function attach(fd: OwnedFd, target: OwnedFd, { destination }: MountPlan): void {
  checkProcTarget(target, destination, fd);
  moveMount(fd.fd, target);
}

function isReadonly({ options }: MountPlan): boolean {
  return ((options.attr_set | options.recursive_set) & MOUNT_ATTR.MOUNT_ATTR_RDONLY) !== 0;
}

function makeTmpfs({ options, context: label }: MountPlan): OwnedFd {
  using context = new FilesystemContext("tmpfs");
  context.setString("source", "cgroup");
  context.setString("mode", "755");
  if (label !== undefined) context.setString("context", label);
  return context.mount(options.attr_set & ~MOUNT_ATTR.MOUNT_ATTR_RDONLY);
}

/** One hierarchy in the tmpfs, which is attached by now: before Linux 6.15 nothing could be mounted on a detached mount. */
function mountHierarchy(
  tmpfs: OwnedFd,
  hierarchy: CgroupMountInfo,
  mount: MountPlan,
  environment: CgroupEnvironment,
): void {
  const name = directoryName(hierarchy);
  withoutUmask(() => mkdirat(tmpfs.fd, name, 0o755));
  const how = O.O_PATH | O.O_DIRECTORY | O.O_NOFOLLOW;
  using directory = openat2(tmpfs.fd, name, how, RESOLVE.RESOLVE_BENEATH);
  using fd = makeHierarchy(hierarchy, mount, environment);
  moveMount(fd.fd, directory);
  for (const controller of hierarchy.controllers) {
    if (hierarchy.version === 1 && controller !== name) symlinkat(name, tmpfs.fd, controller);
  }
}

/** As on the host: `cpu,cpuacct`, `systemd`, `unified`. */
function directoryName({ version, controllers, name, mountpoint }: CgroupMountInfo): string {
  if (version === 2) return "unified";
  const last = mountpoint.split("/").findLast((part) => part !== "");
  return last ?? (name ?? controllers.join(","));
}

/** A hierarchy from the container's own cgroup down, and nothing above it. */
function makeHierarchy(
  hierarchy: CgroupMountInfo,
  { options }: MountPlan,
  { cgroupNamespace }: CgroupEnvironment,
): OwnedFd {
  const { attr_set, attr_clr, recursive_set } = options;
  const attributes = attr_set | recursive_set;
  if (cgroupNamespace) {
    try {
      return makeFilesystem(hierarchy, attributes);
    } catch (error) {
      // A hierarchy may be closed to user namespaces, or be in use with other options.
      if (!isErrno(error, E.EPERM, E.EBUSY)) throw error;
    }
  }
  const fd = openTreeClone(AT_FDCWD, `${hierarchy.mountpoint}${hierarchy.path}`, false);
  mountSetattr(fd.fd, { attr_set: attributes, attr_clr: attr_clr & MOUNT_ATTR.MOUNT_ATTR__ATIME });
  return fd;
}

/** In a cgroup namespace the filesystem's root is the namespace's (cgroup_namespaces(7)). */
function makeFilesystem(
  { version, controllers, name }: CgroupMountInfo,
  attributes: number,
): OwnedFd {
  const type = version === 2 ? "cgroup2" : "cgroup";
  using context = new FilesystemContext(type);
  context.setString("source", "cgroup");
  if (version === 1) {
    for (const controller of controllers) context.setFlag(controller);
    if (controllers.length === 0) context.setFlag("none");
    if (name !== undefined) context.setString("name", name);
  }
  return context.mount(attributes);
}
