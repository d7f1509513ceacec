/**
 * The container's cgroup, as the steps of `create` see it.
 *
 * @module
 */
import { geteuid } from "../../ffi/process.ts";
import { delegate } from "../cgroup/delegate.ts";
import { readCgroupFile } from "../cgroup/file.ts";
import { type Layout, readLayout } from "../cgroup/layout.ts";
import { Cgroup } from "../cgroup/manager.ts";
import type { Creation } from "../creation.ts";
import * as log from "../log.ts";
import {
  type ControllerSources,
  type ControllerWrites,
  planCgroupFiles,
} from "../plan/cgroup_files.ts";
import { type CgroupPaths, cgroupPaths, mountInfo } from "../plan/cgroups_path.ts";
import { isDelegated, parseIdMap, toHostId } from "../plan/delegation.ts";
import { deviceList } from "../plan/device_list.ts";
import { hasUsualDeviceRules, needsCgroup } from "../plan/without_cgroup.ts";
import { type DeviceRule, deviceRules } from "../plan/device_rules.ts";
import { inUserNamespace } from "../user_namespace.ts";

/** What the container's cgroup is to be like; made where the host's hierarchies are looked at. */
export interface CgroupPlan {
  readonly files: readonly ControllerWrites[];
  readonly devices: readonly DeviceRule[];
  /** Whether it goes over to the container's user. */
  readonly isDelegated: boolean;
}

/** Decides on a place in every hierarchy of the host, and makes the directories. */
export function createCgroup(c: Creation): void {
  const { options, config } = c;
  const layout = readLayout();
  const paths: CgroupPaths = c.unit?.paths(layout) ?? cgroupPaths(layout.hierarchies, {
    id: options.id,
    cgroupsPath: config.linux?.cgroupsPath,
  });
  const tolerant = options.rootless === "auto"
    ? !c.privileged || inUserNamespace()
    : options.rootless === "true";
  // One that was asked for by name is there, or create fails. A unit has made what there is to be had.
  const rootless = tolerant && (c.unit !== undefined || config.linux?.cgroupsPath === undefined);
  const plan = planCgroup(c, layout);
  const needed = plan.files.filter(({ version }) => version === 2)
    .map(({ controller }) => controller);
  // On a pure v2 host all of them, since statistics need them; beside v1, v2 has few and hands down what is used.
  const controllers = layout.kind === "v2" ? "all" : needed;
  const cgroup = Cgroup.plan(layout, paths, {
    rootless,
    controllers,
    ...(c.placeholder === undefined ? {} : { placeholder: c.placeholder.pid }),
    ...(c.unit === undefined ? {} : { attach: (pid): void => c.unit?.attach(pid) }),
  });
  // Before anything is made: should we be killed in the middle, `delete --force` knows what to look for.
  c.cgroup = cgroup;
  c.cgroupPlan = plan;
  c.storeCreating();
  cgroup.create();
  c.cgroupMounts = mountInfo(layout.hierarchies, cgroup.isUsed ? paths : undefined);
}

/**
 * Leaves the container in the caller's cgroup. A limit that nobody would hold it to is refused: the caller's own hold it
 * already, and are the caller's to set.
 */
export function doWithoutCgroup(c: Creation): void {
  const { linux = {}, process } = c.config;
  const mayLimit = c.privileged && !inUserNamespace();
  const asking = needsCgroup(linux, mayLimit && !hasUsualDeviceRules(linux));
  if (asking !== undefined) {
    throw new Error(`${asking}: the container has no cgroup, by --cgroup-manager=disabled`);
  }
  if ((linux.resources?.devices ?? []).length > 0) {
    const what = process?.capabilities?.bounding?.includes("CAP_MKNOD")
      ? "with CAP_MKNOD, the container may make and use any"
      : "the container may use those that it finds";
    log.warn(`linux.resources.devices: not applied, since the container has no cgroup: ${what}`);
  }
  c.cgroupPlan = { files: [], devices: [], isDelegated: false };
  c.cgroupMounts = mountInfo(readLayout().hierarchies);
}

/** Refuses what the host's hierarchies cannot do, while nothing is made yet. */
export function planCgroup({ config }: Creation, layout: Layout): CgroupPlan {
  const { linux = {} } = config;
  const sources = readSources(layout);
  const devices = deviceRules(linux);
  if (sources.v1.has("devices")) deviceList(devices);
  return {
    files: planCgroupFiles(linux.resources ?? {}, sources),
    devices,
    isDelegated: layout.kind === "v2" && isDelegated(config),
  };
}

/** Which controllers the host has. */
export function readSources({ hierarchies }: Layout): ControllerSources {
  const v1 = hierarchies.filter(({ version }) => version === 1)
    .flatMap(({ controllers }) => controllers);
  const unified = hierarchies.find(({ version }) => version === 2);
  const v2 = unified && readCgroupFile(unified.mountpoint, "cgroup.controllers").split(" ");
  return { v1: new Set(v1), v2: v2 && new Set(v2) };
}

/** Puts init in where nothing counts, as a mark for whoever looks for the container's processes. */
export function enterCgroup(c: Creation): void {
  c.cgroup!.enterForNow(c.init!.pid);
}

/** Puts init in everywhere. */
export function enterWholeCgroup(c: Creation): void {
  c.cgroup!.stepIn(c.init!.pid);
}

/** Takes init out again where it is counted. */
export function leaveForNow(c: Creation): void {
  c.cgroup!.stepOut(c.init!.pid);
}

/** Gives the container's user what it needs for making cgroups. An ID that is mapped to nobody gets nothing. */
export function delegateCgroup(c: Creation): void {
  const place = c.cgroup?.find(undefined, 2);
  if (place === undefined) return;
  const { pid } = c.init!;
  const { uid } = c.plan.process;
  // As the kernel has it, and not from the configuration: the namespace may have existed before.
  const hostId = toHostId(parseIdMap(Deno.readTextFileSync(`/proc/${pid}/uid_map`)), uid);
  if (hostId === undefined) return;
  if (c.privileged || hostId === geteuid()) return delegate(place.directory, hostId);
  // The user namespace's root could give it away; but what the container makes in it then, `delete` could not remove.
  log.warn(
    `process.user.uid: ${uid} does not get the container's cgroup, which only root can take back`,
  );
}

/** Removes what was made. */
export function removeCgroup(c: Creation): void {
  c.cgroup?.remove();
}
