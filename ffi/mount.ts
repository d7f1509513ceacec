/**
 * The mount API: detached mounts first (Linux 5.2: open_tree, fsopen; 5.12: mount_setattr), the old calls where they
 * are the only ones.
 *
 * A detached mount is made, given its attributes, and only then attached to a directory that is held open: at no
 * moment is a half-made mount visible, and no name is resolved twice.
 *
 * @module
 */
import { check } from "./check.ts";
import {
  AT,
  directory,
  flags,
  FSCONFIG,
  MNT_DETACH,
  MOUNT_ATTR,
  MOVE_MOUNT,
  MS,
  OPEN_TREE,
} from "./constants.ts";
import { Printed, SyscallError } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/**
 * `int mount(const char *source, const char *target, const char *filesystemtype, unsigned long mountflags, const void *data);`
 *
 * @see mount(2)
 */
export function mount(
  source: string | null,
  target: string,
  filesystemtype: string | null,
  mountflags: number,
  data: string | null = null,
): void {
  using m = scratch();
  const result = syscall(
    NR.mount,
    m.cstring(source),
    m.cstring(target),
    m.cstring(filesystemtype),
    mountflags,
    m.cstring(data),
  );
  check(result, "mount", source, target, filesystemtype, flags(MS, mountflags), data);
}

/** `int umount2(const char *target, MNT_DETACH);` @see umount2(2) */
export function umountDetach(target: string): void {
  using m = scratch();
  check(
    syscall(NR.umount2, m.cstring(target), MNT_DETACH),
    "umount2",
    target,
    new Printed("MNT_DETACH"),
  );
}

/** `int pivot_root(const char *new_root, const char *put_old);` @see pivot_root(2) */
export function pivot_root(new_root: string, put_old: string): void {
  using m = scratch();
  const result = syscall(NR.pivot_root, m.cstring(new_root), m.cstring(put_old));
  check(result, "pivot_root", new_root, put_old);
}

/**
 * `int open_tree(int dirfd, const char *path, OPEN_TREE_CLONE|…);`: a detached copy of the mount that holds a file, as
 * a bind mount would make.
 *
 * @param path `""` is the descriptor itself.
 * @param recursive Whether the mounts below come too (`rbind`).
 * @see open_tree(2), Linux 5.2
 */
export function openTreeClone(dirfd: number, path: string, recursive: boolean): OwnedFd {
  using m = scratch();
  const how = OPEN_TREE.OPEN_TREE_CLONE | OPEN_TREE.OPEN_TREE_CLOEXEC |
    (recursive ? AT.AT_RECURSIVE : 0) | (path === "" ? AT.AT_EMPTY_PATH : 0);
  const fd = syscall(NR.open_tree, dirfd, m.cstring(path), how);
  return new OwnedFd(
    check(fd, "open_tree", directory(dirfd), path, flags({ ...OPEN_TREE, ...AT }, how)),
    path === "" ? undefined : path,
  );
}

/**
 * `int move_mount(int from_dfd, "", int to_dfd, "", F_EMPTY_PATH|T_EMPTY_PATH);`: attaches a detached mount, or moves an
 * attached one, to the very directory (or file) that `target` refers to.
 *
 * @see move_mount(2), Linux 5.2
 */
export function moveMount(mount: number, target: OwnedFd): void {
  using m = scratch();
  const empty = m.cstring("");
  const how = MOVE_MOUNT.MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT.MOVE_MOUNT_T_EMPTY_PATH;
  const result = syscall(NR.move_mount, mount, empty, target.fd, empty, how);
  check(result, "move_mount", mount, "", target, "", flags(MOVE_MOUNT, how));
}

/** What mount_setattr(2) changes; flags are `MOUNT_ATTR_*`, propagation is one of `MS_PRIVATE` … */
export interface MountAttributes {
  readonly attr_set?: number;
  readonly attr_clr?: number;
  readonly propagation?: number;
  /** The user namespace of an id-mapped mount. */
  readonly userns_fd?: number;
}

/**
 * `int mount_setattr(int dirfd, "", AT_EMPTY_PATH|…, struct mount_attr *attr, size_t size);`
 *
 * @see mount_setattr(2), Linux 5.12
 */
