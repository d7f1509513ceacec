/**
 * Init: what the container's first process does between its birth and the tape. The parent's half stands in create.ts.
 *
 * Everything here runs in a fork (rules in ffi/fork.ts), with a copy of the parent's memory.
 *
 * @module
 */
import type { OwnedFd } from "../ffi/fd.ts";
import { setName } from "../ffi/process.ts";
import type { Creation } from "./creation.ts";
import { hasHooks } from "./hooks.ts";
import { hasNamespace } from "./plan/namespaces.ts";
import { runSteps, type Step } from "./step.ts";
import {
  becomeRoot,
  dieWithCreate,
  hideFromOthers,
  joinKeyring,
  labelKeys,
  setLoopbackUp,
  startSession,
} from "./steps/identity.ts";
import { lendsSources, takeBindSources } from "./steps/bind_sources.ts";
import { openConsole } from "./steps/console.ts";
import {
  bindRoot,
  makeCurrentDirectory,
  pivotRoot,
  setPropagation,
  setRootPropagation,
  setRootReadonly,
  unbindRoot,
} from "./steps/rootfs.ts";
import {
  hasOwnDev,
  lockPaths,
  makeTheDevices,
  maskThePaths,
  mountTheFilesystems,
  sealMounts,
  unshareCgroup,
} from "./steps/filesystems.ts";
import { runCreateContainerHooks } from "./steps/init_hooks.ts";
import { becomeTheTape, enterCurrentDirectory, findProgram, writeTheTape } from "./steps/tape.ts";
import { openTheProc, setDomainname, setHostname, writeSysctls } from "./steps/kernel.ts";
import { sendMounted, waitForParent } from "./steps/init_sync.ts";
import type { UnsealedMounts } from "./steps/mounts.ts";
import { toFailure } from "./sync.ts";
import { stepTrace } from "./trace.ts";
import type { Tape } from "../ffi/tape/tape.ts";

/** What init's steps work on: the parent's context as it was at the fork, and what init makes itself. */
export interface InitContext {
  readonly creation: Creation;
  /** "wait for the parent ⇄1": the ways into the cgroups that init is not in yet, and out again. */
  cgroupDoors: readonly OwnedFd[];
  /** "bind the root on itself"; after the pivot it is "/". */
  root: OwnedFd;
  /** "bind the root on itself": a detached mount of the host's /dev/null, for masking files later. */
  hostNull: OwnedFd;
  /** "open a proc of our own": its root directory. */
  proc: OwnedFd;
  /** "mount the configured filesystems": what becomes read-only once the devices are in it. */
  unsealed: UnsealedMounts;
  /** "find the program": its path in the container; "" when the configuration has none. */
  program: string;
  /** "enter the current directory": false when only the container's user may enter it. */
  inCurrentDirectory: boolean;
  /** "write the tape" */
  tape: Tape;
}

