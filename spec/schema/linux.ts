/** The `linux` object. @module */

import * as z from "zod/mini";
import { NAMESPACE_TYPES } from "../namespaces.ts";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "../scheduling.ts";
import { IDMapping } from "./lists.ts";
import { integer, major, minor } from "./numbers.ts";
import { optional } from "./optional.ts";
import { Resources } from "./resources.ts";
import { oneOf, string } from "./scalars.ts";
import { Seccomp } from "./seccomp.ts";

/** A namespace to create, or with `path` to join. @see config-linux.md#configLinuxNamespaces */
export const Namespace = z.object({
  type: oneOf(NAMESPACE_TYPES),
  /** MUST be absolute, in the runtime's mount namespace. */
  path: optional.string,
});

/** See {@linkcode Namespace}. */
export type Namespace = z.infer<typeof Namespace>;

/** How far a clock of the time namespace is ahead. Since 1.1.0. @see config-linux.md#configLinuxTimeOffset */
export const TimeOffset = z.object({
  secs: optional.int64,
  nanosecs: z.optional(integer(0, 999999999)),
});

/** See {@linkcode TimeOffset}. */
export type TimeOffset = z.infer<typeof TimeOffset>;

/** A device file that MUST be there. @see config-linux.md#configLinuxDevices */
export const Device = z.object({
  /** `u` is the same as `c`; `p` is a FIFO. */
  type: oneOf(["b", "c", "p", "u"]),
  /** In the container; not necessarily below /dev. */
  path: string,
  /** Required unless `type` is `p`. */
  major: z.optional(major),
  /** Required unless `type` is `p`. */
  minor: z.optional(minor),
  /** A decimal number: 438 is 0666. May carry the bits of the file's type, which mean nothing here. */
  fileMode: optional.uint32,
  /** In the container's user namespace. */
  uid: optional.id,
  /** In the container's user namespace. */
  gid: optional.id,
});

/** See {@linkcode Device}. */
export type Device = z.infer<typeof Device>;

/** A network device to move in. Since 1.3.0. @see config-linux.md#configLinuxNetworkDevices */
export const NetDevice = z.object({
  /** In the container, perhaps a template as `eth%d`; absent, the host's name. */
  name: optional.string,
});

/** See {@linkcode NetDevice}. */
export type NetDevice = z.infer<typeof NetDevice>;

/** Resource Director Technology. @see config-linux.md#configLinuxIntelRdt */
export const IntelRdt = z.object({
  /** Directory of resctrl; `/` is its root; absent, the container's ID. */
  closID: optional.string,
  l3CacheSchema: optional.string,
  memBwSchema: z.optional(
    string.check(z.regex(/^MB:[^\n]*$/, 'expected one line that starts with "MB:"')),
  ),
  /** Lines to write after the two above. Since 1.3.0. */
  schemata: optional.strings,
  /** A monitoring group of its own. Since 1.3.0. */
  enableMonitoring: optional.boolean,
});

/** See {@linkcode IntelRdt}. */
export type IntelRdt = z.infer<typeof IntelRdt>;

/** As for set_mempolicy(2). Since 1.3.0. @see config-linux.md#configLinuxMemoryPolicy */
export const MemoryPolicy = z.object({
  mode: oneOf(MEMORY_POLICY_MODES),
  /** `0-3,7`. */
  nodes: optional.string,
  flags: z.optional(z.array(oneOf(MEMORY_POLICY_FLAGS))),
});

/** See {@linkcode MemoryPolicy}. */
export type MemoryPolicy = z.infer<typeof MemoryPolicy>;

/** As for personality(2). @see config-linux.md#configLinuxPersonality */
export const Personality = z.object({
  domain: oneOf(["LINUX", "LINUX32"]),
  /** No value is supported. */
  flags: optional.strings,
});

/** See {@linkcode Personality}. */
export type Personality = z.infer<typeof Personality>;

/**
 * The propagation of the root's mount. The text has only the first four. The recursive ones are what
 * containerd's CRI plugin and Docker write, so a runtime that refuses them fails under Kubernetes.
 *
 * @see config-linux.md#configLinuxRootfsMountPropagation
 */
export const PROPAGATIONS = [
  "private",
  "shared",
  "slave",
  "unbindable",
  "rprivate",
  "rshared",
  "rslave",
  "runbindable",
] as const;

/** What concerns Linux. @see config-linux.md#linuxContainerConfiguration */
export const Linux = z.object({
  /** A type that is not listed is shared with the runtime. */
  namespaces: z.optional(z.array(Namespace)),
  /** @see config-linux.md#configLinuxUserNamespaceMappings */
  uidMappings: z.optional(z.array(IDMapping)),
  gidMappings: z.optional(z.array(IDMapping)),
  /** By clock: `monotonic` or `boottime`. */
  timeOffsets: z.optional(z.record(string, TimeOffset)),
  devices: z.optional(z.array(Device)),
  /** By name in the runtime's network namespace. */
  netDevices: z.optional(z.record(string, NetDevice)),
  /** Absolute: below the cgroup mount point. @see config-linux.md#configLinuxCgroupsPath */
  cgroupsPath: optional.string,
  resources: z.optional(Resources),
  intelRdt: z.optional(IntelRdt),
  memoryPolicy: z.optional(MemoryPolicy),
  /** Values by dotted key. @see config-linux.md#configLinuxSysctl */
  sysctl: optional.stringMap,
  seccomp: z.optional(Seccomp),
  rootfsPropagation: z.optional(oneOf(PROPAGATIONS)),
  /** Made unreadable; MUST be absolute. @see config-linux.md#configLinuxMaskedPaths */
  maskedPaths: optional.strings,
  /** Made read-only; MUST be absolute. @see config-linux.md#configLinuxReadonlyPaths */
  readonlyPaths: optional.strings,
  /** SELinux context of the mounts. @see config-linux.md#configLinuxMountLabel */
  mountLabel: optional.string,
  personality: z.optional(Personality),
});

/** See {@linkcode Linux}. */
export type Linux = z.infer<typeof Linux>;

/** One of the values of `linux.rootfsPropagation`. */
export type RootfsPropagation = (typeof PROPAGATIONS)[number];
