/**
 * Running a program inside a container that exists: the startContainer hooks.
 *
 * The program comes from the image, so it gets what the image's own program gets: the container's namespaces, root, user,
 * capabilities and labels. It is started by a tape, like the container's program: no process with our executable is ever in the
 * container's PID namespace while that has others in it (CVE-2019-5736).
 *
 * @module
 */
import { O, SOCK } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { execveat, fork, setUndumpable } from "../ffi/fork.ts";
import { setns } from "../ffi/namespace.ts";
import { chroot, fchdir } from "../ffi/directory.ts";
import { memfd_create_exec, seal } from "../ffi/memfd.ts";
import { dup3, dupAbove, open, write, writeString } from "../ffi/open.ts";
import { dieWithParent, exitCode, wait4 } from "../ffi/process.ts";
import { NR } from "../ffi/numbers.ts";
import { sendmsg, socketpair } from "../ffi/socket.ts";
import { Tape } from "../ffi/tape/tape.ts";
import type { Config } from "../spec/schema/config.ts";
import type { State } from "../spec/state.ts";
import { writeLabels } from "./attribute_records.ts";
import { grantedCapabilities } from "./capabilities.ts";
import { type Outcome, type Program, runProgram } from "./child_process.ts";
import * as log from "./log.ts";
import { openOwnProc } from "./own_proc.ts";
import type { LabelWrite } from "./plan/labels.ts";
import { NAMESPACE_FLAGS, planNamespaces } from "./plan/namespaces.ts";
import { planProcess } from "./plan/process.ts";
import { type ListenerPlan, planSeccomp } from "./plan/seccomp_filter.ts";
import { holdProcess, pidInside } from "./process_status.ts";
import { makeFilter, type SeccompFilter } from "./seccomp.ts";
import { connectToListener, hearTape, sendListener } from "./seccomp_listener.ts";
import { planLoading } from "./seccomp_records.ts";
import { labelWrites } from "./security_modules.ts";
import { publicState } from "./state.ts";
import type { StoredState } from "./store.ts";
import { reportToFailure } from "./sync.ts";
import { becomeUser, executeProgram } from "./tape_records.ts";

/** The container that is joined. */
interface Joined {
  readonly pidfd: OwnedFd;
  /** Its root directory: joining the mount namespace is not enough where the root was not pivoted. */
  readonly root: OwnedFd;
  /** The directories of its cgroup, one in each hierarchy. */
  readonly cgroups: readonly string[];
  readonly config: Config;
  /** Whether setgroups(2) is denied in its user namespace. */
  readonly keepGroups: boolean;
  /** Its labels. */
  readonly labels: readonly LabelWrite[];
  /** Its filter of system calls. */
  readonly filter: SeccompFilter | undefined;
  readonly listener: ListenerPlan | undefined;
  /** What the listener's receiver is told. */
  readonly state: State;
}

/** Calls `action` with a way to run programs in the container, and with the pid that init has in there. */
export function runInContainer(
  state: StoredState,
  config: Config,
  action: (run: (program: Program) => Outcome, pid: number) => void,
): void {
  const { pid = 0 } = state;
  using pidfd = holdProcess(pid, state.startTime);
  if (pidfd === undefined) throw new Error("container not running");
  using root = open(`/proc/${pid}/root`, O.O_PATH | O.O_DIRECTORY);
  const keepGroups = Deno.readTextFileSync(`/proc/${pid}/setgroups`).trim() === "deny";
  const cgroups = Object.values(state.cgroup?.paths ?? {});
  const seccomp = config.linux?.seccomp && planSeccomp(config.linux.seccomp);
  const filter = seccomp && makeFilter(seccomp);
  const joined: Joined = {
    pidfd,
    root,
    cgroups,
    config,
    keepGroups,
    labels: labelWrites(config),
    filter,
    listener: seccomp?.listener,
    state: publicState(state),
  };
  action((program) => runProgram(program, (p) => becomeInside(p, joined)), pidInside(pid));
}

