/**
 * The Features structure: what a runtime says about itself, whatever the host can do.
 *
 * Absent means unknown, which is not the same as `false` or empty. The text allows `null` as well,
 * its JSON Schema does not, so we leave out what we do not know.
 *
 * @see features.md#features
 * @module
 */

import type { HookName } from "./hooks.ts";
import type { NamespaceType } from "./namespaces.ts";
import type { MemoryPolicyFlag, MemoryPolicyMode } from "./scheduling.ts";
import type { SeccompAction, SeccompArch, SeccompFlag, SeccompOperator } from "./seccomp.ts";

/** What `features` prints. @see features.md#featuresSpecificationVersion */
export interface Features {
  /** The oldest `ociVersion` that is accepted in config.json. */
  readonly ociVersionMin: string;
  /** The newest. No property of a later version may appear in this object. */
  readonly ociVersionMax: string;
  /** Hooks that are recognised, and supported. @see features.md#featuresHooks */
  readonly hooks?: readonly HookName[];
  /** Mount options that are recognised, without those of a file system. @see features.md#featuresMountOptions */
  readonly mountOptions?: readonly string[];
  /** The Linux part. @see features.md#featuresPlatformSpecificFeatures */
  readonly linux?: LinuxFeatures;
  /** About the runtime, such as its version. @see features.md#featuresAnnotations */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Annotations of config.json that change what the runtime does; one that ends in a dot is a prefix.
   *
   * @see features.md#featuresPotentiallyUnsafeConfigAnnotations
   */
  readonly potentiallyUnsafeConfigAnnotations?: readonly string[];
}

/** The Linux part of the Features structure. @see features-linux.md#linuxFeatures */
export interface LinuxFeatures {
  /** Recognised namespaces. @see features-linux.md#linuxFeaturesNamespaces */
  readonly namespaces?: readonly NamespaceType[];
  /** Recognised capabilities. @see features-linux.md#linuxFeaturesCapabilities */
  readonly capabilities?: readonly string[];
  /** The cgroup managers. @see features-linux.md#linuxFeaturesCgroup */
  readonly cgroup?: {
    readonly v1?: boolean;
    readonly v2?: boolean;
    readonly systemd?: boolean;
    readonly systemdUser?: boolean;
    readonly rdma?: boolean;
  };
  /** `supportedFlags` may be a part of `knownFlags`: it depends on the kernel. @see features-linux.md#linuxFeaturesSeccomp */
  readonly seccomp?: {
    readonly enabled?: boolean;
    readonly actions?: readonly SeccompAction[];
    readonly operators?: readonly SeccompOperator[];
    readonly archs?: readonly SeccompArch[];
    readonly knownFlags?: readonly SeccompFlag[];
    readonly supportedFlags?: readonly SeccompFlag[];
  };
  /** AppArmor. @see features-linux.md#linuxFeaturesApparmor */
  readonly apparmor?: Switch;
  /** SELinux; its section has AppArmor's anchor. @see features-linux.md#linuxFeaturesApparmor */
  readonly selinux?: Switch;
  /** Since 1.3.0. @see features-linux.md#linuxFeaturesMemoryPolicy */
  readonly memoryPolicy?: {
    readonly modes?: readonly MemoryPolicyMode[];
    readonly flags?: readonly MemoryPolicyFlag[];
  };
  /** `schemata` and `monitoring` since 1.3.0. @see features-linux.md#linuxFeaturesIntelRdt */
  readonly intelRdt?: Switch & { readonly schemata?: boolean; readonly monitoring?: boolean };
  /** MUST be true even for partial support. @see features-linux.md#linuxFeaturesMountExtensions */
  readonly mountExtensions?: { readonly idmap?: Switch };
  /** Since 1.3.0. @see features-linux.md#linuxFeaturesNetDevices */
  readonly netDevices?: Switch;
}

/** Whether something is supported; absent is unknown. */
export interface Switch {
  /** True, false, or not known. */
  readonly enabled?: boolean;
}
