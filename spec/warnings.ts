/** What is odd about a config that is valid. @module */

import { clauseOf } from "./clause.ts";
import type { Issue } from "./issue.ts";
import { entry } from "./property_path.ts";
import type { Config } from "./schema/config.ts";
import { isNewerMinor, OCI_VERSION_MAX, parseVersion } from "./version.ts";

/**
 * What the runtime-spec says SHOULD NOT be, for the log. The capabilities are not looked at: whether
 * one can be granted depends on the kernel and on ourselves.
 *
 * @see runtime.md#runtimeWarnings
 */
export function configWarnings(config: Config): Issue[] {
  const warnings: Issue[] = [];
  const warn = (path: string, message: string): void => {
    warnings.push({ path, spec: clauseOf(path), message });
  };
  const version = parseVersion(config.ociVersion);
  if (version !== undefined && isNewerMinor(version)) {
    warn("ociVersion", `is newer than ${OCI_VERSION_MAX}: properties new in it are ignored`);
  }
  warnOfMounts(config, warn);
  warnOfDevices(config, warn);
  const l3 = config.linux?.intelRdt?.l3CacheSchema;
  if (l3 !== undefined && !/^L3:[^\n]*$/.test(l3)) {
    warn("linux.intelRdt.l3CacheSchema", 'should be one line that starts with "L3:"');
  }
  return warnings;
}

type Warn = (path: string, message: string) => void;

function warnOfMounts({ mounts = [] }: Config, warn: Warn): void {
  for (const [index, mount] of mounts.entries()) {
    const path = entry("mounts", index);
    if (!mount.destination.startsWith("/")) {
      warn(`${path}.destination`, 'should be absolute; relative to "/" is deprecated');
    }
    const mapped = mount.options?.some((option) => option === "idmap" || option === "ridmap");
    if (mount.uidMappings !== undefined && mapped !== true) {
      warn(`${path}.options`, 'should have "idmap" or "ridmap", since there are mappings');
    }
  }
}

function warnOfDevices({ linux }: Config, warn: Warn): void {
  const first = new Map<string, string>();
  for (const [index, { type, major, minor }] of (linux?.devices ?? []).entries()) {
    if (type === "p") continue;
    const path = entry("linux.devices", index);
    const device = `${type === "u" ? "c" : type} ${major}:${minor}`;
    const earlier = first.get(device);
    if (earlier !== undefined) warn(path, `should not be the same device as ${earlier}, ${device}`);
    else first.set(device, path);
  }
}
