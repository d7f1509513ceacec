/** Rules on `linux.netDevices`. @module */

import { member } from "../property_path.ts";
import { findNamespace, type Report, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";

/** Names of network devices. */
export const NET_DEVICE_RULES: readonly Rule[] = [
  { reads: ["linux.netDevices"], check: checkNames },
  { reads: ["linux.netDevices", "linux.namespaces"], check: checkNetwork },
];

function checkNetwork(config: Config, report: Report): void {
  if (Object.keys(config.linux?.netDevices ?? {}).length === 0) return;
  // Without one, the move would be none, and the new name would be given to the host's device.
  if (findNamespace(config, "network") === undefined) {
    report("linux.netDevices", 'needs a namespace of type "network" in linux.namespaces');
  }
}

function checkNames({ linux }: Config, report: Report): void {
  const targets = new Map<string, string>();
  for (const [host, device] of Object.entries(linux?.netDevices ?? {})) {
    const path = member("linux.netDevices", host);
    const hostFault = nameFault(host, false);
    if (hostFault !== undefined) report(path, `must be named by a device's name: ${hostFault}`);
    const given = device.name ?? "";
    const fault = given === "" ? undefined : nameFault(given, true);
    if (fault !== undefined) report(`${path}.name`, fault);
    const target = given === "" ? host : given;
    const where = given === "" ? path : `${path}.name`;
    // A new network namespace has its loopback before anything can be moved there.
    if (target === "lo") report(where, 'must not be "lo", which every network namespace has');
    const earlier = targets.get(target);
    if (earlier !== undefined) report(where, `repeats the name of ${earlier}, ${quote(target)}`);
    // Each use of a template gives another name.
    else if (!target.includes("%")) targets.set(target, path);
  }
}

// IFNAMSIZ is 16 with the NUL.
const LONGEST = 15;

/** Why the kernel would not have `name`, by its dev_valid_name(); `undefined` if it would. */
function nameFault(name: string, template: boolean): string | undefined {
  const got = quote(name);
  const bytes = new TextEncoder().encode(name);
  if (bytes.length === 0 || bytes.length > LONGEST) {
    return `must have 1 to ${LONGEST} bytes, got ${got}`;
  }
  if (name === "." || name === "..") return `must not be ${got}`;
  if (bytes.some(isForbidden)) return `must not contain "/", ":" or white space, got ${got}`;
  if (!name.includes("%")) return undefined;
  if (!template) return `must not contain "%", which no name of a device has, got ${got}`;
  return /^[^%]*%d$/.test(name) ? undefined : `must have "%" only in "%d" at its end, got ${got}`;
}

// The kernel's isspace() is Latin-1's, byte by byte: 0xa0 is the no-break space there, and the second
// byte of "\u00e0" in UTF-8.
function isForbidden(byte: number): boolean {
  return byte === 0x2f || byte === 0x3a || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) ||
    byte === 0xa0;
}

function quote(name: string): string {
  return JSON.stringify(name);
}
