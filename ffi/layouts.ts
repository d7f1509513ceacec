/**
 * The kernel's fixed structs, as field lists in C order and C spelling.
 *
 * `tests/golden/layouts.txt`, which the C compiler made from the kernel's headers, is the witness
 * for every size and offset. The structs of rtnetlink stand with their codec in `netlink/`.
 */
import { Struct } from "./struct.ts";

/** `struct clone_args`, 88 bytes since Linux 5.7 (`cgroup`). @see clone3(2) */
export const clone_args = new Struct("clone_args", {
  flags: "u64",
  pidfd: "u64",
  child_tid: "u64",
  parent_tid: "u64",
  exit_signal: "u64",
  stack: "u64",
  stack_size: "u64",
  tls: "u64",
  set_tid: "u64",
  set_tid_size: "u64",
  cgroup: "u64",
});

/** `struct open_how`. @see openat2(2) */
export const open_how = new Struct("open_how", { flags: "u64", mode: "u64", resolve: "u64" });

/** `struct mount_attr`. @see mount_setattr(2) */
export const mount_attr = new Struct("mount_attr", {
  attr_set: "u64",
  attr_clr: "u64",
  propagation: "u64",
  userns_fd: "u64",
});

/** `struct statx_timestamp`: seconds may be negative, nanoseconds never. @see statx(2) */
export const statx_timestamp = new Struct("statx_timestamp", {
  tv_sec: "s64",
  tv_nsec: "u32",
  __reserved: "s32",
});

/** `struct statx`; later kernels fill parts of `__spare3`. @see statx(2) */
export const statx = new Struct("statx", {
  stx_mask: "u32",
  stx_blksize: "u32",
  stx_attributes: "u64",
  stx_nlink: "u32",
  stx_uid: "u32",
  stx_gid: "u32",
  stx_mode: "u16",
  __spare0: "u16",
  stx_ino: "u64",
  stx_size: "u64",
  stx_blocks: "u64",
  stx_attributes_mask: "u64",
  stx_atime: statx_timestamp,
  stx_btime: statx_timestamp,
  stx_ctime: statx_timestamp,
  stx_mtime: statx_timestamp,
  stx_rdev_major: "u32",
  stx_rdev_minor: "u32",
  stx_dev_major: "u32",
  stx_dev_minor: "u32",
  stx_mnt_id: "u64",
  stx_dio_mem_align: "u32",
  stx_dio_offset_align: "u32",
  __spare3: "u8[96]",
});

/** `struct statfs`; the C `long`s are words here, and `f_type` holds the magic number. @see statfs(2) */
export const statfs = new Struct("statfs", {
  f_type: "usize",
  f_bsize: "usize",
  f_blocks: "u64",
  f_bfree: "u64",
  f_bavail: "u64",
  f_files: "u64",
  f_ffree: "u64",
  f_fsid: "u8[8]",
  f_namelen: "usize",
  f_frsize: "usize",
  f_flags: "usize",
  f_spare: "u8[32]",
});

/** `struct rlimit64`, of `prlimit64`; `2n ** 64n - 1n` is RLIM64_INFINITY. @see prlimit(2) */
export const rlimit64 = new Struct("rlimit64", { rlim_cur: "u64", rlim_max: "u64" });

/** `struct sched_attr`, version 1 (Linux 5.3: util clamps). @see sched_setattr(2) */
export const sched_attr = new Struct("sched_attr", {
  size: "u32",
  sched_policy: "u32",
  sched_flags: "u64",
  sched_nice: "s32",
  sched_priority: "u32",
  sched_runtime: "u64",
  sched_deadline: "u64",
  sched_period: "u64",
  sched_util_min: "u32",
  sched_util_max: "u32",
});

/** `struct ucred`: what SCM_CREDENTIALS and SO_PEERCRED carry. @see unix(7) */
export const ucred = new Struct("ucred", { pid: "s32", uid: "u32", gid: "u32" });

/** `struct iovec`. @see readv(2) */
export const iovec = new Struct("iovec", { iov_base: "ptr", iov_len: "usize" });