export function mountSetattr(fd: number, attributes: MountAttributes, recursive = false): void {
  using m = scratch();
  const { attr_set = 0, attr_clr = 0, propagation = 0, userns_fd = 0 } = attributes;
  const attr = m.words([attr_set, attr_clr, propagation, userns_fd]);
  const how = AT.AT_EMPTY_PATH | (recursive ? AT.AT_RECURSIVE : 0);
  const result = syscall(NR.mount_setattr, fd, m.cstring(""), how, attr, 32);
  if (result >= 0) return;
  const printed = [
    attr_set === 0 ? "" : `attr_set=${flags(MOUNT_ATTR, attr_set).text}`,
    attr_clr === 0 ? "" : `attr_clr=${flags(MOUNT_ATTR, attr_clr).text}`,
    propagation === 0 ? "" : `propagation=${flags(MS, propagation).text}`,
  ].filter((part) => part !== "").join(", ");
  check(result, "mount_setattr", fd, "", flags(AT, how), new Printed(`{${printed}}`));
}

const FSPICK_CLOEXEC = 0x1;
const FSPICK_EMPTY_PATH = 0x8;

function fsopen(type: string): OwnedFd {
  using m = scratch();
  const result = syscall(NR.fsopen, m.cstring(type), 1);
  return new OwnedFd(check(result, "fsopen", type, new Printed("FSOPEN_CLOEXEC")), type);
}

/** A filesystem being configured. @see fsopen(2), Linux 5.2 */
export class FilesystemContext implements Disposable {
  readonly #fd: OwnedFd;
  readonly #type: string;

  /** `int fsopen(const char *fsname, FSOPEN_CLOEXEC);` */
  constructor(type: string, fd: OwnedFd = fsopen(type)) {
    this.#fd = fd;
    this.#type = type;
  }

  /**
   * `int fspick(int dirfd, "", FSPICK_CLOEXEC|FSPICK_EMPTY_PATH);`: the filesystem of a mount that exists already, to
   * be reconfigured.
   *
   * @see fspick(2), Linux 5.2
   */
  static pick(mount: OwnedFd): FilesystemContext {
    using m = scratch();
    const result = syscall(NR.fspick, mount.fd, m.cstring(""), FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
    const how = new Printed("FSPICK_CLOEXEC|FSPICK_EMPTY_PATH");
    const path = mount.path ?? "picked";
    return new FilesystemContext(path, new OwnedFd(check(result, "fspick", mount, "", how), path));
  }

  [Symbol.dispose](): void {
    this.#fd.close();
  }

  /** A flag without a value, such as `ro` or `newinstance`. */
  setFlag(key: string): void {
    this.#config("FSCONFIG_SET_FLAG", key, null);
  }

  /** A key with a value, such as `size=64k`. */
  setString(key: string, value: string): void {
    this.#config("FSCONFIG_SET_STRING", key, value);
  }

  /** Makes (or finds) the superblock, and a detached mount of it with the attributes. */
  mount(attr_flags: number): OwnedFd {
    this.#config("FSCONFIG_CMD_CREATE", null, null);
    const fd = syscall(NR.fsmount, this.#fd.fd, 1, attr_flags);
    const printed = flags(MOUNT_ATTR, attr_flags);
    return new OwnedFd(
      check(fd, "fsmount", this.#fd, new Printed("FSMOUNT_CLOEXEC"), printed),
      this.#type,
    );
  }

  /** Applies what was set to the superblock of a picked filesystem, for everybody who has it mounted. */
  reconfigure(): void {
    this.#config("FSCONFIG_CMD_RECONFIGURE", null, null);
  }

  #config(command: keyof typeof FSCONFIG, key: string | null, value: string | null): void {
    using m = scratch();
    const result = syscall(
      NR.fsconfig,
      this.#fd.fd,
      FSCONFIG[command],
      m.cstring(key),
      m.cstring(value),
      0,
    );
    if (result >= 0) return;
    const why = this.#log();
    const error = new SyscallError(
      "fsconfig",
      [this.#fd, new Printed(command), key, value],
      -result,
    );
    if (why !== "") error.message += `, the filesystem says: ${why}`;
    throw error;
  }

  /** What the filesystem wrote about its failure: lines such as `e tmpfs: Bad value for 'size'`. @see fsopen(2) */
  #log(): string {
    using m = scratch();
    const buffer = m.zeros(1024);
    const lines: string[] = [];
    for (let n = 0; n < 16; n++) {
      const length = syscall(NR.read, this.#fd.fd, buffer, 1024);
      if (length <= 0) break;
      lines.push(new TextDecoder().decode(m.u8(buffer, length)).trim().replace(/^[ewi] /, ""));
    }
    return lines.join("; ");
  }
}
