/**
 * Init's steps that fill the root: mounts, devices, masks.
 *
 * @module
 */
import { CLONE } from "../../ffi/constants.ts";
import { unshare } from "../../ffi/namespace.ts";
import { visit } from "../cgroup/visit.ts";
import type { InitContext } from "../init.ts";
import { ownsDev } from "../plan/devices.ts";
import { hasNamespace, type NamespacePlan } from "../plan/namespaces.ts";
import { makeDevLinks } from "./dev_links.ts";
import { makeDevices } from "./devices.ts";
import { mountAll, type MountEnvironment } from "./mounts.ts";
import { maskPaths, readonlyPaths } from "./paths.ts";

/** Our cgroup becomes the root of what the container can see. */
export function unshareCgroup(i: InitContext): void {
  visit(i.cgroupDoors, () => unshare(CLONE.CLONE_NEWCGROUP));
}

function environment({ creation }: InitContext): MountEnvironment {
  const plan: NamespacePlan = creation.plan.namespaces;
  return {
    userNamespace: hasNamespace(plan, "user"),
    cgroupNamespace: hasNamespace(plan, "cgroup"),
    networkNamespace: hasNamespace(plan, "network"),
    pidNamespace: hasNamespace(plan, "pid"),
    cgroups: creation.cgroupMounts,
    sources: creation.bindSources,
  };
}

/** All entries, in the listed order (MUST). */
export function mountTheFilesystems(i: InitContext): void {
  i.unsealed = mountAll(i.root, i.creation.plan.mounts, environment(i));
}

/** Whether there are devices to make: a /dev that was bind-mounted belongs to the host, and nothing is made in it. */
export function hasOwnDev({ creation }: InitContext): boolean {
  return hasNamespace(creation.plan.namespaces, "mount") && ownsDev(creation.config);
}

/** Nodes, or binds of the host's where a user namespace forbids nodes; then the links. */
export function makeTheDevices({ creation, root }: InitContext): void {
  const { devices, namespaces } = creation.plan;
  makeDevices(root, devices, { bind: hasNamespace(namespaces, "user") });
  makeDevLinks(root);
}

/** The tmpfs mounts that the configuration wants read-only: what belongs into them is there. */
export function sealMounts({ unsealed }: InitContext): void {
  unsealed.seal();
  unsealed[Symbol.dispose]();
}

/** Makes `linux.readonlyPaths` read-only. */
export function lockPaths({ creation, root }: InitContext): void {
  readonlyPaths(root, creation.plan.readonlyPaths);
}

/** Makes `linux.maskedPaths` unreadable. */
export function maskThePaths({ creation, root, hostNull }: InitContext): void {
  const { maskedPaths, mountLabel } = creation.plan;
  maskPaths(root, maskedPaths, hostNull, mountLabel);
}
