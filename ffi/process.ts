/**
 * Processes: pidfds, signals, waiting, and the attributes that prctl(2) sets.
 *
 * @module
 */
import { check, retry } from "./check.ts";
import { PR } from "./constants.ts";
import { E, Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/** `pid_t getpid(void);` of the caller's PID namespace. @see getpid(2) */
export function getpid(): number {
  return syscall(NR.getpid);
}

/** `pid_t getppid(void);` 0 for a parent of another PID namespace. @see getppid(2) */
export function getppid(): number {
  return syscall(NR.getppid);
}

/** `uid_t geteuid(void);` @see geteuid(2) */
export function geteuid(): number {
  return syscall(NR.geteuid);
}

/** `gid_t getegid(void);` @see getegid(2) */
export function getegid(): number {
  return syscall(NR.getegid);
}

/** `int pidfd_open(pid_t pid, 0);`, close-on-exec by nature. @see pidfd_open(2), Linux 5.3 */
export function pidfd_open(pid: number): OwnedFd {
  return new OwnedFd(check(syscall(NR.pidfd_open, pid, 0), "pidfd_open", pid), `pidfd:${pid}`);
}

/** `int pidfd_send_signal(int pidfd, int sig, NULL, 0);` @see pidfd_send_signal(2), Linux 5.1 */
export function pidfd_send_signal(pidfd: OwnedFd, sig: number): void {
  check(syscall(NR.pidfd_send_signal, pidfd.fd, sig, 0, 0), "pidfd_send_signal", pidfd, sig);
}

/** `int kill(pid_t pid, int sig);` @see kill(2) */
export function kill(pid: number, sig: number): void {
  check(syscall(NR.kill, pid, sig), "kill", pid, sig);
}

/** Ends this process at once, without running anything of Deno's. @see exit_group(2) */
export function exit_group(status: number): never {
  for (;;) syscall(NR.exit_group, status);
}

/** `mode_t umask(mode_t mask);`; returns the mask that was. @see umask(2) */
export function umask(mask: number): number {
  return syscall(NR.umask, mask);
}

/** How a child ended: its exit status, or the signal that killed it. */
export interface Exit {
  readonly pid: number;
  readonly status: number;
  readonly signal: number;
}

/** The exit code a shell would report: the status, or 128 + the signal. */
export function exitCode(exit: Exit): number {
  return exit.signal === 0 ? exit.status : 128 + exit.signal;
}

const WNOHANG = 1;
/** `__WALL`: children of any kind, also one that clone3 made without an exit signal. */
const __WALL = 0x40000000;

/**
 * `pid_t wait4(pid_t pid, int *wstatus, int options, NULL);`
 *
 * @param pid A child, or -1 for any.
 * @returns undefined when there is nothing to reap (no child, or with `nohang` none that has ended).
 * @see wait4(2)
 */
export function wait4(pid: number, nohang = false): Exit | undefined {
  using m = scratch();
  const wstatus = m.zeros(8);
  const options = __WALL | (nohang ? WNOHANG : 0);
  const result = retry(() => syscall(NR.wait4, pid, wstatus, options, 0));
  if (result === 0 || result === -E.ECHILD) return undefined;
  check(result, "wait4", pid);
  const word = m.view(wstatus, 4).getInt32(0, true);
  return { pid: result, status: (word >> 8) & 0xff, signal: word & 0x7f };
}

/** `int prctl(int option, …);` @see prctl(2) */
export function prctl(option: keyof typeof PR, a = 0, b = 0): number {
  return check(syscall(NR.prctl, PR[option], a, b, 0, 0), "prctl", new Printed(option), a, b);
}

const SIGKILL = 9;

/**
 * Ties this process to its parent: it is killed when that dies. A fork, and a change of credentials, unties it.
 *
 * @see PR_SET_PDEATHSIG(2const)
 */
export function dieWithParent(): void {
  prctl("PR_SET_PDEATHSIG", SIGKILL);
}

/** Names the process as ps(1) shows it; the kernel keeps 15 bytes. @see PR_SET_NAME(2const) */
export function setName(name: string): void {
  using m = scratch();
  check(
    syscall(NR.prctl, PR.PR_SET_NAME, m.cstring(name), 0, 0, 0),
    "prctl",
    new Printed("PR_SET_NAME"),
    name,
  );
}

/** `pid_t setsid(void);` @see setsid(2) */
export function setsid(): void {
  check(syscall(NR.setsid), "setsid");
}

/** RLIM_INFINITY of the kernel. */
export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

/** Soft and hard limit. */
export interface Rlimit {
  readonly rlim_cur: bigint;
  readonly rlim_max: bigint;
}

/**
 * `int prlimit(pid_t pid, resource, const struct rlimit *new_limit, NULL);`
 *
 * @param pid 0 is the caller.
 * @see prlimit(2)
 */
export function setPrlimit(pid: number, resource: number, name: string, limit: Rlimit): void {
  using m = scratch();
  const rlimit64 = m.zeros(16);
  const view = m.view(rlimit64, 16);
  view.setBigUint64(0, limit.rlim_cur, true);
  view.setBigUint64(8, limit.rlim_max, true);
  const result = syscall(NR.prlimit64, pid, resource, rlimit64, 0);
  const printed = new Printed(`{rlim_cur=${limit.rlim_cur}, rlim_max=${limit.rlim_max}}`);
  check(result, "prlimit64", pid, new Printed(name), printed, null);
}

/** `prlimit(pid, resource, NULL, &old)`. @see prlimit(2) */
export function getPrlimit(pid: number, resource: number): Rlimit {
  using m = scratch();
  const rlimit64 = m.zeros(16);
  check(syscall(NR.prlimit64, pid, resource, 0, rlimit64), "prlimit64", pid, resource, null);
  const view = m.view(rlimit64, 16);
  return { rlim_cur: view.getBigUint64(0, true), rlim_max: view.getBigUint64(8, true) };
}

/** One entry of a poll: descriptor and the events wanted. */
export interface PollFd {
  readonly fd: number;
  readonly events: number;
}

/**
 * `int ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *tmo_p, NULL, 8);`
 *
 * @param milliseconds How long to wait at most; undefined is for ever.
 * @returns The events of each descriptor, in order; all 0 after a timeout.
 * @see ppoll(2)
 */
export function poll(fds: readonly PollFd[], milliseconds?: number): number[] {
  using m = scratch();
  const pollfds = m.zeros(Math.max(1, fds.length) * 8);
  const view = m.view(pollfds, fds.length * 8);
  fds.forEach(({ fd, events }, i) => {
    view.setInt32(i * 8, fd, true);
    view.setInt16(i * 8 + 4, events, true);
  });
  let timespec = 0;
  if (milliseconds !== undefined) {
    const whole = Math.max(0, milliseconds);
    timespec = m.words([Math.floor(whole / 1000), Math.round((whole % 1000) * 1e6)]);
  }
  check(
    retry(() => syscall(NR.ppoll, pollfds, fds.length, timespec, 0, 8)),
    "ppoll",
    fds.length,
  );
  return fds.map((_, i) => view.getInt16(i * 8 + 6, true));
}
