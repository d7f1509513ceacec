/**
 * How the process of `exec` is born, is let go, and ends when it must not be.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { POLL } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { type Child, fork } from "../../ffi/fork.ts";
import { getpid, pidfd_open, pidfd_send_signal, poll, wait4 } from "../../ffi/process.ts";
import { readSmallFile } from "../../ffi/small_file.ts";
import { recvmsg, sendmsg } from "../../ffi/socket.ts";
import type { SpecRef } from "../../spec/anchors.ts";
import { enterMain } from "../enter.ts";
import type { Execution } from "../execution.ts";
import { leaveWatch, waitToRead } from "../interruption.ts";
import { pidInside } from "../process_status.ts";
import { connectToListener, hearTape, sendListener } from "../seccomp_listener.ts";
import { publicState } from "../state.ts";
import { StepError } from "../step.ts";
import { connectToPath } from "../stream_socket.ts";
import { channelPair, reportToFailure } from "../sync.ts";
import { TerminalProxy } from "../terminal_proxy.ts";
import { checkPassedFds } from "./state.ts";

/** Our end and the process's, and the way to the console's reader. */
export function openSockets(e: Execution): void {
  checkPassedFds(e.options);
  [e.parentEnd, e.childEnd] = channelPair();
  const { consoleSocket } = e.options;
  e.consoleSocket = consoleSocket === undefined
    ? e.here?.foreground.console
    : connectToPath(consoleSocket);
}

/** A connection for this process alone: it MUST NOT be reused. */
export function connectListener(e: Execution): void {
  e.listenerConnection = connectToListener(e.plan.seccomp!.listener!);
}

/** Forks the joiner, which enters the container and as a tape makes the process: our child too, by CLONE_PARENT. */
export function spawnProcess(e: Execution): void {
  const joiner = fork({ flags: 0 }, () => {
    leaveWatch();
    return enterMain(e);
  });
  e.joiner = joiner;
  // Ours would be in the way: the end must be held by the other side alone, or its death would not end the conversation.
  e.childEnd.socket.close();
  e.consoleSocket?.close();
  const { heard } = e.parentEnd.expect("pid");
  e.child = holdChild(heard.type === "pid" ? heard.pid : 0, joiner);
  wait4(joiner.pid);
  joiner.pidfd.close();
  e.joiner = undefined;
}

/**
 * A child that is not reaped keeps its number. And a child it must be: the process was in the container before its number
 * was told, so a hostile neighbour that may trace it could have told another.
 */
function holdChild(pid: number, joiner: Child): Child {
  const pidfd = pidfd_open(pid);
  const parent = /^PPid:\t(\d+)$/m.exec(readSmallFile(`/proc/${pid}/status`) ?? "")?.[1];
  if (pid !== joiner.pid && parent === String(getpid())) return { pid, pidfd };
  pidfd.close();
  throw new Error(`Process ${pid}, which was told of, is not the one that was made`);
}

const SIGKILL = 9;
/** Arbitrary: one that is killed while it is frozen dies when it is thawed, and nobody can wait for that. Milliseconds. */
const PATIENCE = 1000;

/** Kills what was born. */
export function endProcess(e: Execution): void {
  for (const child of [e.joiner, e.child]) {
    if (child === undefined) continue;
    try {
      pidfd_send_signal(child.pidfd, SIGKILL);
    } catch (error) {
      if (!isErrno(error, E.ESRCH)) throw error;
    }
    if (poll([{ fd: child.pidfd.fd, events: POLL.POLLIN }], PATIENCE)[0] !== 0) wait4(child.pid);
    child.pidfd.close();
  }
}

/** Before the program runs, which may look at its size first of all. */
export function connectTerminal(e: Execution): void {
  const { fds: [master] } = recvmsg(e.here!.ours.fd);
  if (master === undefined) throw new Error("The terminal's master did not come");
  e.terminal = new TerminalProxy(master, e.plan.process.consoleSize);
}

/** Gives the caller's terminal its settings back. */
export function disconnectTerminal(e: Execution): void {
  e.terminal?.[Symbol.dispose]();
}

/**
 * Lets the process go on, and waits for the end of the connection (execve succeeded) or for a report. What it is told is its
 * number in the container, which LISTEN_PID takes.
 */
export function letExecute(e: Execution): void {
  const { pid } = e.child!;
  const { socket, labels } = e.parentEnd;
  sendmsg(socket.fd, new TextEncoder().encode(`${pidInside(pid)}\0`));
  const bytes = hearTape(socket, (listener) => {
    if (e.listenerConnection === undefined) throw new Error("A descriptor came unasked");
    const state = { ...publicState(e.state), status: e.status };
    sendListener(e.listenerConnection, listener, e.plan.seccomp!.listener!, { pid, state });
  }, (socket) => waitToRead(socket));
  if (bytes.length === 0) return;
  const { step, spec, message } = reportToFailure(bytes, labels);
  throw new StepError(step, spec as SpecRef, new Error(message));
}
