/**
 * Flags of the kernel's interface in C spelling, and the printing of flag words.
 *
 * Values from include/uapi/linux/*.h; where x86-64 and aarch64 differ the constant is a function of the machine.
 *
 * @module
 */
import { Printed } from "./errno.ts";

const ARM = Deno.build.arch === "aarch64";

/** Flags of open(2). `O_DIRECTORY`, `O_NOFOLLOW` and `O_DIRECT` differ on aarch64. */
export const O = {
  O_RDONLY: 0,
  O_WRONLY: 0o1,
  O_RDWR: 0o2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000,
  O_SYNC: 0o4010000,
  O_DIRECTORY: ARM ? 0o40000 : 0o200000,
  O_NOFOLLOW: ARM ? 0o100000 : 0o400000,
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
} as const;

/** Flags of the `*at` calls. */
export const AT = {
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_REMOVEDIR: 0x200,
  AT_SYMLINK_FOLLOW: 0x400,
  AT_EMPTY_PATH: 0x1000,
  AT_RECURSIVE: 0x8000,
} as const;

/** Stands for the current directory in the `*at` calls. */
export const AT_FDCWD = -100;

/** How openat2(2) walks. */
export const RESOLVE = {
  RESOLVE_NO_XDEV: 0x01,
  RESOLVE_NO_MAGICLINKS: 0x02,
  RESOLVE_NO_SYMLINKS: 0x04,
  RESOLVE_BENEATH: 0x08,
  RESOLVE_IN_ROOT: 0x10,
} as const;

/** Flags of clone3(2), unshare(2) and setns(2). */
export const CLONE = {
  CLONE_NEWTIME: 0x80,
  CLONE_PIDFD: 0x1000,
  CLONE_PARENT: 0x8000,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_INTO_CGROUP: 0x200000000,
} as const;

/** Flags of mount(2). */
export const MS = {
  MS_RDONLY: 1,
  MS_NOSUID: 2,
  MS_NODEV: 4,
  MS_NOEXEC: 8,
  MS_SYNCHRONOUS: 16,
  MS_REMOUNT: 32,
  MS_MANDLOCK: 64,
  MS_DIRSYNC: 128,
  MS_NOSYMFOLLOW: 256,
  MS_NOATIME: 1024,
  MS_NODIRATIME: 2048,
  MS_BIND: 4096,
  MS_MOVE: 8192,
  MS_REC: 16384,
  MS_SILENT: 32768,
  MS_UNBINDABLE: 1 << 17,
  MS_PRIVATE: 1 << 18,
  MS_SLAVE: 1 << 19,
  MS_SHARED: 1 << 20,
  MS_RELATIME: 1 << 21,
  MS_I_VERSION: 1 << 23,
  MS_STRICTATIME: 1 << 24,
  MS_LAZYTIME: 1 << 25,
} as const;

/** Detach lazily: umount2(2). */
export const MNT_DETACH = 2;

/** Attributes of mount_setattr(2) and fsmount(2). */
export const MOUNT_ATTR = {
  MOUNT_ATTR_RDONLY: 0x1,
  MOUNT_ATTR_NOSUID: 0x2,
  MOUNT_ATTR_NODEV: 0x4,
  MOUNT_ATTR_NOEXEC: 0x8,
  MOUNT_ATTR__ATIME: 0x70,
  MOUNT_ATTR_RELATIME: 0x0,
  MOUNT_ATTR_NOATIME: 0x10,
  MOUNT_ATTR_STRICTATIME: 0x20,
  MOUNT_ATTR_NODIRATIME: 0x80,
  MOUNT_ATTR_IDMAP: 0x100000,
  MOUNT_ATTR_NOSYMFOLLOW: 0x200000,
} as const;

/** Flags of open_tree(2); `AT_RECURSIVE` and `AT_EMPTY_PATH` go with them. */
export const OPEN_TREE = { OPEN_TREE_CLONE: 1, OPEN_TREE_CLOEXEC: O.O_CLOEXEC } as const;

/** Flags of move_mount(2). */
export const MOVE_MOUNT = {
  MOVE_MOUNT_F_EMPTY_PATH: 0x4,
  MOVE_MOUNT_T_EMPTY_PATH: 0x40,
} as const;

/** Commands of fsconfig(2). */
export const FSCONFIG = {
  FSCONFIG_SET_FLAG: 0,
  FSCONFIG_SET_STRING: 1,
  FSCONFIG_CMD_CREATE: 6,
  FSCONFIG_CMD_RECONFIGURE: 7,
} as const;

