/**
 * Paths that the container must not read, or not write.
 *
 * @module
 */
import { MOUNT_ATTR, O, S } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { FilesystemContext, mountSetattr, moveMount, openTreeClone } from "../../ffi/mount.ts";
import { open } from "../../ffi/open.ts";
import { isDirectory, statx } from "../../ffi/stat.ts";
import { quote } from "../quote.ts";
import { openInRootIfAny } from "../root_path.ts";

const { MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC } = MOUNT_ATTR;

/**
 * A detached bind mount of the host's /dev/null, for {@linkcode maskPaths}.
 *
 * Taken before pivot_root: the container's own may be a link to something that it wants to have writable
 * (CVE-2025-31133), and what is left of the host's tree afterwards cannot be copied any more.
 */
export function cloneHostNull(): OwnedFd {
  using node = open("/dev/null", O.O_PATH);
  const { stx_mode, stx_rdev_major, stx_rdev_minor } = statx(node.fd);
  if ((stx_mode & S.S_IFMT) !== S.S_IFCHR || stx_rdev_major !== 1 || stx_rdev_minor !== 3) {
    throw new Error("Cannot mask paths: the host's /dev/null is not the device 1:3");
  }
  return openTreeClone(node.fd, "", false);
}

/**
 * Makes paths unreadable: over a file goes the null device, over a directory an empty one. Paths that do not exist are
 * skipped (de facto).
 *
 * @param root "/" of the container, after pivot_root.
 * @param hostNull From {@linkcode cloneHostNull}; consumed.
 * @param label The SELinux context of the empty directory.
 */
export function maskPaths(
  root: OwnedFd,
  paths: readonly string[],
  hostNull: OwnedFd,
  label?: string,
): void {
  using files = new Mask(hostNull);
  using directories = new Mask(undefined, label);
  for (const path of paths) {
    attempt("mask", path, () => {
      using target = openInRootIfAny(root, path);
      if (target === undefined) return;
      (isDirectory(statx(target.fd)) ? directories : files).cover(target);
    });
  }
}

/** One mount that many paths are covered with. */
class Mask implements Disposable {
  readonly #label: string | undefined;
  #mount: OwnedFd | undefined;
  #attached = false;

  constructor(mount: OwnedFd | undefined, label?: string) {
    this.#mount = mount;
    this.#label = label;
  }

  [Symbol.dispose](): void {
    this.#mount?.close();
  }

  cover(target: OwnedFd): void {
    const mount = this.#mount ??= makeEmptyDirectory(this.#label);
    if (!this.#attached) {
      moveMount(mount.fd, target);
      this.#attached = true;
      return;
    }
    // Copies are made of the one that is attached: before Linux 6.15 a detached mount cannot be copied.
    using copy = openTreeClone(mount.fd, "", false);
    moveMount(copy.fd, target);
  }
}

/** A tmpfs with room for its root alone. One for all: a superblock for each mask is a way to use up the kernel's memory. */
function makeEmptyDirectory(label: string | undefined): OwnedFd {
  using context = new FilesystemContext("tmpfs");
  context.setString("source", "tmpfs");
  context.setString("nr_blocks", "1");
  context.setString("nr_inodes", "1");
  context.setString("mode", "0555");
  context.setFlag("ro");
  if (label !== undefined) context.setString("context", label);
  const { MOUNT_ATTR_RELATIME } = MOUNT_ATTR;
  return context.mount(
    MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
      MOUNT_ATTR_RELATIME,
  );
}

/**
 * Makes paths read-only, with all that is mounted below them. Paths that do not exist are skipped (de facto).
 *
 * @param root "/" of the container, after pivot_root.
 */
export function readonlyPaths(root: OwnedFd, paths: readonly string[]): void {
  for (const path of paths) {
    attempt("make read-only", path, () => {
      using target = openInRootIfAny(root, path);
      if (target === undefined) return;
      // A mount of its own over the path. All other attributes stay what they are there.
      using copy = openTreeClone(target.fd, "", true);
      mountSetattr(copy.fd, { attr_set: MOUNT_ATTR_RDONLY }, true);
      moveMount(copy.fd, target);
    });
  }
}

function attempt(verb: string, path: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot ${verb} ${quote(path)}: ${why}`, { cause: error });
  }
}
