/**
 * Which capabilities this process can hand on.
 *
 * @module
 */
import { getCapabilities, hasBoundingCapability } from "../ffi/capabilities.ts";
import { AT_FDCWD } from "../ffi/constants.ts";
import { statx } from "../ffi/stat.ts";
import { CAPABILITIES } from "../spec/capabilities.ts";
import { capabilityNames, type CapabilityPlan } from "./plan/process.ts";

/**
 * The planned sets without what cannot be granted: that MUST be logged and SHOULD NOT fail the container
 * (config.md#configLinuxProcess).
 */
export function grantedCapabilities(
  plan: CapabilityPlan,
  warn: (message: string) => void,
): CapabilityPlan {
  const { permitted } = getCapabilities();
  let bounding = 0n;
  CAPABILITIES.forEach((_, number) => {
    if (hasBoundingCapability(number)) bounding |= 1n << BigInt(number);
  });
  const asked = plan.bounding | plan.effective | plan.permitted | plan.inheritable | plan.ambient;
  const lost = asked & ~(permitted & bounding);
  // One line for all: buildah asks for all ambient ones at every run, and shows its caller what is logged.
  if (lost !== 0n) {
    warn(`process.capabilities: cannot grant ${quoted(lost)}: not held by the runtime`);
  }
  const granted = {
    bounding: plan.bounding & ~lost,
    effective: plan.effective & ~lost & plan.permitted,
    permitted: plan.permitted & ~lost,
    inheritable: plan.inheritable & ~lost,
    ambient: plan.ambient & ~lost,
  };
  // The kernel takes an ambient capability only if it is permitted and inheritable (capabilities(7)).
  const ambient = granted.ambient & granted.permitted & granted.inheritable;
  const refused = granted.ambient & ~ambient;
  if (refused !== 0n) {
    const names = quoted(refused);
    warn(`process.capabilities.ambient: cannot grant ${names}: not permitted and inheritable`);
  }
  return { ...granted, ambient };
}

function quoted(set: bigint): string {
  return capabilityNames(set).map((name) => `"${name}"`).join(", ");
}

/** The inode of the initial user namespace, the same on every machine (`USER_NS_INIT_INO` of include/uapi/linux/nsfs.h). */
const INITIAL_USER_NAMESPACE = 0xefff_fffdn;

/** Whether this process has a capability over the whole machine, and not over a user namespace alone. */
export function hasHostCapability(name: typeof CAPABILITIES[number]): boolean {
  const bit = 1n << BigInt(CAPABILITIES.indexOf(name));
  if ((getCapabilities().effective & bit) === 0n) return false;
  return statx(AT_FDCWD, "/proc/self/ns/user").stx_ino === INITIAL_USER_NAMESPACE;
}
