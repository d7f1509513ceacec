/** Rules on `linux.namespaces` and on what only has a meaning within one. @module */

import { entry, member } from "../property_path.ts";
import { findNamespace, type Report, requireAbsolute, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";
import type { IDMapping } from "../schema/lists.ts";

/** Namespaces, ID mappings and time offsets. */
export const NAMESPACE_RULES: readonly Rule[] = [
  { reads: ["linux.namespaces"], check: checkNamespaces },
  { reads: ["linux.uidMappings", "linux.namespaces"], check: checkUidMappings },
  { reads: ["linux.gidMappings", "linux.namespaces"], check: checkGidMappings },
  { reads: ["linux.timeOffsets", "linux.namespaces"], check: checkTimeOffsets },
];

function checkNamespaces({ linux }: Config, report: Report): void {
  const first = new Map<string, string>();
  for (const [index, namespace] of (linux?.namespaces ?? []).entries()) {
    const path = entry("linux.namespaces", index);
    const earlier = first.get(namespace.type);
    if (earlier !== undefined) report(`${path}.type`, `repeats ${earlier}, "${namespace.type}"`);
    else first.set(namespace.type, path);
    if ((namespace.path ?? "") !== "") {
      requireAbsolute(`${path}.path`, namespace.path ?? "", report);
    }
  }
}

function checkUidMappings(config: Config, report: Report): void {
  checkMappings(config, "uidMappings", report);
}

function checkGidMappings(config: Config, report: Report): void {
  checkMappings(config, "gidMappings", report);
}

// UID_GID_MAP_MAX_EXTENTS since Linux 4.15; more lines are an EINVAL.
const MOST_MAPPINGS = 340;

function checkMappings(
  config: Config,
  name: "uidMappings" | "gidMappings",
  report: Report,
): void {
  const path = `linux.${name}`;
  const mappings = config.linux?.[name] ?? [];
  const user = findNamespace(config, "user");
  if (mappings.length > 0 && user === undefined) {
    report(path, 'needs a namespace of type "user" in linux.namespaces');
  }
  // A user namespace without a mapping has no root: nothing could be set up in it.
  if (mappings.length === 0 && user !== undefined && (user.path ?? "") === "") {
    report(path, "must have at least one entry, since a user namespace is to be created");
  }
  if (mappings.length > MOST_MAPPINGS) {
    report(path, `must not have more than ${MOST_MAPPINGS} entries, got ${mappings.length}`);
    return;
  }
  for (const [index, mapping] of mappings.entries()) {
    checkMapping(entry(path, index), mapping, report);
    for (const [earlier, other] of mappings.slice(0, index).entries()) {
      for (const side of ["containerID", "hostID"] as const) {
        if (!overlap(mapping, other, side)) continue;
        report(`${entry(path, index)}.${side}`, `overlaps ${entry(path, earlier)}`);
      }
    }
  }
}

// (uid_t)-1 is no ID, so the last one is 2^32 - 2; the kernel refuses a range that goes beyond.
const IDS = 4294967295;

function checkMapping(path: string, mapping: IDMapping, report: Report): void {
  const { containerID, hostID, size } = mapping;
  if (size === 0) report(`${path}.size`, "must not be 0");
  if (Math.max(containerID, hostID) + size > IDS) {
    report(`${path}.size`, `must not reach beyond ID ${IDS - 1}, got ${size}`);
  }
}

function overlap(a: IDMapping, b: IDMapping, side: "containerID" | "hostID"): boolean {
  return a[side] < b[side] + b.size && b[side] < a[side] + a.size;
}

const CLOCKS: readonly string[] = ["boottime", "monotonic"];

function checkTimeOffsets(config: Config, report: Report): void {
  const path = "linux.timeOffsets";
  const clocks = Object.keys(config.linux?.timeOffsets ?? {});
  for (const clock of clocks) {
    if (!CLOCKS.includes(clock)) {
      report(member(path, clock), 'must be for the clock "monotonic" or "boottime"');
    }
  }
  if (clocks.length === 0) return;
  const time = findNamespace(config, "time");
  if (time === undefined) report(path, 'needs a namespace of type "time" in linux.namespaces');
  // Once a process is in it, the offsets of a time namespace are fixed (time_namespaces(7)).
  else if ((time.path ?? "") !== "") {
    report(path, "must be absent, since a time namespace is joined");
  }
}
