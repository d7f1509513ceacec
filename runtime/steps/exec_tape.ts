/**
 * The tape of `exec`: it makes the process in the container's PID namespace, and the process becomes the program.
 *
 * @module
 */
import { CLONE, IOCTL, O, PR } from "../../ffi/constants.ts";
import { execveat } from "../../ffi/fork.ts";
import { memfd_create_exec, seal } from "../../ffi/memfd.ts";
import { NR } from "../../ffi/numbers.ts";
import { closeOnExecFrom, dup3, dupAbove, open, write } from "../../ffi/open.ts";
import { resetSigpipe, setSignalMask } from "../../ffi/signals.ts";
import { fchownStdio, setUmask } from "../../ffi/stdio.ts";
import { type Address, type ResultOf, Tape } from "../../ffi/tape/tape.ts";
import { setAttributes, writeLabels } from "../attribute_records.ts";
import { grantedCapabilities } from "../capabilities.ts";
import type { EnterContext } from "../enter.ts";
import type { Execution } from "../execution.ts";
import * as log from "../log.ts";
import { homeDirectory } from "../passwd.ts";
import { withHome } from "../program_path.ts";
import { planLoading } from "../seccomp_records.ts";
import { withListenFds } from "../service_manager.ts";
import { becomeUser, executeProgram, setLimits } from "../tape_records.ts";
import { openTerminal } from "./console.ts";

/** The first descriptor that is not the program's. */
function firstOwnFd({ options: { listenFds, preserveFds } }: Execution): number {
  return 3 + listenFds + preserveFds;
}

/** A terminal in the container's devpts, as stdio. It becomes the controlling one in the session that the tape starts. */
export function openExecTerminal({ execution: { plan, consoleSocket } }: EnterContext): void {
  using root = open("/", O.O_PATH | O.O_DIRECTORY);
  using peer = openTerminal(root, plan.process.consoleSize, consoleSocket!);
  for (const fd of [0, 1, 2]) dup3(peer.fd, fd, 0);
}

/** Writes everything that is left to do as a list of system calls. */
export function writeExecTape(i: EnterContext): void {
  const { plan, destination, filter, labelWrites, childEnd } = i.execution;
  const { process } = plan;
  const first = firstOwnFd(i.execution);
  const tape = new Tape({ errorFd: first });
  hide(tape);
  // Before there is anybody to be traced: the descriptor shows the host's processes. A child inherits the labels.
  writeLabels(tape, labelWrites, first + 1);
  bearChild(tape, first);
  startSession(tape, process.terminal);
  const told = waitToBePlaced(tape, first);
  setAttributes(tape, { ...plan, ...scheduling(i.execution) });
  const capabilities = grantedCapabilities(process.capabilities, log.warn);
  const user = { ...process, capabilities };
  const loading = filter && planLoading(filter, user, first);
  becomeUser(tape, user, {
    cwd: i.inCurrentDirectory ? undefined : process.cwd,
    keepGroups: destination.keepGroups,
    extra: loading?.extra ?? 0n,
  });
  // What changes the user may make it dumpable again (fs.suid_dumpable).
  hide(tape);
  setLimits(tape, process.rlimits);
  const program = { path: i.program, argv: process.args, envp: environment(i, told) };
  executeProgram(tape, { ...program, closeFrom: first, filter: loading });
  i.tape = tape;
  if (log.isDebug()) log.debug(`the tape:\n${tape.describe()}`);
  childEnd.send({ type: "tape", labels: tape.labels });
}

function scheduling(e: Execution): Pick<Execution["plan"]["process"], "scheduler" | "ioPriority"> {
  const { scheduler, ioPriority } = e.plan.process;
  return e.schedulesProcess
    ? { scheduler: undefined, ioPriority: undefined }
    : { scheduler, ioPriority };
}

function hide(tape: Tape): void {
  tape.begin("hide from other processes", "internal");
  tape.call(NR.prctl, [PR.PR_SET_DUMPABLE, 0, 0, 0, 0], { text: "prctl(PR_SET_DUMPABLE, 0)" });
}

