/**
 * System call numbers, by name, for the two machines that runts is built for.
 *
 * From the kernel's own headers: arch/x86/entry/syscalls/syscall_64.tbl and, for aarch64,
 * include/uapi/asm-generic/unistd.h. A call that glibc wraps under another name stands here under the kernel's
 * (`newfstatat`, `prlimit64`).
 *
 * @module
 */

/** Name → [x86-64, aarch64]. */
const TABLE = {
  read: [0, 63],
  write: [1, 64],
  close: [3, 57],
  fstat: [5, 80],
  mmap: [9, 222],
  munmap: [11, 215],
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  lseek: [8, 62],
  ioctl: [16, 29],
  madvise: [28, 233],
  nanosleep: [35, 101],
  getpid: [39, 172],
  socket: [41, 198],
  connect: [42, 203],
  sendto: [44, 206],
  recvfrom: [45, 207],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  shutdown: [48, 210],
  bind: [49, 200],
  listen: [50, 201],
  getsockname: [51, 204],
  socketpair: [53, 199],
  setsockopt: [54, 208],
  getsockopt: [55, 209],
  execve: [59, 221],
  exit: [60, 93],
  wait4: [61, 260],
  kill: [62, 129],
  fcntl: [72, 25],
  flock: [73, 32],
  fsync: [74, 82],
  ftruncate: [77, 46],
  getcwd: [79, 17],
  chdir: [80, 49],
  fchdir: [81, 50],
  fchmod: [91, 52],
  fchown: [93, 55],
  umask: [95, 166],
  getrlimit: [97, 163],
  getuid: [102, 174],
  getgid: [104, 176],
  geteuid: [107, 175],
  getegid: [108, 177],
  setpgid: [109, 154],
  getppid: [110, 173],
  setsid: [112, 157],
  getgroups: [115, 158],
  setgroups: [116, 159],
  setresuid: [117, 147],
  setresgid: [119, 149],
  capget: [125, 90],
  capset: [126, 91],
  personality: [135, 92],
  statfs: [137, 43],
  fstatfs: [138, 44],
  setpriority: [141, 140],
  pivot_root: [155, 41],
  prctl: [157, 167],
  chroot: [161, 51],
  mount: [165, 40],
  umount2: [166, 39],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  gettid: [186, 178],
  sched_setaffinity: [203, 122],
  getdents64: [217, 61],
  clock_gettime: [228, 113],
  clock_nanosleep: [230, 115],
  exit_group: [231, 94],
  set_mempolicy: [238, 237],
  waitid: [247, 95],
  keyctl: [250, 219],
  ioprio_set: [251, 30],
  openat: [257, 56],
  mkdirat: [258, 34],
  mknodat: [259, 33],
  fchownat: [260, 54],
  newfstatat: [262, 79],
  unlinkat: [263, 35],
  linkat: [265, 37],
  symlinkat: [266, 36],
  readlinkat: [267, 78],
  fchmodat: [268, 53],
  ppoll: [271, 73],
  unshare: [272, 97],
  timerfd_create: [283, 85],
  timerfd_settime: [286, 86],
  accept4: [288, 242],
  signalfd4: [289, 74],
  eventfd2: [290, 19],
  dup3: [292, 24],
  pipe2: [293, 59],
  prlimit64: [302, 261],
  setns: [308, 268],
  sched_setattr: [314, 274],
  renameat2: [316, 276],
  seccomp: [317, 277],
  getrandom: [318, 278],
  memfd_create: [319, 279],
  bpf: [321, 280],
  execveat: [322, 281],
  statx: [332, 291],
  pidfd_send_signal: [424, 424],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  pidfd_open: [434, 434],
  clone3: [435, 435],
  close_range: [436, 436],
  openat2: [437, 437],
  pidfd_getfd: [438, 438],
  mount_setattr: [442, 442],
} as const;

/** The name of a system call that runts makes. */
export type SyscallName = keyof typeof TABLE;

/** The numbers of one machine. */
export type SyscallNumbers = Readonly<Record<SyscallName, number>>;

function column(index: 0 | 1): SyscallNumbers {
  const numbers = {} as Record<SyscallName, number>;
  for (const name in TABLE) numbers[name as SyscallName] = TABLE[name as SyscallName][index];
  return numbers;
}

/** The numbers of the machine named, in Deno's spelling (`Deno.build.arch`). */
export function syscallNumbers(arch: "x86_64" | "aarch64"): SyscallNumbers {
  return column(arch === "x86_64" ? 0 : 1);
}

/** The numbers of the machine that this program runs on. */
export const NR: SyscallNumbers = syscallNumbers(Deno.build.arch);
