/**
 * The named anchors of the runtime-spec, v1.3.0: what a step, an issue and a conformance test cite.
 *
 * Only explicit `<a name>`s are listed: heading slugs change with the wording, names have not since
 * 1.0. Two of the documents' own slips are kept as they are: `containerprocessstate` is lower case,
 * and the SELinux section of features-linux.md carries the name of the AppArmor one.
 *
 * @module
 */

/** Every named anchor of the seven documents that concern a Linux runtime, in document order. */
export const ANCHORS = [
  "bundle.md#filesystemBundle",
  "bundle.md#containerFormat",
  "bundle.md#containerFormat01",
  "bundle.md#containerFormat02",

  "runtime.md#runtimeAndLifecycle",
  "runtime.md#runtimeScopeContainer",
  "runtime.md#runtimeState",
  "runtime.md#runtimeLifecycle",
  "runtime.md#runtimeErrors",
  "runtime.md#runtimeWarnings",
  "runtime.md#runtimeOperations",
  "runtime.md#runtimeQueryState",
  "runtime.md#runtimeCreate",
  "runtime.md#runtimeStart",
  "runtime.md#runtimeKill",
  "runtime.md#runtimeDelete",
  "runtime.md#runtimeHooks",

  "runtime-linux.md#linuxRuntime",
  "runtime-linux.md#runtimeLinuxFileDescriptors",
  "runtime-linux.md#runtimeLinuxDevSymbolicLinks",

  "config.md#configuration",
  "config.md#configSpecificationVersion",
  "config.md#configRoot",
  "config.md#configMounts",
  "config.md#configLinuxMountOptions",
  "config.md#configPOSIXMounts",
  "config.md#configProcess",
  "config.md#configPOSIXProcess",
  "config.md#configLinuxProcess",
  "config.md#configZOSProcess",
  "config.md#configUser",
  "config.md#configPOSIXUser",
  "config.md#configWindowsUser",
  "config.md#configHostname",
  "config.md#configDomainname",
  "config.md#configPlatformSpecificConfiguration",
  "config.md#configHooks",
  "config.md#configHooksPrestart",
  "config.md#configHooksCreateRuntime",
  "config.md#configHooksCreateContainer",
  "config.md#configHooksStartContainer",
  "config.md#configHooksPoststart",
  "config.md#configHooksPoststop",
  "config.md#configAnnotations",
  "config.md#configExtensibility",

  "config-linux.md#linuxContainerConfiguration",
  "config-linux.md#configLinuxDefaultFilesystems",
  "config-linux.md#configLinuxNamespaces",
  "config-linux.md#configLinuxUserNamespaceMappings",
  "config-linux.md#configLinuxTimeOffset",
  "config-linux.md#configLinuxDevices",
  "config-linux.md#configLinuxDefaultDevices",
  "config-linux.md#configLinuxNetworkDevices",
  "config-linux.md#configLinuxControlGroups",
  "config-linux.md#configLinuxCgroupsPath",
  "config-linux.md#configLinuxDeviceAllowedlist",
  "config-linux.md#configLinuxMemory",
  "config-linux.md#configLinuxCPU",
  "config-linux.md#configLinuxBlockIO",
  "config-linux.md#configLinuxHugePageLimits",
  "config-linux.md#configLinuxNetwork",
  "config-linux.md#configLinuxPIDS",
  "config-linux.md#configLinuxRDMA",
  "config-linux.md#configLinuxUnified",
  "config-linux.md#configLinuxIntelRdt",
  "config-linux.md#configLinuxMemoryPolicy",
  "config-linux.md#configLinuxSysctl",
  "config-linux.md#configLinuxSeccomp",
  "config-linux.md#containerprocessstate",
  "config-linux.md#configLinuxRootfsMountPropagation",
  "config-linux.md#configLinuxMaskedPaths",
  "config-linux.md#configLinuxReadonlyPaths",
  "config-linux.md#configLinuxMountLabel",
  "config-linux.md#configLinuxPersonality",

  "features.md#features",
  "features.md#featuresSpecificationVersion",
  "features.md#featuresHooks",
  "features.md#featuresMountOptions",
  "features.md#featuresPlatformSpecificFeatures",
  "features.md#featuresAnnotations",
  "features.md#featuresPotentiallyUnsafeConfigAnnotations",

  "features-linux.md#linuxFeatures",
  "features-linux.md#linuxFeaturesNamespaces",
  "features-linux.md#linuxFeaturesCapabilities",
  "features-linux.md#linuxFeaturesCgroup",
  "features-linux.md#linuxFeaturesSeccomp",
  "features-linux.md#linuxFeaturesApparmor",
  "features-linux.md#linuxFeaturesMemoryPolicy",
  "features-linux.md#linuxFeaturesIntelRdt",
  "features-linux.md#linuxFeaturesMountExtensions",
  "features-linux.md#linuxFeaturesNetDevices",
] as const;

/** One named anchor of the runtime-spec: `config.md#configMounts`. A misspelt one does not compile. */
export type Anchor = (typeof ANCHORS)[number];

/**
 * What something is done for: a clause of the runtime-spec; `"de-facto"`, what every runtime does
 * and the text does not ask for; or `"internal"`, our own plumbing.
 */
export type SpecRef = Anchor | "de-facto" | "internal";

/** The address of a clause in the pinned version, for a reader who wants to follow it. */
export function clauseUrl(anchor: Anchor): string {
  return `https://github.com/opencontainers/runtime-spec/blob/v1.3.0/${anchor}`;
}
