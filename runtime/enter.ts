/**
 * Entering a container: what `exec` does in it. The parent's half stands in exec.ts.
 *
 * Those who live in the container may be hostile, and may trace what they see. So nobody of ours is ever seen: the joiner
 * enters every namespace but stays outside of the container's PID namespace, which setns(2) joins for children only. There it
 * looks at the container's tree, and becomes a tape. Only the tape makes a child, which is in the PID namespace from birth
 * on: a few pages of system calls, whose program is a sealed memfd, with no descriptor but its stdio and a socket
 * (CVE-2016-9962, CVE-2019-5736).
 *
 * ```text
 *  parent (exec.ts)                        joiner                               process
 *    │ clone3 ───────────────────────────▶ │ setns, looks, execs the tape
 *    │ ◀──────────── labels of the tape ── │
 *    │                                     │ clone3(CLONE_PARENT) ──────────▶ │ waits
 *    │ ◀───────────────────────── pid ──── │ exits                            │
 *    │ limits, cgroup, affinity, …                                            │
 *    │ ── its pid in the container ─────────────────────────────────────────▶ │ labels are there; credentials,
 *    │                                                                        │ filter, execve
 *    │ ◀──────────────────────────────── a report, or the end of the connection
 * ```
 *
 * @module
 */
import { chroot, fchdir } from "../ffi/directory.ts";
import { NAMESPACE_FLAGS } from "./plan/namespaces.ts";
import { setns } from "../ffi/namespace.ts";
import { setName } from "../ffi/process.ts";
import type { Tape } from "../ffi/tape/tape.ts";
import type { Execution } from "./execution.ts";
import { writeOwnProc } from "./own_proc.ts";
import { enterDirectory, findExecutable } from "./program_path.ts";
import { runSteps, type Step } from "./step.ts";
import { becomeExecTape, openExecTerminal, writeExecTape } from "./steps/exec_tape.ts";
import { becomeRoot, dieWithCreate, hideFromOthers, joinKeyringOf } from "./steps/identity.ts";
import { toFailure } from "./sync.ts";
import { stepTrace } from "./trace.ts";

/** What the joiner's steps work on: the parent's context as it was at the fork, and what the joiner finds. */
export interface EnterContext {
  readonly execution: Execution;
  /** "find the program": its path in the container. */
  program: string;
  /** "enter the current directory": false when only the container's user may enter it. */
  inCurrentDirectory: boolean;
  /** "write the tape" */
  tape: Tape;
}

/** What the joiner does before it becomes the tape. */
export const ENTER_STEPS: readonly Step<EnterContext>[] = [
  { name: "hide from other processes", spec: "internal", run: hideFromOthers },
  {
    name: "join the namespaces",
    spec: "config-linux.md#configLinuxNamespaces",
    when: ({ execution: { destination } }) => destination.flags !== 0,
    run: joinNamespaces,
  },
  // A mount namespace of the container's own has brought its root along.
  {
    name: "change the root",
    spec: "config.md#configRoot",
    when: ({ execution: { destination } }) => destination.root !== undefined,
    run: changeRoot,
  },
  {
    name: "become root in the user namespace",
    spec: "config-linux.md#configLinuxUserNamespaceMappings",
    when: joinsUserNamespace,
    run: becomeRoot,
  },
  // After becoming root, which unties.
  { name: "die with exec", spec: "internal", run: dieWithCreate },
  {
    name: "label new keys",
    spec: "config.md#configLinuxProcess",
    when: ({ execution: { config, state } }) =>
      state.noNewKeyring !== true && config.process?.selinuxLabel !== undefined,
    run: labelKeys,
  },
  {
    name: "join the session keyring",
    spec: "de-facto",
    when: ({ execution: { state } }) => state.noNewKeyring !== true,
    run: joinKeyring,
  },
  {
    name: "open the terminal",
    spec: "config.md#configProcess",
    when: ({ execution: { plan } }) => plan.process.terminal,
    run: openExecTerminal,
  },
  {
    name: "enter the current directory",
    spec: "config.md#configProcess",
    run: (i) => {
      i.inCurrentDirectory = enterDirectory(i.execution.plan.process.cwd);
    },
  },
  {
    name: "find the program",
    spec: "config.md#configProcess",
    run: (i) => {
      const { args, env } = i.execution.plan.process;
      i.program = findExecutable(args[0]!, env);
    },
  },
  { name: "write the tape", spec: "internal", run: writeExecTape },
  // The birth of the process, credentials, execve(2): steps/exec_tape.ts writes them, no line of ours runs any more.
  { name: "become the tape", spec: "internal", run: becomeExecTape },
];

/** All at once and by the pidfd: the kernel then asks for the rights in the old and the new user namespace. */
function joinNamespaces({ execution: { destination } }: EnterContext): void {
  setns(destination.pidfd, destination.flags);
}

function changeRoot({ execution: { destination } }: EnterContext): void {
  fchdir(destination.root!.fd);
  chroot(".");
}

function joinsUserNamespace({ execution: { destination } }: EnterContext): boolean {
  return (destination.flags & NAMESPACE_FLAGS.user) !== 0;
}

/** As for init's keyring. The next execve(2) ends this. */
function labelKeys({ execution: { config, proc } }: EnterContext): void {
  writeOwnProc(proc!, "thread-self/attr/keycreate", config.process!.selinuxLabel!);
}

/** The container's, as far as it may be searched; in any case not the caller's. */
function joinKeyring(i: EnterContext): void {
  joinKeyringOf(i.execution.options.id, joinsUserNamespace(i));
}

/** Runs in the fork. Returns only to report that it failed; else the process becomes the tape. */
export function enterMain(execution: Execution): number {
  try {
    setName("runts:[1:EXEC]");
    execution.parentEnd.socket.close();
    execution.container.close();
    runSteps(ENTER_STEPS, { execution } as EnterContext, stepTrace());
  } catch (error) {
    execution.childEnd.send(toFailure(error));
  }
  return 1;
}
