/**
 * The plan of a container: the configuration in the kernel's terms, decided before anything is done.
 *
 * @module
 */
import type { Config } from "../../spec/schema/config.ts";
import { type DevicePlan, planDevices } from "./devices.ts";
import { assertIdsMapped } from "./mapped_ids.ts";
import { type IntelRdtPlan, planIntelRdt } from "./intel_rdt.ts";
import { type MemoryPolicyPlan, planMemoryPolicy } from "./memory_policy.ts";
import { type MountPlan, planMounts } from "./mounts.ts";
import { type NamespacePlan, planNamespaces } from "./namespaces.ts";
import { type NetDeviceMove, planNetDevices } from "./net_devices.ts";
import { planRdma } from "./rdma_annotation.ts";
import { planProcess, type ProcessPlan } from "./process.ts";
import { planSeccomp, type SeccompPlan } from "./seccomp_filter.ts";

/** How mounts travel between the container's root and the host. */
export type RootPropagation = "shared" | "slave" | "private" | "unbindable";

/** Everything that parent and init need to know; both have it, since init is a fork. */
export interface Plan {
  readonly namespaces: NamespacePlan;
  readonly process: ProcessPlan;
  /** Absolute path of the root on the host. */
  readonly rootfs: string;
  readonly rootReadonly: boolean;
  /** undefined: slave, as other runtimes have it (the spec does not say). */
  readonly rootfsPropagation: RootPropagation | undefined;
  readonly mounts: readonly MountPlan[];
  readonly devices: readonly DevicePlan[];
  readonly netDevices: readonly NetDeviceMove[];
  /** Whether RDMA devices move along with those. */
  readonly movesRdma: boolean;
  readonly hostname: string | undefined;
  readonly domainname: string | undefined;
  readonly sysctl: Readonly<Record<string, string>>;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp: SeccompPlan | undefined;
  /** The SELinux context of what the masks are made of; that of the mounts stands with them. */
  readonly mountLabel: string | undefined;
  readonly personality: PersonalityDomain | undefined;
  readonly memoryPolicy: MemoryPolicyPlan | undefined;
  /** undefined: MUST NOT touch resctrl (config-linux.md#configLinuxIntelRdt). */
  readonly intelRdt: IntelRdtPlan | undefined;
}

/** `linux.personality.domain`; `PER_LINUX32` shows a 32-bit machine. */
export type PersonalityDomain = "LINUX" | "LINUX32";

/**
 * Makes the plan. Pure: every question to the kernel comes later.
 *
 * @throws {ConfigError} For what no kernel could do.
 */
export function planContainer(config: Config, bundle: string): Plan {
  const { linux, root } = config;
  const path = root?.path ?? "rootfs";
  assertIdsMapped(config);
  return {
    namespaces: planNamespaces(linux),
    process: planProcess(config.process),
    rootfs: path.startsWith("/") ? path : `${bundle}/${path}`,
    rootReadonly: root?.readonly ?? false,
    rootfsPropagation: planPropagation(linux?.rootfsPropagation),
    mounts: planMounts(config, bundle),
    devices: planDevices(config),
    netDevices: planNetDevices(linux),
    movesRdma: planRdma(config.annotations),
    hostname: config.hostname,
    domainname: config.domainname,
    sysctl: linux?.sysctl ?? {},
    maskedPaths: linux?.maskedPaths ?? [],
    readonlyPaths: linux?.readonlyPaths ?? [],
    seccomp: linux?.seccomp && planSeccomp(linux.seccomp),
    mountLabel: linux?.mountLabel,
    personality: linux?.personality?.domain,
    memoryPolicy: linux?.memoryPolicy && planMemoryPolicy(linux.memoryPolicy),
    intelRdt: linux?.intelRdt && planIntelRdt(linux.intelRdt),
  };
}

/** The recursive forms (`rshared`) are not in the spec, and callers use them: of one mount they mean the same. */
function planPropagation(value: string | undefined): RootPropagation | undefined {
  return value === undefined || value === ""
    ? undefined
    : value.replace(/^r/, "") as RootPropagation;
}
