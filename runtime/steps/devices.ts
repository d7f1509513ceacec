/**
 * Device nodes in the container's root.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { O, RESOLVE, S } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { moveMount, openTreeClone } from "../../ffi/mount.ts";
import { mknodat } from "../../ffi/directory.ts";
import { open, openat2 } from "../../ffi/open.ts";
import { chmodPath, fchownat, type Stat, statx } from "../../ffi/stat.ts";
import type { DevicePlan } from "../plan/devices.ts";
import { quote } from "../quote.ts";
import { makeEmptyFile, makeParentInRoot, withoutUmask } from "../root_path.ts";

/** The file type bits of `st_mode`. */
const TYPES = { c: S.S_IFCHR, b: S.S_IFBLK, p: S.S_IFIFO } as const;

/** How the nodes are made. */
export interface DeviceOptions {
  /** Bind the host's nodes: a user namespace must not mknod(2) (capabilities(7), CAP_MKNOD). */
  readonly bind: boolean;
}

/**
 * Makes the nodes, with exactly the modes and owners of the plan.
 *
 * A node that is there already is brought to them; a file that is something else MUST be an error
 * (config-linux.md#configLinuxDevices).
 */
export function makeDevices(
  root: OwnedFd,
  devices: readonly DevicePlan[],
  { bind }: DeviceOptions,
): void {
  for (const device of devices) {
    try {
      const { parent, name } = makeParentInRoot(root, device.path);
      using directory = parent;
      if (bind && device.type !== "p") bindNode(directory, name, device);
      else makeNode(directory, name, device);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const what = `Cannot make the device ${quote(device.path)} (${device.property})`;
      throw new Error(`${what}: ${why}`, { cause: error });
    }
  }
}

function makeNode(directory: OwnedFd, name: string, device: DevicePlan): void {
  const { type, mode, major, minor, uid, gid } = device;
  try {
    withoutUmask(() => mknodat(directory.fd, name, TYPES[type] | mode, major, minor));
  } catch (error) {
    // The device cgroup of a container around us may forbid what a bind mount may do.
    if (isErrno(error, E.EPERM) && type !== "p") return bindNode(directory, name, device);
    if (!isErrno(error, E.EEXIST)) throw error;
  }
  using node = openNode(directory, name);
  const stat = statx(node.fd);
  if (!isDevice(stat, device)) throw new Error(`there is ${describe(stat)} already`);
  if (stat.stx_uid !== uid || stat.stx_gid !== gid) fchownat(node.fd, "", uid, gid);
  if ((stat.stx_mode & 0o7777) !== mode) chmodPath(node.fd, mode);
}

/** The node itself, whatever it has become meanwhile: never what a link leads to. */
function openNode(directory: OwnedFd, name: string): OwnedFd {
  return openat2(directory.fd, name, O.O_PATH | O.O_NOFOLLOW, RESOLVE.RESOLVE_BENEATH);
}

function isDevice(stat: Stat, { type, major, minor }: DevicePlan): boolean {
  if ((stat.stx_mode & S.S_IFMT) !== TYPES[type]) return false;
  return type === "p" || (stat.stx_rdev_major === major && stat.stx_rdev_minor === minor);
}

function describe({ stx_mode, stx_rdev_major, stx_rdev_minor }: Stat): string {
  const numbers = `${stx_rdev_major}:${stx_rdev_minor}`;
  switch (stx_mode & S.S_IFMT) {
    case S.S_IFCHR:
      return `the character device ${numbers}`;
    case S.S_IFBLK:
      return `the block device ${numbers}`;
    case S.S_IFIFO:
      return "a FIFO";
    case S.S_IFDIR:
      return "a directory";
    case S.S_IFLNK:
      return "a symbolic link";
    default:
      return "a file";
  }
}

/** Mode and owner are the host's then: the node is the host's. */
function bindNode(directory: OwnedFd, name: string, device: DevicePlan): void {
  try {
    makeEmptyFile(directory, name);
  } catch (error) {
    if (!isErrno(error, E.EEXIST)) throw error;
  }
  using target = openNode(directory, name);
  const stat = statx(target.fd);
  if (isDevice(stat, device)) return;
  // An ordinary file is what an earlier container of the same root has left as a place for the mount.
  if ((stat.stx_mode & S.S_IFMT) !== S.S_IFREG) {
    throw new Error(`there is ${describe(stat)} already`);
  }
  using source = openHostNode(device);
  using copy = openTreeClone(source.fd, "", false);
  moveMount(copy.fd, target);
}

/** The host's node of the same path or, when that is another device, the one that udev lists by its numbers. */
function openHostNode(device: DevicePlan): OwnedFd {
  const { path, type, major, minor } = device;
  const byNumber = `/dev/${type === "b" ? "block" : "char"}/${major}:${minor}`;
  for (const candidate of [path, byNumber]) {
    try {
      const node = open(candidate, O.O_PATH);
      if (isDevice(statx(node.fd), device)) return node;
      node.close();
    } catch (error) {
      if (!isErrno(error, E.ENOENT, E.ENOTDIR)) throw error;
    }
  }
  throw new Error(`the host has no node for the device ${type} ${major}:${minor} to bind`);
}
