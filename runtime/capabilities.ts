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
  for (const name of capabilityNames(lost)) {
    warn(`process.capabilities: cannot grant "${name}": the runtime does not have it`);
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
  for (const name of capabilityNames(granted.ambient & ~ambient)) {
    warn(
      `process.capabilities.ambient: cannot grant "${name}": it is not permitted and inheritable`,
    );
  }
  return { ...granted, ambient };
}

/** The inode of the initial user namespace, the same on every machine (`USER_NS_INIT_INO` of include/uapi/linux/nsfs.h). */
const INITIAL_USER_NAMESPACE = 0xefff_fffdn;

/** Whether this process has a capability over the whole machine, and not over a user namespace alone. */
export function hasHostCapability(name: typeof CAPABILITIES[number]): boolean {
  const bit = 1n << BigInt(CAPABILITIES.indexOf(name));
  if ((getCapabilities().effective & bit) === 0n) return false;
  return statx(AT_FDCWD, "/proc/self/ns/user").stx_ino === INITIAL_USER_NAMESPACE;
}
