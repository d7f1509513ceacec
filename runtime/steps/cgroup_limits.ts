/**
 * What the cgroup holds the container to.
 *
 * @module
 */
import { applyDeviceRules } from "../cgroup/device_limits.ts";
import { applyLimits } from "../cgroup/limits.ts";
import type { Creation } from "../creation.ts";
import * as log from "../log.ts";
import { inUserNamespace } from "../user_namespace.ts";

/** Writes the limits. */
export function limitResources(c: Creation): void {
  c.cgroupUndo.use(applyLimits(c.cgroup!, c.cgroupPlan.files));
}

/**
 * Whether device rules can be applied. Only root of the first user namespace can; who is not that cannot make nodes either
 * (mknod(2) takes its capability there), so a container of theirs has no devices but those that they had already.
 */
export function mayLimitDevices({ privileged }: Creation): boolean {
  return privileged && !inUserNamespace();
}

/** Applies the device rules. */
export function limitDevices(c: Creation): void {
  if (!mayLimitDevices(c)) {
    log.warn("linux.resources.devices: not applied, since that takes root of the host");
    return;
  }
  c.cgroupUndo.use(applyDeviceRules(c.cgroup!, c.cgroupPlan.devices));
}

/** Takes back what was changed in cgroups that existed before. */
export function undoLimits(c: Creation): void {
  c.cgroupUndo.dispose();
}
