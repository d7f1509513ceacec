/**
 * Init's steps that fill the root: mounts, devices, masks.
 *
 * @module
 */
import { CLONE } from "../../ffi/constants.ts";
import { unshare } from "../../ffi/namespace.ts";
import type { InitContext } from "../init.ts";
import { ownsDev } from "../plan/devices.ts";
import { hasNamespace, type NamespacePlan } from "../plan/namespaces.ts";
import { makeDevLinks } from "./dev_links.ts";
import { makeDevices } from "./devices.ts";
import { mountAll, type MountEnvironment } from "./mounts.ts";
import { maskPaths, readonlyPaths } from "./paths.ts";

/** Our cgroup becomes the root of what the container can see. */
export function unshareCgroup(_: InitContext): void {
  unshare(CLONE.CLONE_NEWCGROUP);
}

function environment({ creation }: InitContext): MountEnvironment {
  const plan: NamespacePlan = creation.plan.namespaces;
  return {
    userNamespace: hasNamespace(plan, "user"),
    cgroupNamespace: hasNamespace(plan, "cgroup"),
    networkNamespace: hasNamespace(plan, "network"),
    pidNamespace: hasNamespace(plan, "pid"),
    cgroups: creation.cgroupMounts,
  };
}

/** All entries, in the listed order (MUST). */
export function mountTheFilesystems(i: InitContext): void {
  i.unsealed = mountAll(i.root, i.creation.plan.mounts, environment(i));
}

/** A /dev that was bind-mounted belongs to the host: nothing is made in it. What is to be read-only becomes so now. */
export function makeTheDevices(i: InitContext): void {
  const { plan, config } = i.creation;
  if (ownsDev(config)) {
    makeDevices(i.root, plan.devices, { bind: hasNamespace(plan.namespaces, "user") });
    makeDevLinks(i.root);
  }
  i.unsealed.seal();
  i.unsealed[Symbol.dispose]();
}

/** Makes `linux.readonlyPaths` read-only. */
export function lockPaths({ creation, root }: InitContext): void {
  readonlyPaths(root, creation.plan.readonlyPaths);
}

/** Makes `linux.maskedPaths` unreadable. */
export function maskThePaths({ creation, root, hostNull }: InitContext): void {
  maskPaths(root, creation.plan.maskedPaths, hostNull);
}