/** What the container's first process does before it becomes the tape. */
export const INIT_STEPS: readonly Step<InitContext>[] = [
  {
    name: "take the sources of bind mounts",
    spec: "config.md#configMounts",
    when: (i) => lendsSources(i.creation),
    run: takeBindSources,
  },
  // ⇄1: the ID maps, the cgroup and the network devices are there from here on.
  { name: "wait for the parent ⇄1", spec: "internal", run: waitForParent },
  {
    name: "become root in the user namespace",
    spec: "config-linux.md#configLinuxUserNamespaceMappings",
    when: (i) => hasNamespace(i.creation.plan.namespaces, "user"),
    run: becomeRoot,
  },
  // After the maps: the files of /proc/<pid> of a process that is not dumpable belong to root, also when the parent is not.
  { name: "hide from other processes", spec: "internal", run: hideFromOthers },
  // After becoming root, which unties.
  { name: "die with create", spec: "internal", run: dieWithCreate },
  // Before there is anything of the container's that could stand in its place.
  { name: "open a proc of our own", spec: "internal", when: writesProc, run: openTheProc },
  { name: "start a session", spec: "de-facto", run: startSession },
  {
    name: "label new keys",
    spec: "config.md#configLinuxProcess",
    when: ({ creation: { config, options } }) =>
      !options.noNewKeyring && config.process?.selinuxLabel !== undefined,
    run: labelKeys,
  },
  {
    name: "join a new session keyring",
    spec: "de-facto",
    when: (i) => !i.creation.options.noNewKeyring,
    run: joinKeyring,
  },
  // In our cgroup, which becomes the root of the new namespace (cgroup_namespaces(7)): where we are not in it yet, for the
  // moment.
  {
    name: "unshare the cgroup namespace",
    spec: "config-linux.md#configLinuxNamespaces",
    when: (i) => i.creation.plan.namespaces.fresh.has("cgroup"),
    run: unshareCgroup,
  },
  {
    name: "bring the loopback device up",
    spec: "de-facto",
    when: (i) => i.creation.plan.namespaces.fresh.has("network"),
    run: setLoopbackUp,
  },
  {
    name: "set the propagation of the host's mounts",
    spec: "config-linux.md#configLinuxRootfsMountPropagation",
    when: (i) => i.creation.plan.namespaces.fresh.has("mount"),
    run: setPropagation,
  },
  // pivot_root(2) wants a mount point, and what we set on the root must not change the host's mount.
  {
    name: "bind the root on itself",
    spec: "config.md#configRoot",
    run: bindRoot,
    undo: unbindRoot,
  },
  {
    name: "mount the configured filesystems",
    spec: "config.md#configMounts",
    when: hasMountNamespace,
    run: mountTheFilesystems,
  },
  {
    name: "make the devices and links in /dev",
    spec: "config-linux.md#configLinuxDevices",
    when: hasOwnDev,
    run: makeTheDevices,
  },
  { name: "make the current directory", spec: "de-facto", run: makeCurrentDirectory },
  { name: "tell that the mounts are in place ⇄2 ⇄3", spec: "internal", run: sendMounted },
  // From the host's tree and in the container's namespaces, so before the root changes.
  {
    name: "run the createContainer hooks",
    spec: "config.md#configHooksCreateContainer",
    when: (i) => hasHooks(i.creation.config.hooks, "createContainer"),
    run: runCreateContainerHooks,
  },
  { name: "change the root", spec: "config.md#configRoot", run: pivotRoot },
  // After the mounts: the terminal is one of the container's own devpts.
  {
    name: "open the console",
    spec: "config.md#configProcess",
    when: (i) => i.creation.plan.process.terminal,
    run: openConsole,
  },
  {
    name: "set the host name",
    spec: "config.md#configHostname",
    when: hasHostname,
    run: setHostname,
  },
  {
    name: "set the domain name",
    spec: "config.md#configDomainname",
    when: (i) => i.creation.plan.domainname !== undefined,
    run: setDomainname,
  },
  // Through a proc of our own, which the container cannot have covered.
  {
    name: "write the sysctls",
    spec: "config-linux.md#configLinuxSysctl",
    when: (i) => Object.keys(i.creation.plan.sysctl).length > 0,
    run: writeSysctls,
  },
  // After the devices and the console, which are made in one of them.
  {
    name: "make the read-only mounts read-only",
    spec: "config.md#configMounts",
    when: hasMountNamespace,
    run: sealMounts,
  },
  {
    name: "make the root read-only",
    spec: "config.md#configRoot",
    when: (i) => i.creation.plan.rootReadonly,
    run: setRootReadonly,
  },
  {
    name: "make paths read-only",
    spec: "config-linux.md#configLinuxReadonlyPaths",
    when: (i) => i.creation.plan.readonlyPaths.length > 0,
    run: lockPaths,
  },
  {
    name: "mask paths",
    spec: "config-linux.md#configLinuxMaskedPaths",
    when: (i) => i.creation.plan.maskedPaths.length > 0,
    run: maskThePaths,
  },
  {
    name: "set the propagation of the root",
    spec: "config-linux.md#configLinuxRootfsMountPropagation",
    when: (i) => i.creation.plan.rootfsPropagation !== undefined,
    run: setRootPropagation,
  },
  {
    name: "enter the current directory",
    spec: "config.md#configProcess",
    run: enterCurrentDirectory,
  },
  // So that a missing program fails `create`, where the caller still looks at errors closely.
  {
    name: "find the program",
    spec: "de-facto",
    when: (i) => i.creation.plan.process.args.length > 0,
    run: findProgram,
  },
  { name: "write the tape", spec: "internal", run: writeTheTape },
  // Credentials, ⇄4, ⇄5, the wait for `start`, execve(2): steps/tape.ts writes them, no line of ours runs any more.
  { name: "become the tape", spec: "internal", run: becomeTheTape },
];

function hasMountNamespace(i: InitContext): boolean {
  return hasNamespace(i.creation.plan.namespaces, "mount");
}

function writesProc({ creation }: InitContext): boolean {
  return Object.keys(creation.plan.sysctl).length > 0 || creation.labelWrites.length > 0;
}

function hasHostname(i: InitContext): boolean {
  return i.creation.plan.hostname !== undefined && i.creation.plan.hostname !== "";
}

/** Runs in the fork. Returns only to report that it failed; else the process becomes the tape. */
export function initMain(creation: Creation): number {
  try {
    setName("runts:[2:INIT]");
    creation.parentEnd.socket.close();
    // The lock is create's: our copy would hold it as long as we live.
    creation.container.close();
    runSteps(INIT_STEPS, { creation } as InitContext, stepTrace());
  } catch (error) {
    creation.initEnd.send(toFailure(error));
  }
  return 1;
}
