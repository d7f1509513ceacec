/**
 * What the steps of `create` work on. Init is a fork, so it has a copy of all of it.
 *
 * @module
 */
import type { OwnedFd } from "../ffi/fd.ts";
import { geteuid } from "../ffi/process.ts";
import type { SignalSet } from "../ffi/signals.ts";
import type { Child } from "../ffi/fork.ts";
import type { Config } from "../spec/schema/config.ts";
import type { State } from "../spec/state.ts";
import { OCI_VERSION_MAX } from "../spec/version.ts";
import type { Cgroup } from "./cgroup/manager.ts";
import type { ContainerUnit } from "./cgroup/systemd_unit.ts";
import type { GuestRoot } from "./guest_root.ts";
import { type HookSite, ownEnvironment } from "./hooks.ts";
import type { IntelRdtGroup } from "./intel_rdt.ts";
import { maskOutsideWatch } from "./interruption.ts";
import type { CgroupPlan } from "./steps/cgroup.ts";
import type { NetDeviceTransaction } from "./steps/net_devices.ts";
import type { CreateOptions } from "./options.ts";
import type { CgroupMountInfo } from "./plan/cgroups_path.ts";
import type { LabelWrite } from "./plan/labels.ts";
import type { Plan } from "./plan/plan.ts";
import { readProcessStatus } from "./process_status.ts";
import type { SeccompFilter } from "./seccomp.ts";
import { stdioNames } from "./stdio_names.ts";
import type { Container, StoredState } from "./store.ts";
import type { Channel } from "./sync.ts";

/** What a `run` that stays brings along. */
export interface Foreground {
  /** The mask before `run` blocked what it forwards: the container gets this one. */
  readonly signalMask: SignalSet;
  /** Init's end of the connection over which the terminal's master comes. */
  readonly console: OwnedFd;
}

/** Each property is set by the step that its comment names, and used by later steps only. */
export class Creation {
  readonly options: CreateOptions;
  /** Of the moment at which create began. */
  readonly created: string = rfc3339Nano();
  /** For hooks without an `env`; taken while we are still the parent. */
  readonly environment: readonly string[] = ownEnvironment();

  /** What stdio is, for a later checkpoint. */
  readonly descriptors: readonly (string | null)[] = stdioNames();

  /** Whether we are root, of whatever user namespace. */
  readonly privileged: boolean = geteuid() === 0;
  /** The signals that the caller had blocked, for the container to inherit. */
  readonly signalMask: SignalSet;

  /** "read the bundle" */
  configText = "";
  /** "validate the configuration" */
  config!: Config;
  /** "plan the container" */
  plan!: Plan;
  /** "plan the container": whether init's scheduling is ours to set, since its user namespace takes the right from it. */
  schedulesInit = false;
  /** "plan the container": whether its process may be given groups, unless it joins a user namespace, with rules of its own. */
  maySetGroups = false;
  /** "look for the security modules" */
  labelWrites: readonly LabelWrite[] = [];
  /** "make the filter of system calls" */
  filter: SeccompFilter | undefined;
  /** "reserve the ID" */
  container!: Container;
  /** "open the sockets": the ladder of sync.ts, the parent's end and init's. */
  parentEnd!: Channel;
  initEnd!: Channel;
  /** "open the sockets": where init will wait for `start`. */
  startSocket!: OwnedFd;
  /** "open the sockets": the connection that the terminal's descriptor goes over. */
  consoleSocket: OwnedFd | undefined;
  /** "let systemd make the unit" */
  unit: ContainerUnit | undefined;
  /** "let systemd make the unit": who keeps the place in it for init; undefined again when it is not needed any more. */
  placeholder: Child | undefined;
  /** "create the cgroup"; undefined where there is none to be had. */
  cgroup: Cgroup | undefined;
  /** "create the cgroup" */
  cgroupPlan!: CgroupPlan;
  /** "apply the device rules", "apply the limits": takes back what a cgroup that existed before had otherwise. */
  readonly cgroupUndo: DisposableStack = new DisposableStack();
  /** "create the cgroup": what cgroup mounts in the container show. */
  cgroupMounts: readonly CgroupMountInfo[] = [];
  /** "make the class of service" */
  intelRdt: IntelRdtGroup | undefined;
  /** "prepare the id-mapped mounts": by their index. */
  bindSources: ReadonlyMap<number, OwnedFd> = new Map();
  /** "give birth to init" */
  init: Child | undefined;
  /** "remember init" */
  state!: StoredState;
  /** "move the network devices" */
  netDevices: NetDeviceTransaction | undefined;
  /** Annotations that the state has beside the configuration's. "move the network devices" */
  readonly ownAnnotations: Record<string, string> = {};
  /** "wait for the mounts ⇄2": the root, where it is mounted in a namespace that was joined */
  guestRoot: GuestRoot | undefined;
  /** "write the pid file": its path, once it is there */
  pidFile: string | undefined;
  /** Whether the lifecycle has come to the hooks: from then on a failure leads to the poststop hooks (runtime.md#runtimeLifecycle). */
  hooksBegun = false;

