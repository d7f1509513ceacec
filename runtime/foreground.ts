/**
 * Staying with a program until it ends: what `run` and `exec` do when they are not detached.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { POLL, SOCK } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { type Exit, pidfd_send_signal, poll, wait4 } from "../ffi/process.ts";
import { blockSignals, readSignal, setSignalMask, signalfd, signalSet } from "../ffi/signals.ts";
import { socketpair } from "../ffi/socket.ts";
import type { Foreground } from "./creation.ts";
import type { NotifyProxy } from "./notify_socket.ts";
import type { TerminalProxy } from "./terminal_proxy.ts";

/** Everything but what the kernel means for us alone: SIGKILL and SIGSTOP cannot be blocked, faults must not be. */
const OWN_SIGNALS = [4, 5, 6, 7, 8, 9, 11, 19, 31];
const FORWARDED = signalSet(
  Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => !OWN_SIGNALS.includes(signal)),
);

/** What the one who stays has open. */
export interface Here {
  readonly foreground: Foreground;
  readonly signals: OwnedFd;
  /** Our end of the connection over which the terminal's master comes. */
  readonly ours: OwnedFd;
}

/** Calls `action` with the signals blocked that are forwarded meanwhile. */
export function inForeground(action: (here: Here) => number): number {
  // Before the first fork: a signal that comes while the container is made waits for the container, unless it stops us.
  const signalMask = blockSignals(FORWARDED);
  using signals = signalfd(FORWARDED);
  const [ours, console] = socketpair(SOCK.SOCK_STREAM);
  using _ours = ours;
  try {
    return action({ foreground: { signalMask, console }, signals, ours });
  } finally {
    setSignalMask(signalMask);
  }
}

const SIGCHLD = 17;
const SIGURG = 23;
const SIGWINCH = 28;

/** What passes between the container and the caller while it runs. */
export interface Between {
  readonly terminal: TerminalProxy | undefined;
  readonly notify?: NotifyProxy | undefined;
}

/** Forwards signals and the terminal until the process has ended; reaps everybody else on the way. */
export function stay(
  process: { readonly pid: number; readonly pidfd: OwnedFd },
  signals: OwnedFd,
  { terminal, notify }: Between,
): Exit {
  let isReady = notify === undefined;
  for (;;) {
    const exit = reap(process.pid);
    if (exit !== undefined) return exit;
    const wanted = terminal?.wanted() ?? [];
    // Its end is waited for by its pidfd: SIGCHLD tells of others only, and of several deaths at once only once.
    const [signalled, , heard, ...events] = poll([
      { fd: signals.fd, events: POLL.POLLIN },
      { fd: process.pidfd.fd, events: POLL.POLLIN },
      // A negative descriptor is passed over (poll(2)).
      { fd: isReady ? -1 : notify!.fd, events: POLL.POLLIN },
      ...wanted,
    ]);
    if (heard !== 0) isReady = notify!.hear();
    terminal?.move(wanted, events);
    if (signalled !== 0) handle(readSignal(signals.fd), process.pidfd, terminal);
  }
}

function reap(pid: number): Exit | undefined {
  for (;;) {
    const exit = wait4(-1, true);
    if (exit === undefined || exit.pid === pid) return exit;
  }
}

function handle(signal: number, pidfd: OwnedFd, terminal: TerminalProxy | undefined): void {
  // The runtime system's own business, not the user's.
  if (signal === SIGCHLD || signal === SIGURG) return;
  if (signal === SIGWINCH && terminal !== undefined) return terminal.resize();
  try {
    pidfd_send_signal(pidfd, signal);
  } catch (error) {
    if (!isErrno(error, E.ESRCH)) throw error;
  }
}
