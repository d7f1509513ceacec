/**
 * `create`: what the parent does, from top to bottom. What init does meanwhile stands in init.ts; ⇄ marks the places where
 * one waits for the other (sync.ts has the picture).
 *
 * @module
 */
import { Creation, type Foreground } from "./creation.ts";
import type { CreateOptions } from "./options.ts";
import { runSteps, type Step } from "./step.ts";
import { throwIfStopped, watchSignals } from "./interruption.ts";
import { stepTrace } from "./trace.ts";
import { hasHooks } from "./hooks.ts";
import {
  createCgroup,
  delegateCgroup,
  doWithoutCgroup,
  enterCgroup,
  enterWholeCgroup,
  leaveForNow,
  removeCgroup,
} from "./steps/cgroup.ts";
import { limitDevices, limitResources, undoLimits } from "./steps/cgroup_limits.ts";
import {
  closeSockets,
  handOver,
  openSockets,
  releaseId,
  removePidFile,
  reserveId,
  sendPidfd,
  storeCreated,
  storeCreating,
  writePidFile,
} from "./steps/state.ts";
import {
  addNotifySocket,
  checkId,
  lookForSecurityModules,
  planTheContainer,
  readBundle,
  validateConfiguration,
} from "./steps/prepare.ts";
import {
  runCreateRuntimeHooks,
  runPoststopHooksAfterFailure,
  runPrestartHooks,
} from "./steps/create_hooks.ts";
import { lendBindSources, lendsSources } from "./steps/bind_sources.ts";
import { closeIdMappedMounts, prepareIdMappedMounts } from "./steps/id_mapped_mounts.ts";
import { makeTheFilter } from "./steps/seccomp.ts";
import {
  endInit,
  letInitFinish,
  letInitMount,
  removeMounts,
  spawnInit,
  waitForMounts,
} from "./steps/spawn.ts";
import { raiseHardLimits, setOomScoreAdj } from "./steps/limits.ts";
import { createIntelRdt, putInitInIntelRdt, undoIntelRdt } from "./steps/intel_rdt.ts";
import { leaveNetDevices, moveNetDevices, returnNetDevices } from "./steps/move_net_devices.ts";
import { scheduleInit } from "./steps/scheduling.ts";
import { dismissPlaceholder, startUnit, undoUnit } from "./steps/systemd.ts";
import { writeIdMaps } from "./steps/write_id_maps.ts";

