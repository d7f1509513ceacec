/**
 * What the steps of `exec` work on. The process that enters the container is a fork, so it has a copy of all of it.
 *
 * @module
 */
import type { OwnedFd } from "../ffi/fd.ts";
import type { Child } from "../ffi/fork.ts";
import { geteuid } from "../ffi/process.ts";
import type { SignalSet } from "../ffi/signals.ts";
import type { Config } from "../spec/schema/config.ts";
import type { ContainerStatus } from "../spec/state.ts";
import type { Here } from "./foreground.ts";
import { maskOutsideWatch } from "./interruption.ts";
import type { ExecOptions } from "./options.ts";
import type { LabelWrite } from "./plan/labels.ts";
import type { MemoryPolicyPlan } from "./plan/memory_policy.ts";
import type { PersonalityDomain } from "./plan/plan.ts";
import type { ProcessPlan } from "./plan/process.ts";
import type { SeccompPlan } from "./plan/seccomp_filter.ts";
import type { SeccompFilter } from "./seccomp.ts";
import type { Container, StoredState } from "./store.ts";
import type { Channel } from "./sync.ts";
import type { TerminalProxy } from "./terminal_proxy.ts";

/** What the process is to be. */
export interface ExecPlan {
  readonly process: ProcessPlan;
  readonly personality: PersonalityDomain | undefined;
  readonly memoryPolicy: MemoryPolicyPlan | undefined;
  readonly seccomp: SeccompPlan | undefined;
}

/** Where the process goes. */
export interface Destination {
  /** Init's: what is joined is asked of it, whatever its number means by then. */
  readonly pidfd: OwnedFd;
  /** The namespaces of init's that are not ours, `CLONE_NEW*`. */
  readonly flags: number;
  /** Its root, where it has our mount namespace and another root; else the root of its mount namespace counts. */
  readonly root: OwnedFd | undefined;
  /** Whether setgroups(2) is denied in its user namespace. */
  readonly keepGroups: boolean;
}

/** Each property is set by the step that its comment names, and used by later steps only. */
export class Execution {
  readonly options: ExecOptions;
  /** Whether somebody stays to watch, and what with. */
  readonly here: Here | undefined;
  /** The signals that the caller had blocked, for the program to inherit. */
  readonly signalMask: SignalSet;
  /** Whether we are root, of whatever user namespace. */
  readonly privileged: boolean = geteuid() === 0;

  /** "open the container" */
  container!: Container;
  state!: StoredState;
  /** "open the container": as the container has it; "read the process": with this process in it. */
  config!: Config;
  /** "check that the container runs" */
  status!: ContainerStatus;
  /** "plan the process" */
  plan!: ExecPlan;
  /** "look for the security modules" */
  labelWrites: readonly LabelWrite[] = [];
  /** "make the filter of system calls" */
  filter: SeccompFilter | undefined;
  /** "look for the namespaces" */
  destination!: Destination;
  /** "look for the namespaces": whether the process's scheduling is ours to set, since its user namespace takes the right from it. */
  schedulesProcess = false;
  /** "open the sockets" */
  parentEnd!: Channel;
  childEnd!: Channel;
  consoleSocket: OwnedFd | undefined;
  /** "open a proc of our own" */
  proc: OwnedFd | undefined;
  /** "connect to the listener of system calls" */
  listenerConnection: OwnedFd | undefined;
  /** "give birth to the process": who goes ahead of it, until it has ended; then the process. */
  joiner: Child | undefined;
  child: Child | undefined;
  /** "connect the terminal" */
  terminal: TerminalProxy | undefined;

  constructor(options: ExecOptions, here: Here | undefined) {
    this.options = options;
    this.here = here;
    this.signalMask = here?.foreground.signalMask ?? maskOutsideWatch();
  }
}
