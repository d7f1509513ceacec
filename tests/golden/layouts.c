/*
 * Prints sizeof and _Alignof of every struct in ffi/, and offsetof and sizeof of its fields, as the
 * C compiler sees the kernel's headers. Its output is layouts.txt:
 *
 *   gcc -o probe layouts.c && ./probe > layouts.txt
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <asm/siginfo.h>
#include <asm/statfs.h>
#include <asm/termbits.h>
#include <asm/termios.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/mount.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/signalfd.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include <linux/un.h>
#include <linux/version.h>

/* C has no anonymous access to an enclosing struct, so BEGIN names it for the fields that follow. */
#define BEGIN(tag, type) { typedef type T; printf("%s %zu %zu\n", tag, sizeof(T), _Alignof(T));
#define F(field) printf("  %s %zu %zu\n", #field, offsetof(T, field), sizeof(((T *)0)->field));
#define END }

int main(void)
{
#if defined(__x86_64__)
	const char *machine = "x86_64";
#elif defined(__aarch64__)
	const char *machine = "aarch64";
#endif
	printf("# Linux headers %d.%d.%d, gcc %s, %s; made by layouts.c\n", LINUX_VERSION_CODE >> 16,
	       LINUX_VERSION_CODE >> 8 & 255, LINUX_VERSION_CODE & 255, __VERSION__, machine);
	printf("# struct sizeof alignof, then: field offsetof sizeof\n");

	BEGIN("clone_args", struct clone_args)
	F(flags) F(pidfd) F(child_tid) F(parent_tid) F(exit_signal) F(stack) F(stack_size) F(tls)
	F(set_tid) F(set_tid_size) F(cgroup) END
	BEGIN("open_how", struct open_how) F(flags) F(mode) F(resolve) END
	BEGIN("mount_attr", struct mount_attr) F(attr_set) F(attr_clr) F(propagation) F(userns_fd) END
	BEGIN("statx_timestamp", struct statx_timestamp) F(tv_sec) F(tv_nsec) F(__reserved) END
	BEGIN("statx", struct statx)
	F(stx_mask) F(stx_blksize) F(stx_attributes) F(stx_nlink) F(stx_uid) F(stx_gid) F(stx_mode)
	F(stx_ino) F(stx_size) F(stx_blocks) F(stx_attributes_mask) F(stx_atime) F(stx_btime)
	F(stx_ctime) F(stx_mtime) F(stx_rdev_major) F(stx_rdev_minor) F(stx_dev_major)
	F(stx_dev_minor) F(stx_mnt_id) F(stx_dio_mem_align) F(stx_dio_offset_align) END
	BEGIN("statfs", struct statfs)
	F(f_type) F(f_bsize) F(f_blocks) F(f_bfree) F(f_bavail) F(f_files) F(f_ffree) F(f_fsid)
	F(f_namelen) F(f_frsize) F(f_flags) F(f_spare) END
	BEGIN("rlimit64", struct rlimit64) F(rlim_cur) F(rlim_max) END
	BEGIN("sched_attr", struct sched_attr)
	F(size) F(sched_policy) F(sched_flags) F(sched_nice) F(sched_priority) F(sched_runtime)
	F(sched_deadline) F(sched_period) F(sched_util_min) F(sched_util_max) END
	BEGIN("ucred", struct ucred) F(pid) F(uid) F(gid) END
	BEGIN("iovec", struct iovec) F(iov_base) F(iov_len) END
	BEGIN("msghdr", struct msghdr)
	F(msg_name) F(msg_namelen) F(msg_iov) F(msg_iovlen) F(msg_control) F(msg_controllen)
	F(msg_flags) END
	BEGIN("cmsghdr", struct cmsghdr) F(cmsg_len) F(cmsg_level) F(cmsg_type) END
	BEGIN("sockaddr_un", struct sockaddr_un) F(sun_family) F(sun_path) END
	BEGIN("termios", struct termios)
	F(c_iflag) F(c_oflag) F(c_cflag) F(c_lflag) F(c_line) F(c_cc) END
	BEGIN("winsize", struct winsize) F(ws_row) F(ws_col) F(ws_xpixel) F(ws_ypixel) END
	BEGIN("__user_cap_header_struct", struct __user_cap_header_struct) F(version) F(pid) END
	BEGIN("__user_cap_data_struct", struct __user_cap_data_struct)
	F(effective) F(permitted) F(inheritable) END
	BEGIN("siginfo_t", siginfo_t)
	F(si_signo) F(si_errno) F(si_code)
	F(si_pid) F(si_uid) F(si_status) F(si_utime) F(si_stime) END
	BEGIN("signalfd_siginfo", struct signalfd_siginfo)
	F(ssi_signo) F(ssi_errno) F(ssi_code) F(ssi_pid) F(ssi_uid) F(ssi_fd) F(ssi_tid) F(ssi_band)
	F(ssi_overrun) F(ssi_trapno) F(ssi_status) F(ssi_int) F(ssi_ptr) F(ssi_utime) F(ssi_stime)
	F(ssi_addr) F(ssi_addr_lsb) F(ssi_syscall) F(ssi_call_addr) F(ssi_arch) END
	BEGIN("pollfd", struct pollfd) F(fd) F(events) F(revents) END
	BEGIN("flock", struct flock) F(l_type) F(l_whence) F(l_start) F(l_len) F(l_pid) END
	BEGIN("timespec", struct __kernel_timespec) F(tv_sec) F(tv_nsec) END
	BEGIN("sock_filter", struct sock_filter) F(code) F(jt) F(jf) F(k) END
	BEGIN("sock_fprog", struct sock_fprog) F(len) F(filter) END

	BEGIN("sockaddr_nl", struct sockaddr_nl) F(nl_family) F(nl_pad) F(nl_pid) F(nl_groups) END
	BEGIN("nlmsghdr", struct nlmsghdr)
	F(nlmsg_len) F(nlmsg_type) F(nlmsg_flags) F(nlmsg_seq) F(nlmsg_pid) END
	BEGIN("nlmsgerr", struct nlmsgerr) F(error) F(msg) END
	BEGIN("nlattr", struct nlattr) F(nla_len) F(nla_type) END
	BEGIN("ifinfomsg", struct ifinfomsg)
	F(ifi_family) F(ifi_type) F(ifi_index) F(ifi_flags) F(ifi_change) END
	BEGIN("ifaddrmsg", struct ifaddrmsg)
	F(ifa_family) F(ifa_prefixlen) F(ifa_flags) F(ifa_scope) F(ifa_index) END
	BEGIN("ifa_cacheinfo", struct ifa_cacheinfo)
	F(ifa_prefered) F(ifa_valid) F(cstamp) F(tstamp) END
	BEGIN("rtmsg", struct rtmsg)
	F(rtm_family) F(rtm_dst_len) F(rtm_src_len) F(rtm_tos) F(rtm_table) F(rtm_protocol)
	F(rtm_scope) F(rtm_type) F(rtm_flags) END
	BEGIN("ndmsg", struct ndmsg)
	F(ndm_family) F(ndm_pad1) F(ndm_pad2) F(ndm_ifindex) F(ndm_state) F(ndm_flags) F(ndm_type) END
	BEGIN("rtnexthop", struct rtnexthop)
	F(rtnh_len) F(rtnh_flags) F(rtnh_hops) F(rtnh_ifindex) END
	return 0;
}
