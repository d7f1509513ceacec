/**
 * The container's root: bound, entered, finished.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { MOUNT_ATTR, MS, O } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import {
  mount,
  mountSetattr,
  moveMount,
  openTreeClone,
  pivot_root,
  umountDetach,
} from "../../ffi/mount.ts";
import { chdir, chroot, fchdir } from "../../ffi/directory.ts";
import { open } from "../../ffi/open.ts";
import type { InitContext } from "../init.ts";
import { hasNamespace } from "../plan/namespaces.ts";
import { makeInRoot } from "../root_path.ts";
import { cloneHostNull } from "./paths.ts";

/**
 * Cuts the new mount namespace off: nothing that we mount may reach the host. As slaves the mounts still receive what the
 * host mounts; `shared` is for who wants it both ways, for volumes with `rshared`.
 */
export function setPropagation({ creation }: InitContext): void {
  const shared = creation.plan.rootfsPropagation === "shared";
  mount(null, "/", null, MS.MS_REC | (shared ? MS.MS_SHARED : MS.MS_SLAVE));
}

/** Opens the root, and gives it a mount of its own. */
export function bindRoot(i: InitContext): void {
  const { rootfs, namespaces, rootfsPropagation } = i.creation.plan;
  const directory = open(rootfs, O.O_PATH | O.O_DIRECTORY);
  if (!hasNamespace(namespaces, "mount")) {
    i.root = directory;
    return;
  }
  // Taken here, where /dev is still the host's.
  i.hostNull = cloneHostNull();
  // pivot_root(2) refuses a root whose parent mount is shared.
  if (rootfsPropagation === "shared") makeParentPrivate(rootfs);
  i.root = openTreeClone(directory.fd, "", true);
  if (rootfsPropagation !== undefined && rootfsPropagation !== "slave") {
    // A clone stays a peer of the mount it was made from; the root has to leave that group in any case.
    mountSetattr(i.root.fd, { propagation: MS.MS_PRIVATE }, true);
  }
  moveMount(i.root.fd, directory);
  directory.close();
}

/** The mount that holds the root: found from below, as mount(2) takes mount points only. */
function makeParentPrivate(path: string): void {
  for (let at = path;; at = at.slice(0, at.lastIndexOf("/")) || "/") {
    try {
      return mount(null, at, null, MS.MS_PRIVATE);
    } catch (error) {
      if (!isErrno(error, E.EINVAL) || at === "/") throw error;
    }
  }
}

/** Callers expect that a `cwd` which the image does not have is made for them. */
export function makeCurrentDirectory({ creation, root }: InitContext): void {
  using _directory = makeInRoot(root, creation.plan.process.cwd, "directory");
}

/** From here on "/" is the container's. */
export function pivotRoot(i: InitContext): void {
  if (!hasNamespace(i.creation.plan.namespaces, "mount")) {
    fchdir(i.root.fd);
    chroot(".");
  } else if (i.creation.options.noPivot) moveRoot(i);
  else pivot(i);
  chdir("/");
}

/**
 * pivot_root(".", "."): the old root is stacked on the new one, where it is then unmounted; no directory in the image is
 * needed to put it.
 *
 * @see pivot_root(2)
 */
function pivot({ root }: InitContext): void {
  using old = open("/", O.O_RDONLY | O.O_DIRECTORY);
  fchdir(root.fd);
  pivot_root(".", ".");
  fchdir(old.fd);
  // Else unmounting would propagate to the host, whose mounts these still are peers of when they were made shared.
  mount(null, ".", null, MS.MS_SLAVE | MS.MS_REC);
  umountDetach(".");
}

/**
 * `--no-pivot`, for a host whose root is a ramdisk (which cannot be pivoted): the root is moved over "/" and entered. The
 * host's tree stays mounted underneath, out of reach of names only.
 */
function moveRoot({ root, creation }: InitContext): void {
  fchdir(root.fd);
  mount(creation.plan.rootfs, "/", null, MS.MS_MOVE);
  chroot(".");
}

/** Only the root itself: what is mounted below has flags of its own. */
export function setRootReadonly({ root }: InitContext): void {
  mountSetattr(root.fd, { attr_set: MOUNT_ATTR.MOUNT_ATTR_RDONLY });
}

const PROPAGATION = {
  shared: MS.MS_SHARED,
  slave: MS.MS_SLAVE,
  private: MS.MS_PRIVATE,
  unbindable: MS.MS_UNBINDABLE,
} as const;

/** Last, since unbindable would forbid the binds of masked and read-only paths. */
export function setRootPropagation({ creation, root }: InitContext): void {
  mountSetattr(root.fd, { propagation: PROPAGATION[creation.plan.rootfsPropagation!] });
}