/** File types in `st_mode`. */
export const S = {
  S_IFMT: 0o170000,
  S_IFIFO: 0o010000,
  S_IFCHR: 0o020000,
  S_IFDIR: 0o040000,
  S_IFBLK: 0o060000,
  S_IFREG: 0o100000,
  S_IFLNK: 0o120000,
  S_IFSOCK: 0o140000,
} as const;

/** Operations of prctl(2). */
export const PR = {
  PR_SET_PDEATHSIG: 1,
  PR_SET_DUMPABLE: 4,
  PR_SET_KEEPCAPS: 8,
  PR_SET_NAME: 15,
  PR_CAPBSET_READ: 23,
  PR_CAPBSET_DROP: 24,
  PR_SET_SECUREBITS: 28,
  PR_SET_CHILD_SUBREAPER: 36,
  PR_GET_CHILD_SUBREAPER: 37,
  PR_SET_NO_NEW_PRIVS: 38,
  PR_CAP_AMBIENT: 47,
  PR_CAP_AMBIENT_RAISE: 2,
  PR_CAP_AMBIENT_CLEAR_ALL: 4,
} as const;

/** Socket families, types and flags. */
export const SOCK = {
  AF_UNIX: 1,
  AF_NETLINK: 16,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_SEQPACKET: 5,
  SOCK_CLOEXEC: O.O_CLOEXEC,
  SOL_SOCKET: 1,
  SCM_RIGHTS: 1,
  MSG_CTRUNC: 0x8,
  MSG_TRUNC: 0x20,
  MSG_NOSIGNAL: 0x4000,
  MSG_CMSG_CLOEXEC: 0x40000000,
} as const;

/** ioctl(2) requests. */
export const IOCTL = {
  TCGETS: 0x5401,
  TCSETS: 0x5402,
  TIOCSCTTY: 0x540e,
  TIOCGWINSZ: 0x5413,
  TIOCSWINSZ: 0x5414,
  TIOCSPTLCK: 0x40045431,
  TIOCGPTN: 0x80045430,
  TIOCGPTPEER: 0x5441,
  NS_GET_NSTYPE: 0xb703,
} as const;

/** Where ioprio_set(2) has the class: above the level. @see include/uapi/linux/ioprio.h */
export const IOPRIO_CLASS_SHIFT = 13;

/** Whom ioprio_set(2) means: one thread, 0 being the caller. */
export const IOPRIO_WHO_PROCESS = 1;

/** Flags of set_mempolicy(2), which stand in its mode. @see include/uapi/linux/mempolicy.h */
export const MPOL_F = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
} as const;

/** Execution domains of personality(2). */
export const PER = { PER_LINUX: 0, PER_LINUX32: 8 } as const;

/** Events of poll(2). */
export const POLL = {
  POLLIN: 0x1,
  POLLPRI: 0x2,
  POLLOUT: 0x4,
  POLLERR: 0x8,
  POLLHUP: 0x10,
} as const;

/** File systems by their magic number, as statfs(2) reports them (include/uapi/linux/magic.h). */
export const MAGIC = {
  PROC_SUPER_MAGIC: 0x9fa0,
  DEVPTS_SUPER_MAGIC: 0x1cd1,
  TMPFS_MAGIC: 0x01021994,
  CGROUP_SUPER_MAGIC: 0x27e0eb,
  CGROUP2_SUPER_MAGIC: 0x63677270,
} as const;

/** Prints a word of flags by their names, unknown bits in hex: `MS_BIND|MS_REC|0x40000000`. */
export function flags(names: Readonly<Record<string, number>>, word: number): Printed {
  return new Printed(() => flagNames(names, word));
}

function flagNames(names: Readonly<Record<string, number>>, word: number): string {
  const parts: string[] = [];
  let rest = BigInt(word);
  for (const [name, bit] of Object.entries(names)) {
    const mask = BigInt(bit);
    // A name may stand for several bits (O_SYNC), and then for all of them.
    if (mask === 0n || (rest & mask) !== mask) continue;
    parts.push(name);
    rest &= ~mask;
  }
  if (rest !== 0n || parts.length === 0) parts.push(rest === 0n ? "0" : `0x${rest.toString(16)}`);
  return parts.join("|");
}

/** Prints a directory descriptor. */
export function directory(fd: number): Printed {
  return new Printed(fd === AT_FDCWD ? "AT_FDCWD" : String(fd));
}
