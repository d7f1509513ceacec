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
    const hostFault = keyFault(host);
    if (hostFault !== undefined) report(path, `must be named by a device's name: ${hostFault}`);
    const given = device.name ?? "";
    const fault = given === "" ? undefined : nameFault(given);
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

// IFNAMSIZ is 16, and ALTIFNAMSIZ 128, with the NUL.
const LONGEST = 15;
const LONGEST_ALTERNATIVE = 127;

/**
 * Why `key` names no device. It may be an alternative name, where the kernel takes nearly anything: what is refused here no
 * tool would set.
 */
function keyFault(key: string): string | undefined {
  return lengthFault(key, LONGEST_ALTERNATIVE) ??
    (/[\0/ \t-\r]/.test(key)
      ? `must not contain "/", NUL or white space, got ${quote(key)}`
      : undefined);
}

/** Why the kernel would not have `name`, by its dev_valid_name(); `undefined` if it would. */
function nameFault(name: string): string | undefined {
  const fault = lengthFault(name, LONGEST);
  if (fault !== undefined) return fault;
  if (toBytes(name).some((byte) => byte === SLASH || byte === COLON || isSpace(byte))) {
    return `must not contain "/", ":" or white space, got ${quote(name)}`;
  }
  return !name.includes("%") || /^[^%]*%d$/.test(name)
    ? undefined
    : `must have "%" only in "%d" at its end, got ${quote(name)}`;
}

function lengthFault(name: string, longest: number): string | undefined {
  const { length } = toBytes(name);
  if (length === 0 || length > longest) {
    return `must have 1 to ${longest} bytes, got ${quote(name)}`;
  }
  return name === "." || name === ".." ? `must not be ${quote(name)}` : undefined;
}

const SLASH = 0x2f;
const COLON = 0x3a;

// The kernel's isspace() is Latin-1's, byte by byte: 0xa0 is the no-break space there, and the second
// byte of "\u00e0" in UTF-8.
function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0;
}

function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function quote(name: string): string {
  return JSON.stringify(name);
}