/** The process, as a sibling; what follows is for it alone. The one who has made it tells its pid and ends. */
function bearChild(tape: Tape, errorFd: number): void {
  tape.begin("give birth to the process", "config-linux.md#configLinuxNamespaces");
  // struct clone_args: flags, and ten fields of which none is needed (clone3(2)).
  const clone_args = tape.words([CLONE.CLONE_PARENT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const pid = tape.zeros(8);
  const child = tape.call(NR.clone3, [clone_args, 88], {
    text: "clone3({flags=CLONE_PARENT}, 88)",
    storeInto: pid,
  });
  unlessChild(tape, child);
  tape.call(NR.write, [errorFd, pid, 4], { text: `write(${errorFd}, <pid>, 4)` });
  unlessChild(tape, child);
  tape.call(NR.exit_group, [0], { text: "exit_group(0)" });
}

/**
 * The next record is for the parent alone. A tape has no branches, but steps over a record after a success: this call
 * succeeds with the 0 that the child got, where it says what was said already, and fails with any pid of a child.
 */
function unlessChild(tape: Tape, child: ResultOf): void {
  tape.call(NR.prctl, [PR.PR_SET_DUMPABLE, child, 0, 0, 0], {
    text: `prctl(PR_SET_DUMPABLE, ${child})`,
    skipNextOnSuccess: true,
  });
}

function startSession(tape: Tape, hasTerminal: boolean): void {
  tape.begin("start a session", "de-facto");
  tape.call(NR.setsid, [], { text: "setsid()" });
  if (!hasTerminal) return;
  tape.call(NR.ioctl, [0, IOCTL.TIOCSCTTY, 0], { text: "ioctl(0, TIOCSCTTY, 0)" });
}

const LISTEN_PID = new TextEncoder().encode("LISTEN_PID=");
/** More than the digits of any pid and the NUL behind them. */
const ROOM = 16;

/** Waits for the parent, which tells the pid that the process has in the container. @returns `LISTEN_PID=…` with that pid. */
function waitToBePlaced(tape: Tape, errorFd: number): Address {
  tape.begin("wait to be put in place", "internal");
  const bytes = new Uint8Array(LISTEN_PID.length + ROOM);
  bytes.set(LISTEN_PID);
  const variable = tape.bytes(bytes);
  tape.call(NR.read, [errorFd, variable + LISTEN_PID.length, ROOM], {
    text: `read(${errorFd}, …, ${ROOM})`,
    retryOnEintr: true,
    // The parent is gone, and nobody knows of us.
    zeroIsFatal: true,
  });
  return variable;
}

/** The container's, with HOME; and what a service manager says to its services, where there is one. */
function environment(i: EnterContext, listenPid: Address): readonly (string | Address)[] {
  const { plan: { process }, options: { listenFds } } = i.execution;
  using root = open("/", O.O_PATH | O.O_DIRECTORY);
  const env = withHome(process.env, () => homeDirectory(root, process.uid));
  if (listenFds === 0) return env;
  const told = withListenFds(env, listenFds, 0);
  return [...told.filter((variable) => !variable.startsWith("LISTEN_PID=")), listenPid];
}

/** Leaves V8 behind. What the tape needs gets its numbers now; everything else of ours goes with this program. */
export function becomeExecTape(i: EnterContext): void {
  const { childEnd, proc, plan, signalMask } = i.execution;
  const { umask, uid } = plan.process;
  using image = memfd_create_exec("runts-exec");
  write(image.fd, i.tape.encode(Deno.build.arch));
  seal(image.fd);
  const first = firstOwnFd(i.execution);
  // High above those numbers, lest one of the copies below land on what is still needed.
  const memfd = dupAbove(image.fd, first + 16);
  const report = dupAbove(childEnd.socket.fd, first + 16);
  const labels = proc && dupAbove(proc.fd, first + 16);
  fchownStdio(uid);
  if (umask !== undefined) setUmask(umask);
  resetSigpipe();
  setSignalMask(signalMask);
  dup3(report.fd, first, 0);
  if (labels !== undefined) dup3(labels.fd, first + 1, 0);
  // From here on errors are told over the copy: the channel's own descriptor may have been one of the two numbers.
  childEnd.moveTo(report);
  closeOnExecFrom(first + (labels === undefined ? 1 : 2));
  execveat(memfd, ["runts-exec"], []);
}
