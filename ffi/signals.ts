/**
 * Signals as a descriptor, and the dispositions that a program inherits.
 *
 * Deno's own signal listeners start a thread; a forking program cannot have one (see fork.ts).
 *
 * @module
 */
import { check } from "./check.ts";
import { Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";
import { read } from "./open.ts";

/** Signals 1 to 64 as bits 0 to 63 (`sigset_t` of the kernel). */
export type SignalSet = bigint;

const SIG_BLOCK = 0;
const SIG_SETMASK = 2;
const SIGPIPE = 13;
const SIGCHLD = 17;

/** The set of the given signals. */
export function signalSet(signals: readonly number[]): SignalSet {
  return signals.reduce((set, signal) => set | (1n << BigInt(signal - 1)), 0n);
}

function changeMask(how: number, set: SignalSet): SignalSet {
  using m = scratch();
  const masks = m.zeros(16);
  const view = m.view(masks, 16);
  view.setBigUint64(0, set, true);
  check(
    syscall(NR.rt_sigprocmask, how, masks, masks + 8, 8),
    "rt_sigprocmask",
    how,
    new Printed(`0x${set.toString(16)}`),
  );
  return view.getBigUint64(8, true);
}

/** Blocks signals, so that a signalfd can deliver them. Returns the mask as it was. @see sigprocmask(2) */
export function blockSignals(set: SignalSet): SignalSet {
  return changeMask(SIG_BLOCK, set);
}

/** Sets the whole mask. @see sigprocmask(2) */
export function setSignalMask(set: SignalSet): void {
  changeMask(SIG_SETMASK, set);
}

/** The descriptor that reports blocked signals. @see signalfd(2) */
export function signalfd(set: SignalSet): OwnedFd {
  using m = scratch();
  const mask = m.zeros(8);
  m.view(mask, 8).setBigUint64(0, set, true);
  const SFD_CLOEXEC = 0o2000000;
  const fd = syscall(NR.signalfd4, -1, mask, 8, SFD_CLOEXEC);
  return new OwnedFd(check(fd, "signalfd4", -1, new Printed(`0x${set.toString(16)}`)), "signalfd");
}

/** Reads the number of one signal from a signalfd; blocks until there is one. */
export function readSignal(fd: number): number {
  const siginfo = new Uint8Array(128);
  read(fd, siginfo);
  return new DataView(siginfo.buffer).getUint32(0, true);
}

/**
 * Gives SIGPIPE its default action back. Deno ignores it, and what is ignored stays ignored through execve(2): a
 * container's `yes | head` would never end.
 */
export function resetSigpipe(): void {
  setDefaultAction(SIGPIPE, "SIGPIPE");
}

const SIG_IGN = 1n;

/**
 * Gives SIGCHLD its default action back, if the caller had it ignored: then the kernel reaps our children before we can
 * ask how they ended. A handler (Deno's, after an asynchronous command) stays.
 *
 * @see wait(2)
 */
export function resetSigchld(): void {
  if (isIgnored(SIGCHLD)) setDefaultAction(SIGCHLD, "SIGCHLD");
}

/** Whether a signal is ignored. One that is blocked as well is kept all the same, and a signalfd reports it. */
export function isIgnored(signal: number): boolean {
  using m = scratch();
  const action = m.zeros(32);
  check(syscall(NR.rt_sigaction, signal, 0, action, 8), "rt_sigaction", signal, null);
  return m.view(action, 8).getBigUint64(0, true) === SIG_IGN;
}

function setDefaultAction(signal: number, name: string): void {
  using m = scratch();
  // struct kernel_sigaction: handler (0 is SIG_DFL), flags, restorer, mask.
  const action = m.zeros(32);
  check(
    syscall(NR.rt_sigaction, signal, action, 0, 8),
    "rt_sigaction",
    new Printed(name),
    new Printed("SIG_DFL"),
  );
}