/** In the fork: joins, and forks once more, since a PID namespace is joined by children only. */
function becomeInside(program: Program, joined: Joined): number {
  const { pidfd, root, config, listener, state } = joined;
  setUndumpable();
  // While the host's paths can be named.
  const procs = joined.cgroups.map((directory) => open(`${directory}/cgroup.procs`, O.O_WRONLY));
  const connection = listener && connectToListener(listener);
  const { fresh, joined: others } = planNamespaces(config.linux);
  let flags = 0;
  for (const type of [...fresh, ...others.map((join) => join.type)]) flags += NAMESPACE_FLAGS[type];
  if (flags !== 0) setns(pidfd, flags);
  fchdir(root.fd);
  chroot(".");
  fchdir(root.fd);
  // With `start` killed nobody waits for the hook, and we would hold the container's lock. After setns, which unties.
  dieWithParent();
  const [ours, theirs] = socketpair(SOCK.SOCK_SEQPACKET);
  const tape = writeTape(program, joined);
  const child = fork({ flags: 0 }, () => becomeTape(tape, theirs, joined.labels.length > 0));
  theirs.close();
  // It waits for that as a tape: what V8 holds is not charged to the container.
  for (const file of procs) writeString(file.fd, String(child.pid));
  sendmsg(ours.fd, new TextEncoder().encode("G"));
  const bytes = hearTape(ours, (fd) => {
    sendListener(connection!, fd, listener!, { pid: child.pid, state });
  });
  if (bytes.length > 0) {
    const { message } = reportToFailure(bytes, tape.labels);
    write(2, new TextEncoder().encode(message));
  }
  const exit = wait4(child.pid);
  return exit === undefined ? 127 : exitCode(exit);
}

/** Where the tape reports: above stdio, which is all that the program gets. */
const ERROR_FD = 3;
/** Where it finds a proc to write the labels through. */
const PROC_FD = 4;

function writeTape(program: Program, { config, keepGroups, labels, filter }: Joined): Tape {
  const plan = planProcess(config.process);
  const tape = new Tape({ errorFd: ERROR_FD });
  tape.begin("wait to be put in the cgroup", "internal");
  tape.call(NR.read, [ERROR_FD, tape.zeros(8), 8], {
    text: `read(${ERROR_FD}, …, 8)`,
    retryOnEintr: true,
    zeroIsFatal: true,
  });
  writeLabels(tape, labels, PROC_FD);
  const capabilities = grantedCapabilities(plan.capabilities, log.warn);
  const user = { ...plan, capabilities };
  const loading = filter && planLoading(filter, user, ERROR_FD);
  becomeUser(tape, user, { cwd: program.cwd, keepGroups, extra: loading?.extra ?? 0n });
  const { path, argv, envp } = program;
  executeProgram(tape, { path, argv, envp, closeFrom: ERROR_FD, filter: loading });
  return tape;
}

/** In the container's PID namespace. What goes wrong is told where the program would have written. */
function becomeTape(tape: Tape, reports: OwnedFd, hasLabels: boolean): number {
  try {
    using image = memfd_create_exec("runts-hook");
    write(image.fd, tape.encode(Deno.build.arch));
    seal(image.fd);
    // High above the numbers that the tape uses, lest a copy land on what is still needed.
    const [memfd, report] = [image, reports].map(({ fd }) => dupAbove(fd, ERROR_FD + 16)) as [
      OwnedFd,
      OwnedFd,
    ];
    const proc = hasLabels ? dupAbove(openOwnProc().fd, ERROR_FD + 16) : undefined;
    dup3(report.fd, ERROR_FD, 0);
    if (proc !== undefined) dup3(proc.fd, PROC_FD, 0);
    execveat(memfd, ["runts-hook"], []);
  } catch (error) {
    write(2, new TextEncoder().encode(error instanceof Error ? error.message : String(error)));
  }
  return 127;
}
