/**
 * The container's root: bound, entered, finished.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { MOUNT_ATTR, MS, O } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import {
  mount,
  mountSetattr,
  moveMount,
  openTreeClone,
  pivot_root,
  umountDetach,
} from "../../ffi/mount.ts";
import { chdir, chroot, fchdir } from "../../ffi/directory.ts";
import { open, openat } from "../../ffi/open.ts";
import { sameFile, statx } from "../../ffi/stat.ts";
import type { InitContext } from "../init.ts";
import { hasNamespace, joinsNamespace } from "../plan/namespaces.ts";
import { makeInRoot } from "../root_path.ts";
import { moveRoot } from "./no_pivot.ts";
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
  using made = new DisposableStack();
  const directory = made.use(open(rootfs, O.O_PATH | O.O_DIRECTORY));
  if (!hasNamespace(namespaces, "mount")) {
    made.move();
    i.root = directory;
    return;
  }
  // Taken here, where /dev is still the host's.
  i.hostNull = cloneHostNull();
  // What is mounted here must not travel to the host from a namespace that we joined, all of which is not ours to cut off.
  if (joinsMountNamespace(i)) setParentPropagation(directory, MS.MS_SLAVE);
  // pivot_root(2) refuses a root whose parent mount is shared.
  else if (rootfsPropagation === "shared") setParentPropagation(directory, MS.MS_PRIVATE);
  i.root = openTreeClone(directory.fd, "", true);
  if (rootfsPropagation !== undefined && rootfsPropagation !== "slave") {
    // A clone stays a peer of the mount it was made from; the root has to leave that group in any case.
    mountSetattr(i.root.fd, { propagation: MS.MS_PRIVATE }, true);
  }
  moveMount(i.root.fd, directory);
}

/** Takes the root away again, and all mounts below it: a mount namespace that we joined does not end with us. */
export function unbindRoot(i: InitContext): void {
  if (!joinsMountNamespace(i) || i.root === undefined) return;
  fchdir(i.root.fd);
  try {
    umountDetach(".");
  } catch (error) {
    // It was not attached yet.
    if (!isErrno(error, E.EINVAL)) throw error;
  }
}

function joinsMountNamespace({ creation }: InitContext): boolean {
  return joinsNamespace(creation.plan.namespaces, "mount");
}

/** Of the mount that holds a directory: mount_setattr(2) takes the root of a mount only, so it is looked for upwards. */
function setParentPropagation(directory: OwnedFd, propagation: number): void {
  let at = openat(directory.fd, ".", O.O_PATH | O.O_DIRECTORY);
  for (;;) {
    using here = at;
    try {
      return mountSetattr(here.fd, { propagation });
    } catch (error) {
      if (!isErrno(error, E.EINVAL)) throw error;
      at = openat(here.fd, "..", O.O_PATH | O.O_DIRECTORY);
      if (!sameFile(statx(at.fd), statx(here.fd))) continue;
      at.close();
      throw error;
    }
  }
}

/** Callers expect that a `cwd` which the image does not have is made for them. */
export function makeCurrentDirectory({ creation, root }: InitContext): void {
  using _directory = makeInRoot(root, creation.plan.process.cwd, "directory");
}

/** From here on "/" is the container's. */
export function pivotRoot(i: InitContext): void {
  // pivot_root(2) takes the old root from everybody who has it as root: in a namespace that we joined, from its owner.
  if (!hasNamespace(i.creation.plan.namespaces, "mount") || joinsMountNamespace(i)) {
    fchdir(i.root.fd);
    chroot(".");
  } else if (i.creation.options.noPivot) moveRoot(i.root);
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
