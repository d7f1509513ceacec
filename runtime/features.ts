/**
 * `features`: what this runtime supports, whatever the machine has (features.md#features).
 *
 * It says no more than is true: containerd, CRI-O and Docker decide by it what they ask for.
 *
 * @module
 */
import { CAPABILITIES } from "../spec/capabilities.ts";
import type { Features, LinuxFeatures } from "../spec/features.ts";
import { HOOK_NAMES } from "../spec/hooks.ts";
import { NAMESPACE_TYPES } from "../spec/namespaces.ts";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "../spec/scheduling.ts";
import { OCI_VERSION_MAX, OCI_VERSION_MIN } from "../spec/version.ts";
import { MOUNT_OPTION_NAMES } from "./plan/mount_options.ts";
import { commit, VERSION } from "./version.ts";

/** The features document. Keys in printing order. */
export function features(): Features {
  const built = commit();
  return {
    ociVersionMin: OCI_VERSION_MIN,
    ociVersionMax: OCI_VERSION_MAX,
    hooks: HOOK_NAMES,
    mountOptions: MOUNT_OPTION_NAMES,
    linux: LINUX,
    annotations: {
      "io.github.runts.version": VERSION,
      ...built === undefined ? {} : { "io.github.runts.commit": built },
    },
    // Known to be none, which is not the same as unknown.
    potentiallyUnsafeConfigAnnotations: [],
  };
}

const LINUX: LinuxFeatures = {
  namespaces: NAMESPACE_TYPES,
  capabilities: CAPABILITIES,
  cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: false },
  seccomp: { enabled: false },
  apparmor: { enabled: true },
  selinux: { enabled: true },
  memoryPolicy: { modes: MEMORY_POLICY_MODES, flags: MEMORY_POLICY_FLAGS },
  intelRdt: { enabled: true, schemata: true, monitoring: true },
  mountExtensions: { idmap: { enabled: false } },
  netDevices: { enabled: true },
};
