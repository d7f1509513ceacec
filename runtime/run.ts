/**
 * `run`: create, start, and unless detached stay until the program ends.
 *
 * @module
 */
import { POLL, SOCK } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { type Exit, exitCode, pidfd_send_signal, poll, prctl, wait4 } from "../ffi/process.ts";
import { blockSignals, readSignal, setSignalMask, signalfd, signalSet } from "../ffi/signals.ts";
import { recvmsg, socketpair } from "../ffi/socket.ts";
import { isErrno } from "../ffi/check.ts";
import { E } from "../ffi/errno.ts";
import type { Foreground } from "./creation.ts";
import { createContainer } from "./create.ts";
import { destroy } from "./destroy.ts";
import * as log from "./log.ts";
import type { RunOptions } from "./options.ts";
import { startContainer } from "./start.ts";
import { Container } from "./store.ts";
import { TerminalProxy } from "./terminal_proxy.ts";

/** Runs a container. @returns The exit code of its program, 128 + N for signal N; 0 at once when detached. */
export function run(options: RunOptions): number {
  return options.detach ? runDetached(options) : runForeground(options);
}

function runDetached(options: RunOptions): number {
  using creation = createContainer(options);
  using container = creation.container;
  try {
    startContainer(container);
  } catch (error) {
    destroyIfThere(creation, error);
  }
  return 0;
}

/** Everything but what the kernel means for us alone: SIGKILL and SIGSTOP cannot be blocked, faults must not be. */
const OWN_SIGNALS = [4, 5, 6, 7, 8, 9, 11, 19, 31];
const FORWARDED = signalSet(
  Array.from({ length: 64 }, (_, i) => i + 1).filter((signal) => !OWN_SIGNALS.includes(signal)),
);

function runForeground(options: RunOptions): number {
  // Reaped by us, what a dying container leaves behind does not go to an init that never expected it.
  if (!options.noSubreaper) prctl("PR_SET_CHILD_SUBREAPER", 1);
  // Before the first fork: a signal that comes while the container is made waits for the container.
  const signalMask = blockSignals(FORWARDED);
  using signals = signalfd(FORWARDED);
  const [ours, console] = socketpair(SOCK.SOCK_STREAM);
  using _ours = ours;
  try {
    return runAndStay(options, { signalMask, console }, signals, ours);
  } finally {
    setSignalMask(signalMask);
  }
}

function runAndStay(
  options: RunOptions,
  foreground: Foreground,
  signals: OwnedFd,
  consoleEnd: OwnedFd,
): number {
  using creation = createContainer(options, foreground);
  using container = creation.container;
  foreground.console.close();
  using terminal = creation.plan.process.terminal
    ? new TerminalProxy(recvmsg(consoleEnd.fd).fds[0]!, creation.plan.process.consoleSize)
    : undefined;
  try {
    startContainer(container);
  } catch (error) {
    destroyIfThere(creation, error);
  }
  // Others may work on the container while it runs.
  container.unlock();
  const exit = stay(creation.init!, signals, terminal);
  terminal?.drain();
  if (!options.keep) destroyEnded(options);
  return exitCode(exit);
}

/** A start that failed has destroyed the container already if a hook was the reason. */
function destroyIfThere(
  { container, state }: ReturnType<typeof createContainer>,
  error: unknown,
): never {
  if (container.exists()) destroy(container, state, log.warn);
  throw error;
}

/** Somebody else may have deleted it meanwhile. */
function destroyEnded({ root, id }: RunOptions): void {
  using container = Container.openLockedIfAny(root, id);
  const state = container?.readStateIfAny();
  if (container !== undefined && state !== undefined) destroy(container, state, log.warn);
}

const SIGCHLD = 17;
const SIGURG = 23;
const SIGWINCH = 28;

/** Forwards signals and the terminal until init has ended; reaps everybody else on the way. */
function stay(
  init: { readonly pid: number; readonly pidfd: OwnedFd },
  signals: OwnedFd,
  terminal: TerminalProxy | undefined,
): Exit {
  for (;;) {
    const exit = reap(init.pid);
    if (exit !== undefined) return exit;
    const wanted = terminal?.wanted() ?? [];
    // Init's end is waited for by its pidfd: SIGCHLD tells of others only, and of several deaths at once only once.
    const [signalled, , ...events] = poll([
      { fd: signals.fd, events: POLL.POLLIN },
      { fd: init.pidfd.fd, events: POLL.POLLIN },
      ...wanted,
    ]);
    terminal?.move(wanted, events);
    if (signalled !== 0) handle(readSignal(signals.fd), init.pidfd, terminal);
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