/** What the parent does, up to the status `created`. */
export const CREATE_STEPS: readonly Step<Creation>[] = [
  { name: "check the container ID", spec: "runtime.md#runtimeCreate", run: checkId },
  { name: "read the bundle", spec: "bundle.md#containerFormat", run: readBundle },
  {
    name: "validate the configuration",
    spec: "config.md#configuration",
    run: validateConfiguration,
  },
  {
    name: "add a socket for sd_notify",
    spec: "de-facto",
    when: (c) => c.options.notifySocket !== undefined,
    run: addNotifySocket,
  },
  { name: "plan the container", spec: "internal", run: planTheContainer },
  {
    name: "look for the security modules",
    spec: "config.md#configLinuxProcess",
    when: hasLabels,
    run: lookForSecurityModules,
  },
  {
    name: "make the filter of system calls",
    spec: "config-linux.md#configLinuxSeccomp",
    when: (c) => c.plan.seccomp !== undefined,
    run: makeTheFilter,
  },
  {
    name: "do without a cgroup",
    spec: "de-facto",
    when: (c) => c.options.cgroupManager === "disabled",
    run: doWithoutCgroup,
  },
  // Nothing on the host has changed up to here.
  {
    name: "reserve the ID",
    spec: "runtime.md#runtimeCreate",
    run: reserveId,
    undo: (c) => {
      releaseId(c);
      // Undone last, so everything else is gone: 13 of the lifecycle comes after 12.
      runPoststopHooksAfterFailure(c);
    },
  },
  { name: "open the sockets", spec: "internal", run: openSockets, undo: closeSockets },
  {
    name: "let systemd make the unit",
    spec: "config-linux.md#configLinuxCgroupsPath",
    when: (c) => c.options.cgroupManager === "systemd",
    run: startUnit,
    undo: undoUnit,
  },
  {
    name: "create the cgroup",
    spec: "config-linux.md#configLinuxCgroupsPath",
    when: (c) => c.options.cgroupManager !== "disabled",
    run: createCgroup,
    undo: removeCgroup,
  },
  {
    name: "make the class of service",
    spec: "config-linux.md#configLinuxIntelRdt",
    when: (c) => c.plan.intelRdt !== undefined,
    run: createIntelRdt,
    undo: undoIntelRdt,
  },
  // With our credentials, and our view of the host: a mount is id-mapped by who owns its filesystem's user namespace.
  {
    name: "prepare the id-mapped mounts",
    spec: "config.md#configMounts",
    when: (c) => !lendsSources(c) && c.plan.mounts.some((mount) => mount.idmap !== undefined),
    run: prepareIdMappedMounts,
    undo: closeIdMappedMounts,
  },
  {
    name: "give birth to init",
    spec: "config-linux.md#configLinuxNamespaces",
    run: spawnInit,
    undo: endInit,
  },
  // A runtime killed after this line leaves enough for `delete --force` to find init and its cgroup.
  { name: "remember init", spec: "runtime.md#runtimeState", run: storeCreating },
  // Before init does anything: what it forks is born into the same cgroup. Not yet where it would count: until it is the
  // tape init has our size, and a limit is for the container.
  {
    name: "put init in the cgroup",
    spec: "config-linux.md#configLinuxControlGroups",
    when: hasCgroup,
    run: enterCgroup,
  },
  {
    name: "write the ID maps",
    spec: "config-linux.md#configLinuxUserNamespaceMappings",
    when: (c) => c.plan.namespaces.fresh.has("user"),
    run: writeIdMaps,
  },
  // After the maps, which say who the container's user is to us.
  {
    name: "hand the cgroup to the container's user",
    spec: "config-linux.md#configLinuxCgroupsPath",
    when: (c) => c.cgroupPlan.isDelegated,
    run: delegateCgroup,
  },
  // With our credentials: lowering the score takes CAP_SYS_RESOURCE in the initial user namespace.
  {
    name: "set the OOM score",
    spec: "config.md#configLinuxProcess",
    when: (c) => c.plan.process.oomScoreAdj !== undefined,
    run: setOomScoreAdj,
  },
  // With our credentials: it takes CAP_SYS_RESOURCE in the initial user namespace. The limits themselves come with the last
  // lines of the tape, since init needs more memory and descriptors than a container may be given.
  {
    name: "raise the hard limits",
    spec: "config.md#configPOSIXProcess",
    when: (c) => c.plan.process.rlimits.length > 0,
    run: raiseHardLimits,
  },
  // After the namespaces exist; before sysctls and hooks, which work on the devices; by us, who may use both namespaces.
  {
    name: "move the network devices",
    spec: "config-linux.md#configLinuxNetworkDevices",
    when: (c) => c.plan.netDevices.length > 0,
    run: moveNetDevices,
    undo: returnNetDevices,
  },
  // With our credentials, from init's root; after the maps, by which mounts may be mapped.
  {
    name: "open the sources of bind mounts",
    spec: "config.md#configMounts",
    when: lendsSources,
    run: lendBindSources,
  },
  { name: "let init mount ⇄1", spec: "internal", run: letInitMount },
  {
    name: "wait for the mounts ⇄2",
    spec: "config.md#configMounts",
    run: waitForMounts,
    undo: removeMounts,
  },
  // After the mounts, which may be of a block device that the container itself must not open; before the hooks, which may
  // add to the rules.
  {
    name: "apply the device rules",
    spec: "config-linux.md#configLinuxDeviceAllowedlist",
    when: (c) => c.cgroupPlan.devices.length > 0,
    run: limitDevices,
    undo: undoLimits,
  },
  {
    name: "apply the limits",
    spec: "config-linux.md#configLinuxControlGroups",
    when: (c) => c.cgroupPlan.files.length > 0,
    run: limitResources,
    undo: undoLimits,
  },
  // A hook finds the cgroup by init's pid. Init sleeps meanwhile, so it costs nothing.
  {
    name: "show init to the hooks in its cgroup",
    spec: "de-facto",
    when: (c) => hasCgroup(c) && hasCreateHooks(c),
    run: enterWholeCgroup,
  },
  // The hooks see the mounts (runtime.md#runtimeLifecycle) and still the host's root.
  {
    name: "run the prestart hooks",
    spec: "config.md#configHooksPrestart",
    when: (c) => c.config.hooks !== undefined,
    run: runPrestartHooks,
  },
  {
    name: "run the createRuntime hooks",
    spec: "config.md#configHooksCreateRuntime",
    when: (c) => c.config.hooks !== undefined,
    run: runCreateRuntimeHooks,
  },
  {
    name: "take init out of the cgroup once more",
    spec: "internal",
    when: (c) => hasCgroup(c) && hasCreateHooks(c),
    run: leaveForNow,
  },
  { name: "let init finish ⇄3 ⇄4", spec: "runtime.md#runtimeCreate", run: letInitFinish },
  // Nothing but a few pages of the tape's is left of init.
  {
    name: "put all of init in the cgroup",
    spec: "config-linux.md#configLinuxControlGroups",
    when: hasCgroup,
    run: enterWholeCgroup,
  },
  // Not before: a unit without a process ends, and init was outside.
  {
    name: "dismiss the placeholder",
    spec: "internal",
    when: (c) => c.placeholder !== undefined,
    run: dismissPlaceholder,
  },
  // The tape by now, and not what takes time to make one: a small share of CPU or cache is for the container alone.
  {
    name: "schedule init",
    spec: "config.md#configLinuxProcess",
    when: (c) => c.schedulesInit,
    run: scheduleInit,
  },
  {
    name: "put init in its class of service",
    spec: "config-linux.md#configLinuxIntelRdt",
    when: (c) => c.intelRdt !== undefined,
    run: putInitInIntelRdt,
  },
  { name: "send the pidfd", spec: "de-facto", when: hasPidfdSocket, run: sendPidfd },
  { name: "store the state", spec: "runtime.md#runtimeState", run: storeCreated },
  // Last of what can fail: who reads the pid may take the container as created.
  {
    name: "write the pid file",
    spec: "de-facto",
    when: (c) => c.options.pidFile !== undefined,
    run: writePidFile,
    undo: removePidFile,
  },
  { name: "hand over to start ⇄5", spec: "internal", run: handOver },
];

