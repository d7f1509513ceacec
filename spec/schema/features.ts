/** The Features structure as a schema, for a reader of what a runtime prints. @module */

import * as z from "zod/mini";
import { NAMESPACE_TYPES } from "../namespaces.ts";
import { SECCOMP_ACTIONS, SECCOMP_ARCHS, SECCOMP_FLAGS, SECCOMP_OPERATORS } from "../seccomp.ts";
import { stringMap, strings } from "./lists.ts";

// The text allows null for "unknown", against its own JSON Schema; a reader has to follow the text.
const flag = z.nullish(z.boolean());
const list = z.nullish(strings);
const enabled = z.nullish(z.object({ enabled: flag }));

/** The Linux part. @see features-linux.md#linuxFeatures */
export const LinuxFeatures = z.object({
  namespaces: z.nullish(z.array(z.enum(NAMESPACE_TYPES))),
  capabilities: z.nullish(
    z.array(z.string().check(z.regex(/^CAP_[A-Z_]+$/, "expected name of a capability"))),
  ),
  cgroup: z.nullish(
    z.object({ v1: flag, v2: flag, systemd: flag, systemdUser: flag, rdma: flag }),
  ),
  seccomp: z.nullish(z.object({
    enabled: flag,
    actions: z.nullish(z.array(z.enum(SECCOMP_ACTIONS))),
    operators: z.nullish(z.array(z.enum(SECCOMP_OPERATORS))),
    archs: z.nullish(z.array(z.enum(SECCOMP_ARCHS))),
    knownFlags: z.nullish(z.array(z.enum(SECCOMP_FLAGS))),
    supportedFlags: z.nullish(z.array(z.enum(SECCOMP_FLAGS))),
  })),
  apparmor: enabled,
  selinux: enabled,
  memoryPolicy: z.nullish(z.object({ modes: list, flags: list })),
  intelRdt: z.nullish(z.object({ enabled: flag, schemata: flag, monitoring: flag })),
  mountExtensions: z.nullish(z.object({ idmap: enabled })),
  netDevices: enabled,
});

/** The whole. @see features.md#features */
export const Features = z.object({
  ociVersionMin: z.string(),
  ociVersionMax: z.string(),
  hooks: list,
  mountOptions: list,
  linux: z.nullish(LinuxFeatures),
  annotations: z.nullish(stringMap),
  potentiallyUnsafeConfigAnnotations: list,
});
