/**
 * A container's root in a mount namespace that it joined: a guest there, which has to leave when the container is deleted.
 * A namespace of the container's own ends with it, and takes its mounts along.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { CLONE, O } from "../ffi/constants.ts";
import { fchdir } from "../ffi/directory.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { umountDetach } from "../ffi/mount.ts";
import { open } from "../ffi/open.ts";
import { statx } from "../ffi/stat.ts";
import { elsewhere } from "./elsewhere.ts";
import { namespaceFiles } from "./namespace_files.ts";
import type { StoredState } from "./store.ts";

/** Where the root is mounted. */
export interface GuestRoot {
  /** The inode of the mount namespace. */
  readonly namespace: string;
  /** The mount's ID, as statx(2) has it. */
  readonly mount: string;
}

/** Describes the root of the process that calls this, in its mount namespace. */
export function describeRoot(root: OwnedFd): GuestRoot {
  using namespace = open("/proc/self/ns/mnt", O.O_PATH);
  return {
    namespace: String(statx(namespace.fd).stx_ino),
    mount: String(statx(root.fd).stx_mnt_id),
  };
}

/**
 * Unmounts the root with all that is mounted below it. Nothing is done where the namespace has gone, or the root has: what is
 * mounted in its place now is another's.
 *
 * @see runtime.md#runtimeDelete "MUST delete the resources that were created during the create step"
 */
export function removeGuestRoot(
  guest: GuestRoot,
  { rootfs, pid = 0 }: Pick<StoredState, "rootfs" | "pid">,
): void {
  using namespace = openNamespace(guest, pid);
  if (namespace === undefined) return;
  elsewhere(namespace, CLONE.CLONE_NEWNS, () => unmount(rootfs, guest.mount));
}

function openNamespace({ namespace }: GuestRoot, pid: number): OwnedFd | undefined {
  for (const path of namespaceFiles("mnt", namespace, { pid })) {
    const fd = openIfAny(path, O.O_RDONLY);
    if (fd === undefined) continue;
    if (String(statx(fd.fd).stx_ino) === namespace) return fd;
    fd.close();
  }
  return undefined;
}

/** What is gone, or another user's by now, is not the one. */
function openIfAny(path: string, how: number): OwnedFd | undefined {
  try {
    return open(path, how);
  } catch (error) {
    if (!isErrno(error, E.ENOENT, E.ENOTDIR, E.ESRCH, E.EACCES)) throw error;
    return undefined;
  }
}

function unmount(rootfs: string, mount: string): void {
  using root = openIfAny(rootfs, O.O_PATH | O.O_DIRECTORY);
  if (root === undefined || String(statx(root.fd).stx_mnt_id) !== mount) return;
  fchdir(root.fd);
  umountDetach(".");
}
