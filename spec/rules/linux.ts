/** Rules on the plain members of `linux`. @module */

import { entry } from "../property_path.ts";
import { parseRanges } from "../ranges.ts";
import { findNamespace, type Report, requireAbsolute, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";
import type { MemoryPolicy } from "../schema/linux.ts";

/** Devices, masked paths, personality, memory policy and resource director. */
export const LINUX_RULES: readonly Rule[] = [
  { reads: ["linux.devices"], check: checkDevices },
  { reads: ["linux.maskedPaths", "linux.namespaces"], check: checkMaskedPaths },
  { reads: ["linux.readonlyPaths", "linux.namespaces"], check: checkReadonlyPaths },
  { reads: ["linux.personality"], check: checkPersonality },
  { reads: ["linux.memoryPolicy"], check: checkMemoryPolicy },
  { reads: ["linux.intelRdt"], check: checkIntelRdt },
];

function checkDevices({ linux }: Config, report: Report): void {
  for (const [index, device] of (linux?.devices ?? []).entries()) {
    const path = entry("linux.devices", index);
    requireAbsolute(`${path}.path`, device.path, report);
    if (device.type === "p") continue;
    for (const number of ["major", "minor"] as const) {
      if (device[number] === undefined) {
        report(`${path}.${number}`, `is required for a device of type "${device.type}"`);
      }
    }
  }
}

function checkMaskedPaths(config: Config, report: Report): void {
  checkPaths(config, "maskedPaths", report);
}

function checkReadonlyPaths(config: Config, report: Report): void {
  checkPaths(config, "readonlyPaths", report);
}

function checkPaths(config: Config, name: "maskedPaths" | "readonlyPaths", report: Report): void {
  const paths = config.linux?.[name] ?? [];
  for (const [index, path] of paths.entries()) {
    requireAbsolute(entry(`linux.${name}`, index), path, report);
  }
  // In the runtime's own mount namespace they would change the host's tree.
  if (paths.length > 0 && findNamespace(config, "mount") === undefined) {
    report(`linux.${name}`, 'needs a namespace of type "mount" in linux.namespaces');
  }
}

function checkPersonality({ linux }: Config, report: Report): void {
  for (const [index, flag] of (linux?.personality?.flags ?? []).entries()) {
    const path = entry("linux.personality.flags", index);
    report(path, `must be absent: no flag is supported, got ${JSON.stringify(flag)}`);
  }
}

function checkMemoryPolicy({ linux }: Config, report: Report): void {
  const policy = linux?.memoryPolicy;
  if (policy === undefined) return;
  const path = "linux.memoryPolicy";
  const nodes = parseRanges(policy.nodes ?? "");
  if (nodes === undefined) {
    const got = JSON.stringify(policy.nodes);
    report(`${path}.nodes`, `must be a list of memory nodes such as "0-3,7", got ${got}`);
  } else if (TAKES_NO_NODES.includes(policy.mode)) {
    if (nodes.length > 0) report(`${path}.nodes`, `must be absent or empty for ${policy.mode}`);
  } else if (nodes.length === 0 && policy.mode !== "MPOL_PREFERRED") {
    report(`${path}.nodes`, `must have at least one node for ${policy.mode}`);
  }
  checkMemoryPolicyFlags(`${path}.flags`, policy, nodes?.length === 0, report);
}

const TAKES_NO_NODES: readonly string[] = ["MPOL_DEFAULT", "MPOL_LOCAL"];
const TAKES_BALANCING: readonly string[] = ["MPOL_BIND", "MPOL_PREFERRED_MANY"];

// Each of these is an EINVAL of set_mempolicy(2), which would not say which property is at fault.
function checkMemoryPolicyFlags(
  path: string,
  policy: MemoryPolicy,
  noNodes: boolean,
  report: Report,
): void {
  const { mode, flags = [] } = policy;
  const fixed = flags.filter((flag) => flag !== "MPOL_F_NUMA_BALANCING");
  if (new Set(fixed).size > 1) report(path, `must not have both of ${fixed.join(" and ")}`);
  if (fixed.length > 0 && noNodes) report(path, `must not have ${fixed[0]} without nodes`);
  // MPOL_BIND since Linux 5.12, MPOL_PREFERRED_MANY since 6.9.
  if (flags.includes("MPOL_F_NUMA_BALANCING") && !TAKES_BALANCING.includes(mode)) {
    report(path, `must not have MPOL_F_NUMA_BALANCING for ${mode}`);
  }
}

function checkIntelRdt({ linux }: Config, report: Report): void {
  const { closID = "", schemata = [] } = linux?.intelRdt ?? {};
  // It names a directory of resctrl: anything but a plain name, or "/" for its root, leads elsewhere.
  if (closID === "." || closID === ".." || (closID.length > 1 && closID.includes("/"))) {
    const got = JSON.stringify(closID);
    report("linux.intelRdt.closID", `must be "/" or the name of a directory, got ${got}`);
  }
  for (const [index, line] of schemata.entries()) {
    if (line.includes("\n")) {
      report(entry("linux.intelRdt.schemata", index), "must not contain a newline");
    }
  }
}