  /** Whether somebody stays to watch: then a terminal is proxied, and no socket for it is needed. */
  readonly foreground: Foreground | undefined;

  constructor(options: CreateOptions, foreground?: Foreground) {
    this.options = options;
    this.foreground = foreground;
    this.signalMask = foreground?.signalMask ?? maskOutsideWatch();
  }

  /**
   * Writes what a later `delete --force` needs, should this process be killed now: as soon as there is a cgroup to remove,
   * and again when there is an init to kill.
   */
  storeCreating(): void {
    const { options, config, plan, cgroup } = this;
    const pid = this.init?.pid ?? 0;
    const saved = cgroup?.serialize();
    const systemd = this.unit?.serialize();
    const intelRdt = this.intelRdt?.serialize();
    this.state = {
      version: 1,
      ociVersion: OCI_VERSION_MAX,
      id: options.id,
      status: "creating",
      pid,
      bundle: options.bundle,
      annotations: { ...config.annotations, ...this.ownAnnotations },
      rootfs: plan.rootfs,
      created: this.created,
      ownerUid: geteuid(),
      startTime: pid === 0 ? 0 : readProcessStatus(pid)?.startTime ?? 0,
      ownPidNamespace: plan.namespaces.fresh.has("pid"),
      ...(saved === undefined ? {} : { cgroup: saved }),
      ...(systemd === undefined ? {} : { systemd }),
      ...(intelRdt === undefined ? {} : { intelRdt }),
      ...(this.guestRoot === undefined ? {} : { guestRoot: this.guestRoot }),
      ...(config.process?.terminal ? {} : { descriptors: this.descriptors }),
      ...(options.noNewKeyring ? { noNewKeyring: true } : {}),
    };
    this.container.writeState(this.state);
  }

  /** The state that hooks in the runtime's namespaces are told, without the status. */
  stateForHooks(pid: number): Omit<State, "status"> {
    const annotations = Object.keys(this.ownAnnotations).length === 0
      ? this.config.annotations
      : { ...this.config.annotations, ...this.ownAnnotations };
    return {
      ociVersion: OCI_VERSION_MAX,
      id: this.options.id,
      pid,
      bundle: this.options.bundle,
      ...(annotations === undefined ? {} : { annotations }),
    };
  }

  /** Where the hooks of the runtime's namespaces run. */
  hookSite(pid: number): HookSite {
    const { environment, options } = this;
    return { state: this.stateForHooks(pid), cwd: options.bundle, environment };
  }
}

/** Now, in UTC with nine digits of seconds, as Go's RFC3339Nano prints it. */
function rfc3339Nano(): string {
  return new Date().toISOString().replace("Z", "000000Z");
}
