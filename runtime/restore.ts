/**
 * `restore`: makes a container again that checkpoint.ts has written into files. CRIU does what init does in `create`, and
 * the parent's part is largely the same; ⇄ marks the places where one waits for the other.
 *
 * @see https://criu.org
 * @module
 */
import type { Foreground } from "./creation.ts";
import type { RestoreOptions } from "./criu/options.ts";
import { runWith } from "./run.ts";
import { runSteps, type Step } from "./step.ts";
import { checkPrivileges } from "./steps/checkpoint.ts";
import { createCgroup, delegateCgroup, doWithoutCgroup, removeCgroup } from "./steps/cgroup.ts";
import { limitDevices, limitResources, undoLimits } from "./steps/cgroup_limits.ts";
import {
  runCreateRuntimeHooks,
  runPoststopHooksAfterFailure,
  runPrestartHooks,
} from "./steps/create_hooks.ts";
import { createIntelRdt, putInitInIntelRdt, undoIntelRdt } from "./steps/intel_rdt.ts";
import { makeMountPoints } from "./steps/mount_points.ts";
import { checkId, planTheContainer, readBundle, validateConfiguration } from "./steps/prepare.ts";
import {
  closeConsole,
  closeImages,
  connectConsole,
  giveStdio,
  letCriuBegin,
  letCriuRestore,
  letProcessesRun,
  openImages,
  planExternals,
  readCheckpoint,
  reserveTheId,
  Restoration,
  startCriu,
  stopCriu,
  storeRunning,
} from "./steps/restore.ts";
import { endInit } from "./steps/spawn.ts";
import { releaseId, removePidFile, storeCreating, writePidFile } from "./steps/state.ts";
import { dismissPlaceholder, startUnit, undoUnit } from "./steps/systemd.ts";
import { stepTrace } from "./trace.ts";

/** What `restore` does. The specification does not have it; what is here is what callers of runtimes expect. */
export const RESTORE_STEPS: readonly Step<Restoration>[] = [
  { name: "check the privileges", spec: "de-facto", run: checkPrivileges },
  { name: "check the container ID", spec: "runtime.md#runtimeCreate", run: checkId },
  { name: "read the bundle", spec: "bundle.md#containerFormat", run: readBundle },
  {
    name: "validate the configuration",
    spec: "config.md#configuration",
    run: validateConfiguration,
  },
  { name: "read the checkpoint", spec: "de-facto", run: readCheckpoint },
  { name: "plan the container", spec: "internal", run: planTheContainer },
  { name: "look for what is the host's", spec: "de-facto", run: planExternals },
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
    run: reserveTheId,
    undo: (c) => {
      releaseId(c);
      runPoststopHooksAfterFailure(c);
    },
  },
  {
    name: "connect to the console's reader",
    spec: "config.md#configProcess",
    run: connectConsole,
    undo: closeConsole,
  },
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
  // Before there is a process: what it is given while it is restored counts.
  {
    name: "apply the limits",
    spec: "config-linux.md#configLinuxControlGroups",
    when: (c) => c.cgroupPlan.files.length > 0,
    run: limitResources,
    undo: undoLimits,
  },
  {
    name: "make the class of service",
    spec: "config-linux.md#configLinuxIntelRdt",
    when: (c) => c.plan.intelRdt !== undefined,
    run: createIntelRdt,
    undo: undoIntelRdt,
  },
  { name: "make places for the mounts", spec: "config.md#configMounts", run: makeMountPoints },
  {
    name: "give the container its stdio",
    spec: "de-facto",
    when: (c) => !c.plan.process.terminal,
    run: giveStdio,
  },
  {
    name: "let the container's root read the images",
    spec: "internal",
    when: hasUserNamespace,
    run: openImages,
    undo: closeImages,
  },
  { name: "start CRIU", spec: "internal", run: startCriu, undo: stopCriu },
  {
    name: "let CRIU make the namespaces ⇄1",
    spec: "config-linux.md#configLinuxNamespaces",
    run: letCriuBegin,
    // CRIU first, which is in the middle of things with it.
    undo: (c) => {
      stopCriu(c);
      endInit(c);
    },
  },
  // A runtime killed after this line leaves enough for `delete --force` to find init and its cgroup.
  { name: "remember init", spec: "runtime.md#runtimeState", run: storeCreating },
  // CRIU does it otherwise; what is restored later is born into the same one.
  {
    name: "put init in the cgroup",
    spec: "config-linux.md#configLinuxControlGroups",
    when: (c) => hasCgroup(c) && c.options.manageCgroupsMode === "ignore",
    run: enterTheCgroup,
  },
  {
    name: "hand the cgroup to the container's user",
    spec: "config-linux.md#configLinuxCgroupsPath",
    when: (c) => c.cgroupPlan.isDelegated,
    run: delegateCgroup,
  },
  // As for a new container: they bring it its network. The other hooks are for a program that begins (poststart among them),
  // or have worked on what is in the images.
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
  { name: "let CRIU restore the processes ⇄2", spec: "de-facto", run: letCriuRestore },
  {
    name: "check that they are in the cgroup",
    spec: "internal",
    when: hasCgroup,
    run: checkCgroup,
  },
  // After CRIU has made the devices and mounts, which the container itself may not be allowed to.
  {
    name: "apply the device rules",
    spec: "config-linux.md#configLinuxDeviceAllowedlist",
    when: (c) => c.cgroupPlan.devices.length > 0,
    run: limitDevices,
    undo: undoLimits,
  },
  // The processes are in the unit by now, and keep it.
  {
    name: "dismiss the placeholder",
    spec: "internal",
    when: (c) => c.placeholder !== undefined,
    run: dismissPlaceholder,
  },
  {
    name: "put init in its class of service",
    spec: "config-linux.md#configLinuxIntelRdt",
    when: (c) => c.intelRdt !== undefined,
    run: putInitInIntelRdt,
  },
  { name: "let the processes run ⇄3", spec: "de-facto", run: letProcessesRun },
  { name: "close the images again", spec: "internal", when: hasUserNamespace, run: closeImages },
  { name: "store the state", spec: "runtime.md#runtimeState", run: storeRunning },
  {
    name: "write the pid file",
    spec: "de-facto",
    when: (c) => c.options.pidFile !== undefined,
    run: writePidFile,
    undo: removePidFile,
  },
];

function hasUserNamespace(c: Restoration): boolean {
  return c.plan.namespaces.fresh.has("user");
}

function hasCgroup(c: Restoration): boolean {
  return c.cgroup?.isUsed === true;
}

function enterTheCgroup(c: Restoration): void {
  c.cgroup!.enter(c.init!.pid);
}

/** CRIU puts them in: where it has not, nothing would hold them, and `delete` would not find them. */
function checkCgroup(c: Restoration): void {
  if (c.cgroup!.processes()?.includes(c.init!.pid)) return;
  throw new Error("CRIU has restored the processes into another cgroup");
}

/** Restores a container. @returns The exit code of its program, as `run` does; 0 at once when detached. */
export function restore(options: RestoreOptions): number {
  return runWith(options, {
    make: (foreground) => restoreContainer(options, foreground),
    start: () => undefined,
  });
}

/** Restores it; when this returns its processes run. */
function restoreContainer(
  options: RestoreOptions,
  foreground?: Foreground,
): Restoration & Disposable {
  const restoration = new Restoration(options, foreground);
  runSteps(RESTORE_STEPS, restoration, stepTrace());
  closeConsole(restoration);
  return Object.assign(restoration, {
    [Symbol.dispose]: (): void => restoration.init?.pidfd.close(),
  });
}
