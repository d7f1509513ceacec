/**
 * The security modules of this kernel, as far as a configuration can name their labels.
 *
 * @module
 */
import { readSmallFile } from "../ffi/small_file.ts";
import type { SecurityModules } from "./plan/labels.ts";
import type { Config } from "../spec/schema/config.ts";
import { type LabelWrite, planLabelWrites } from "./plan/labels.ts";

/** Looks for them. securityfs has a list, but need not be mounted. */
export function securityModules(): SecurityModules {
  return {
    apparmor: readSmallFile("/sys/module/apparmor/parameters/enabled") === "Y",
    // The module registers it as it starts, and never without starting.
    selinux: /^nodev\tselinuxfs$/m.test(readSmallFile("/proc/filesystems") ?? ""),
  };
}

/** The labels of a configuration's process, for this kernel. */
export function labelWrites(config: Config): readonly LabelWrite[] {
  const apparmor = readSmallFile("/proc/thread-self/attr/apparmor/current");
  return planLabelWrites(config, apparmor !== undefined);
}