/** `struct msghdr`. @see sendmsg(2) */
export const msghdr = new Struct("msghdr", {
  msg_name: "ptr",
  msg_namelen: "u32",
  msg_iov: "ptr",
  msg_iovlen: "usize",
  msg_control: "ptr",
  msg_controllen: "usize",
  msg_flags: "u32",
});

/** `struct cmsghdr`; its data follow, padded to 8 bytes (CMSG_ALIGN). @see cmsg(3) */
export const cmsghdr = new Struct("cmsghdr", {
  cmsg_len: "usize",
  cmsg_level: "s32",
  cmsg_type: "s32",
});

/** `struct sockaddr_un`: an empty or NUL-led path means something else in each case. @see unix(7) */
export const sockaddr_un = new Struct("sockaddr_un", { sun_family: "u16", sun_path: "u8[108]" });

/** The kernel's `struct termios` (36 bytes; the C library's is longer), of TCGETS. @see ioctl_tty(2) */
export const termios = new Struct("termios", {
  c_iflag: "u32",
  c_oflag: "u32",
  c_cflag: "u32",
  c_lflag: "u32",
  c_line: "u8",
  c_cc: "u8[19]",
});

/** `struct winsize`, of TIOCGWINSZ. @see ioctl_tty(2) */
export const winsize = new Struct("winsize", {
  ws_row: "u16",
  ws_col: "u16",
  ws_xpixel: "u16",
  ws_ypixel: "u16",
});

/** `struct __user_cap_header_struct`. @see capget(2) */
export const __user_cap_header_struct = new Struct("__user_cap_header_struct", {
  version: "u32",
  pid: "s32",
});

/** `struct __user_cap_data_struct`: two of them, low word first, in version 3. @see capget(2) */
export const __user_cap_data_struct = new Struct("__user_cap_data_struct", {
  effective: "u32",
  permitted: "u32",
  inheritable: "u32",
});

/** `siginfo_t` as waitid(2) fills it: 128 bytes, of which SIGCHLD's fields are named here. */
export const siginfo_t = new Struct("siginfo_t", {
  si_signo: "s32",
  si_errno: "s32",
  si_code: "s32",
  __pad0: "s32",
  si_pid: "s32",
  si_uid: "u32",
  si_status: "s32",
  si_utime: "s64",
  si_stime: "s64",
  __pad1: "u8[80]",
});

/** `struct signalfd_siginfo`, 128 bytes. @see signalfd(2) */
export const signalfd_siginfo = new Struct("signalfd_siginfo", {
  ssi_signo: "u32",
  ssi_errno: "s32",
  ssi_code: "s32",
  ssi_pid: "u32",
  ssi_uid: "u32",
  ssi_fd: "s32",
  ssi_tid: "u32",
  ssi_band: "u32",
  ssi_overrun: "u32",
  ssi_trapno: "u32",
  ssi_status: "s32",
  ssi_int: "s32",
  ssi_ptr: "u64",
  ssi_utime: "u64",
  ssi_stime: "u64",
  ssi_addr: "u64",
  ssi_addr_lsb: "u16",
  __pad2: "u16",
  ssi_syscall: "s32",
  ssi_call_addr: "u64",
  ssi_arch: "u32",
  __pad: "u8[28]",
});

/** `struct pollfd`; a negative descriptor is skipped. @see poll(2) */
export const pollfd = new Struct("pollfd", { fd: "s32", events: "s16", revents: "s16" });

/** `struct flock`, of F_SETLK and F_OFD_SETLK. @see fcntl(2) */
export const flock = new Struct("flock", {
  l_type: "s16",
  l_whence: "s16",
  l_start: "s64",
  l_len: "s64",
  l_pid: "s32",
});

/** `struct timespec` (`__kernel_timespec`). @see clock_gettime(2) */
export const timespec = new Struct("timespec", { tv_sec: "s64", tv_nsec: "s64" });

/** `struct sock_filter`: one instruction of classic BPF. @see seccomp(2) */
export const sock_filter = new Struct("sock_filter", { code: "u16", jt: "u8", jf: "u8", k: "u32" });

/** `struct sock_fprog`: a program of classic BPF. @see seccomp(2) */
export const sock_fprog = new Struct("sock_fprog", { len: "u16", filter: "ptr" });
