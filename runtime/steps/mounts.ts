/**
 * The mounts of the configuration, made in the container's root before pivot_root.
 *
 * Every mount is made detached, gets its attributes, and is then attached to an open directory or file: at no moment
 * is a mount visible that lacks its attributes, and no name is resolved twice.
 *
 * @module
 */
import { MOUNT_ATTR } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mountSetattr, moveMount } from "../../ffi/mount.ts";
import { isDirectory, statx } from "../../ffi/stat.ts";
import type { CgroupMountInfo } from "../plan/cgroups_path.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { quote } from "../quote.ts";
import { makeInRoot, type MissingKind } from "../root_path.ts";
import { makeBind } from "./bind.ts";
import { mountCgroups } from "./cgroup_mount.ts";
import { makeFilesystem } from "./filesystem.ts";
import { changeRecursively, setAttributes, setPropagation } from "./mount_attributes.ts";
import { mountByCall, needsMountCall } from "./mount_call.ts";
import { checkProcTarget } from "./proc_target.ts";
import { remount } from "./remount.ts";

/** What the mounts have to know about where they are made. */
export interface MountEnvironment {
  /** Whether init is in a user namespace other than the host's. */
  readonly userNamespace: boolean;
  readonly cgroupNamespace: boolean;
  readonly networkNamespace: boolean;
  readonly pidNamespace: boolean;
  /** The host's hierarchies, with the container's cgroup in each. */
  readonly cgroups: readonly CgroupMountInfo[];
  /** Bind mounts that the parent has prepared with privileges that init lacks, by index ({@linkcode openBindSources}). */
  readonly sources?: ReadonlyMap<number, OwnedFd>;
}

/** Mounts that are still to become read-only, once everything that belongs into them is there. */
export interface UnsealedMounts extends Disposable {
  /** Makes them read-only. Works after pivot_root as well. */
  seal(): void;
}

/**
 * Makes the mounts.
 *
 * @param root The container's root, which is itself a mount.
 * @returns The tmpfs mounts that are to be read-only. Later mounts and devices need directories in them, so they are
 *     sealed by the caller, after the devices.
 */
export function mountAll(
  root: OwnedFd,
  mounts: readonly MountPlan[],
  environment: MountEnvironment,
): UnsealedMounts {
  const unsealed = new Unsealed();
  try {
    for (const mount of mounts) {
      try {
        mountOne(root, mount, environment, unsealed);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const what = `Cannot mount ${quote(mount.destination)} (${mount.property})`;
        throw new Error(`${what}: ${why}`, { cause: error });
      }
    }
  } catch (error) {
    unsealed[Symbol.dispose]();
    throw error;
  }
  return unsealed;
}

class Unsealed implements UnsealedMounts {
  readonly #mounts: OwnedFd[] = [];

  add(mount: OwnedFd): void {
    this.#mounts.push(mount);
  }

  seal(): void {
    for (const mount of this.#mounts) {
      mountSetattr(mount.fd, { attr_set: MOUNT_ATTR.MOUNT_ATTR_RDONLY });
    }
  }

  [Symbol.dispose](): void {
    for (const mount of this.#mounts) mount.close();
  }
}

function mountOne(
  root: OwnedFd,
  mount: MountPlan,
  environment: MountEnvironment,
  unsealed: Unsealed,
): void {
  switch (mount.kind) {
    case "remount":
      return remount(root, mount, environment.userNamespace);
    case "cgroup":
      return mountCgroups(root, mount, environment);
    case "bind":
      return bind(root, mount, environment);
    case "filesystem":
      return mountFilesystem(root, mount, environment, unsealed);
  }
}

function bind(root: OwnedFd, mount: MountPlan, environment: MountEnvironment): void {
  using fd = makeBind(mount, environment.sources?.get(mount.index));
  setAttributes(fd, mount.options);
  changeRecursively(fd, mount.options);
  using target = openTarget(root, mount, isDirectory(statx(fd.fd)) ? "directory" : "file");
  attach(fd, target, mount);
}

function mountFilesystem(
  root: OwnedFd,
  mount: MountPlan,
  environment: MountEnvironment,
  unsealed: Unsealed,
): void {
  using target = openTarget(root, mount, "directory");
  if (needsMountCall(mount)) return mountByCall(root, target, mount);
  using made = new DisposableStack();
  const fd = made.use(makeFilesystem(mount, environment, target));
  changeRecursively(fd, mount.options);
  attach(fd, target, mount);
  if (mount.type !== "tmpfs" || !isReadonly(mount)) return;
  made.move();
  unsealed.add(fd);
}

function isReadonly({ options }: MountPlan): boolean {
  return (options.attr_set & MOUNT_ATTR.MOUNT_ATTR_RDONLY) !== 0;
}

function openTarget(root: OwnedFd, mount: MountPlan, kind: MissingKind): OwnedFd {
  // A link at /proc or /sys would put the real proc elsewhere, and leave a false one where we write to (CVE-2019-19921).
  const links = mount.type !== "proc" && mount.type !== "sysfs";
  const target = makeInRoot(root, mount.destination, kind, { links });
  const found = isDirectory(statx(target.fd)) ? "directory" : "file";
  if (found === kind) return target;
  target.close();
  // The kernel says EINVAL or ENOTDIR only.
  throw new Error(`a ${kind} cannot be mounted over a ${found}`);
}

function attach(fd: OwnedFd, target: OwnedFd, mount: MountPlan): void {
  checkProcTarget(target, mount.destination, fd);
  moveMount(fd.fd, target);
  setPropagation(fd, mount.options.propagation);
}
