/**
 * `exec`: one more program in a container that exists. What is done inside meanwhile stands in enter.ts.
 *
 * The specification leaves it to runtimes, but for what it says of processes in general.
 *
 * @module
 */
import { exitCode } from "../ffi/process.ts";
import { Execution } from "./execution.ts";
import { type Here, inForeground, stay } from "./foreground.ts";
import { throwIfStopped, watchSignals } from "./interruption.ts";
import type { ExecOptions } from "./options.ts";
import { openOwnProc } from "./own_proc.ts";
import { runSteps, type Step } from "./step.ts";
import {
  connectListener,
  connectTerminal,
  disconnectTerminal,
  endProcess,
  letExecute,
  openSockets,
  spawnProcess,
} from "./steps/exec_birth.ts";
import {
  enterCgroup,
  enterClassOfService,
  setFinalAffinity,
  setInitialAffinity,
} from "./steps/exec_cgroup.ts";
import {
  checkStatus,
  hasLabels,
  lookForModules,
  lookForNamespaces,
  makeTheFilter,
  openContainer,
  planTheProcess,
  readProcess,
} from "./steps/exec_prepare.ts";
import { makeRoomFor, writeOomScoreAdj } from "./steps/limits.ts";
import { schedule } from "./steps/scheduling.ts";
import { deliverPidfd, writePid } from "./steps/state.ts";
import { stepTrace } from "./trace.ts";

/** What the parent does, until the program runs. */
export const EXEC_STEPS: readonly Step<Execution>[] = [
  { name: "open the container", spec: "runtime.md#runtimeState", run: openContainer },
  { name: "check that the container runs", spec: "runtime.md#runtimeState", run: checkStatus },
  { name: "read the process", spec: "config.md#configProcess", run: readProcess },
  { name: "plan the process", spec: "internal", run: planTheProcess },
  {
    name: "look for the security modules",
    spec: "config.md#configLinuxProcess",
    when: hasLabels,
    run: lookForModules,
  },
  {
    name: "make the filter of system calls",
    spec: "config-linux.md#configLinuxSeccomp",
    when: (e) => e.plan.seccomp !== undefined,
    run: makeTheFilter,
  },
  {
    name: "look for the namespaces",
    spec: "config-linux.md#configLinuxNamespaces",
    run: lookForNamespaces,
  },
  { name: "open the sockets", spec: "internal", run: openSockets },
  // The host's, which nothing in the container can cover.
  {
    name: "open a proc of our own",
    spec: "internal",
    when: (e) => e.labelWrites.length > 0,
    run: (e) => {
      e.proc = openOwnProc();
    },
  },
  {
    name: "connect to the listener of system calls",
    spec: "config-linux.md#containerprocessstate",
    when: (e) => e.plan.seccomp?.listener !== undefined,
    run: connectListener,
  },
  {
    name: "give birth to the process",
    spec: "config-linux.md#configLinuxNamespaces",
    run: spawnProcess,
    undo: endProcess,
  },
  // From here to its execution the process is the tape, and waits.
  {
    name: "set the OOM score",
    spec: "config.md#configLinuxProcess",
    when: (e) => e.plan.process.oomScoreAdj !== undefined,
    run: (e) => writeOomScoreAdj(e.child!.pid, e.plan.process.oomScoreAdj!),
  },
  {
    name: "raise the hard limits",
    spec: "config.md#configPOSIXProcess",
    when: (e) => e.plan.process.rlimits.length > 0,
    run: (e) => makeRoomFor(e.plan.process.rlimits, e.child!.pid),
  },
  {
    name: "set the initial CPU affinity",
    spec: "config.md#configLinuxProcess",
    when: (e) => e.plan.process.execCPUAffinity.initial !== undefined,
    run: setInitialAffinity,
  },
  {
    name: "put the process in the cgroup",
    spec: "config-linux.md#configLinuxControlGroups",
    when: (e) => e.state.cgroup !== undefined || e.options.cgroups.length > 0,
    run: enterCgroup,
  },
  {
    name: "set the final CPU affinity",
    spec: "config.md#configLinuxProcess",
    when: (e) => e.plan.process.execCPUAffinity.final !== undefined,
    run: setFinalAffinity,
  },
  {
    name: "schedule the process",
    spec: "config.md#configLinuxProcess",
    when: (e) => e.schedulesProcess,
    run: (e) => schedule(e.child!.pid, e.plan.process),
  },
  {
    name: "put the process in its class of service",
    spec: "config-linux.md#configLinuxIntelRdt",
    when: (e) => e.state.intelRdt !== undefined,
    run: enterClassOfService,
  },
  {
    name: "send the pidfd",
    spec: "de-facto",
    when: (e) => e.options.pidfdSocket !== undefined,
    run: (e) => deliverPidfd(e.options.pidfdSocket!, "setns", e.child!.pidfd),
  },
  {
    name: "connect the terminal",
    spec: "config.md#configProcess",
    when: (e) => e.here !== undefined && e.plan.process.terminal,
    run: connectTerminal,
    undo: disconnectTerminal,
  },
  { name: "execute the program", spec: "config.md#configProcess", run: letExecute },
  // After what can fail: whoever finds the file takes what comes then for the program's.
  {
    name: "write the pid file",
    spec: "de-facto",
    when: (e) => e.options.pidFile !== undefined,
    run: (e) => writePid(e.options.pidFile!, e.child!.pid),
  },
];

/** Runs a program in a container. @returns Its exit code, 128 + N for signal N; 0 at once when detached. */
export function exec(options: ExecOptions): number {
  if (!options.detach) return inForeground((here) => execAndStay(options, here));
  execute(options);
  return 0;
}

function execAndStay(options: ExecOptions, here: Here): number {
  const { child, terminal } = execute(options, here);
  using _terminal = terminal;
  const exit = stay(child!, here.signals, { terminal });
  terminal?.drain();
  return exitCode(exit);
}

/** When this returns the program runs. */
function execute(options: ExecOptions, here?: Here): Execution {
  using _watch = watchSignals(here?.foreground.signalMask);
  const execution = new Execution(options, here);
  try {
    runSteps(EXEC_STEPS, execution, stepTrace(), { before: throwIfStopped });
    return execution;
  } finally {
    execution.container?.close();
    execution.proc?.close();
    execution.listenerConnection?.close();
    execution.parentEnd?.socket.close();
  }
}
