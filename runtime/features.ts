/**
 * `features`: what this runtime supports, whatever the machine has (features.md#features).
 *
 * It says no more than is true: containerd, CRI-O and Docker decide by it what they ask for.
 *
 * @module
 */
import { SECCOMP_FILTER_FLAG } from "../ffi/seccomp/constants.ts";
import { hasFilterFlags } from "../ffi/seccomp/seccomp.ts";
import { CAPABILITIES } from "../spec/capabilities.ts";
import type { Features, LinuxFeatures } from "../spec/features.ts";
import { HOOK_NAMES } from "../spec/hooks.ts";
import { NAMESPACE_TYPES } from "../spec/namespaces.ts";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "../spec/scheduling.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
  type SeccompFlag,
} from "../spec/seccomp.ts";
import { OCI_VERSION_MAX, OCI_VERSION_MIN } from "../spec/version.ts";
import { MOUNT_OPTION_NAMES } from "./plan/mount_options.ts";
import { RDMA_ANNOTATION } from "./plan/rdma_annotation.ts";
import { PROPERTY_PREFIX } from "./plan/systemd_annotations.ts";
import { commit, libseccomp, VERSION } from "./version.ts";

/** The features document. Keys in printing order. */
export function features(): Features {
  const [built, library] = [commit(), libseccomp()];
  return {
    ociVersionMin: OCI_VERSION_MIN,
    ociVersionMax: OCI_VERSION_MAX,
    hooks: HOOK_NAMES,
    mountOptions: MOUNT_OPTION_NAMES,
    linux: { ...LINUX, seccomp: { ...SECCOMP, supportedFlags: supportedFlags() } },
    annotations: {
      // By the names that readers of other runtimes' documents know; the second says that `checkpoint` works as they expect.
      ...library === undefined ? {} : { "io.github.seccomp.libseccomp.version": library },
      "org.opencontainers.runc.checkpoint.enabled": "true",
      "io.github.runts.version": VERSION,
      ...built === undefined ? {} : { "io.github.runts.commit": built },
    },
    // The second is a prefix: with --systemd-cgroup, any property of the unit.
    potentiallyUnsafeConfigAnnotations: [RDMA_ANNOTATION, PROPERTY_PREFIX],
  };
}

const LINUX: LinuxFeatures = {
  namespaces: NAMESPACE_TYPES,
  capabilities: CAPABILITIES,
  cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
  // Its place in the order; features() fills it in.
  seccomp: {},
  apparmor: { enabled: true },
  selinux: { enabled: true },
  memoryPolicy: { modes: MEMORY_POLICY_MODES, flags: MEMORY_POLICY_FLAGS },
  intelRdt: { enabled: true, schemata: true, monitoring: true },
  mountExtensions: { idmap: { enabled: true } },
  netDevices: { enabled: true },
};

const SECCOMP: LinuxFeatures["seccomp"] = {
  enabled: true,
  actions: SECCOMP_ACTIONS,
  operators: SECCOMP_OPERATORS,
  archs: SECCOMP_ARCHS,
  knownFlags: SECCOMP_FLAGS,
};

/** The one thing that depends on the kernel (features-linux.md#linuxFeaturesSeccomp). */
function supportedFlags(): SeccompFlag[] {
  return SECCOMP_FLAGS.filter((flag) => isFlagSupported(flag));
}

function isFlagSupported(flag: SeccompFlag): boolean {
  const { SECCOMP_FILTER_FLAG_NEW_LISTENER } = SECCOMP_FILTER_FLAG;
  // It is EINVAL without a listener.
  const beside = flag === "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
    ? SECCOMP_FILTER_FLAG_NEW_LISTENER
    : 0;
  return hasFilterFlags(SECCOMP_FILTER_FLAG[flag] | beside);
}
