/**
 * The ledger: what the runtime-spec asks of a runtime on Linux, clause by clause, and which tests show it.
 *
 * @module
 */

import type { Anchor } from "../anchors.ts";
import { CGROUP_CLAUSES } from "./cgroups.ts";
import type { Clauses } from "./clause.ts";
import { CONFIG_CLAUSES } from "./config.ts";
import { FEATURES_CLAUSES } from "./features.ts";
import { HOOK_CLAUSES } from "./hooks.ts";
import { INTEL_RDT_CLAUSES } from "./intel_rdt.ts";
import { LINUX_CLAUSES } from "./linux.ts";
import { MOUNT_CLAUSES } from "./mounts.ts";
import { NET_DEVICE_CLAUSES } from "./net_devices.ts";
import { OPERATION_CLAUSES } from "./operations.ts";
import { PROCESS_CLAUSES } from "./process.ts";
import { RUNTIME_CLAUSES } from "./runtime.ts";
import { SECCOMP_CLAUSES } from "./seccomp.ts";

/** The parts of the ledger. No anchor is in two of them. */
export const PARTS: readonly Clauses[] = [
  RUNTIME_CLAUSES,
  OPERATION_CLAUSES,
  CONFIG_CLAUSES,
  MOUNT_CLAUSES,
  PROCESS_CLAUSES,
  HOOK_CLAUSES,
  LINUX_CLAUSES,
  NET_DEVICE_CLAUSES,
  CGROUP_CLAUSES,
  INTEL_RDT_CLAUSES,
  SECCOMP_CLAUSES,
  FEATURES_CLAUSES,
];

/** All clauses, by the anchor of their section and a short name. */
export const LEDGER: Clauses = Object.assign({}, ...PARTS);

/** Sections that ask nothing of a runtime on Linux, and why. */
export const SILENT: Readonly<Partial<Record<Anchor, string>>> = {
  "bundle.md#filesystemBundle": "an introduction",
  "runtime.md#runtimeAndLifecycle": "an introduction",
  "runtime.md#runtimeHooks": "refers to config.md#configHooks",
  "runtime-linux.md#linuxRuntime": "a heading",
  "config.md#configZOSProcess": "another platform",
  "config.md#configUser": "a heading",
  "config.md#configWindowsUser": "another platform",
  "config-linux.md#linuxContainerConfiguration": "an introduction",
  "features.md#featuresPlatformSpecificFeatures": "refers to features-linux.md",
  "features.md#featuresPotentiallyUnsafeConfigAnnotations":
    "says what the array means, and asks nothing",
  "features-linux.md#linuxFeatures": "a heading",
  "features-linux.md#linuxFeaturesCgroup": "says what the properties mean, and asks nothing",
  "features-linux.md#linuxFeaturesApparmor": "says what the property means, and asks nothing",
  "features-linux.md#linuxFeaturesIntelRdt": "says what the properties mean, and asks nothing",
};