function hasLabels({ config: { process, linux } }: Creation): boolean {
  return [process?.apparmorProfile, process?.selinuxLabel, linux?.mountLabel]
    .some((label) => label !== undefined);
}

function hasCgroup(c: Creation): boolean {
  return c.cgroup?.isUsed === true;
}

/** Of those that run while init waits at ⇄3. */
function hasCreateHooks({ config: { hooks } }: Creation): boolean {
  return hasHooks(hooks, "prestart") || hasHooks(hooks, "createRuntime");
}

function hasPidfdSocket(c: Creation): boolean {
  return c.options.pidfdSocket !== undefined;
}

/** Creates a container; when this returns it waits for `start`. */
export function create(options: CreateOptions): void {
  using creation = createContainer(options);
  creation.container.close();
}

/** The same for `run`, which goes on with the open container. */
export function createContainer(
  options: CreateOptions,
  foreground?: Foreground,
): Creation & Disposable {
  using _watch = watchSignals(foreground?.signalMask);
  const creation = new Creation(options, foreground);
  runSteps(CREATE_STEPS, creation, stepTrace(), { before: throwIfStopped });
  leaveNetDevices(creation);
  return Object.assign(creation, {
    [Symbol.dispose]: (): void => {
      creation.parentEnd.socket.close();
      creation.init?.pidfd.close();
    },
  });
}
