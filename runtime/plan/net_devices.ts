/**
 * From `linux.netDevices` to the moves to make: what can be judged by the configuration alone.
 *
 * The schema of the specification takes any string for a name, so every rule here is the kernel's
 * own (dev_valid_name and dev_alloc_name in net/core/dev.c), or follows from the specification's
 * text. All that is wrong is reported at once.
 *
 * @see config-linux.md#configLinuxNetworkDevices
 * @module
 */
import { ALT_NAME_MAX, NAME_MAX } from "../../ffi/netlink/route_link.ts";
import { ConfigError, type Issue } from "../../spec/issue.ts";
import { member } from "../../spec/property_path.ts";

/** One device to move. */
export interface NetDeviceMove {
  /** The key: a name or an alternative name in the runtime's network namespace. */
  readonly hostName: string;
  /**
   * The name in the container; undefined keeps the device's own, which is not the key where that is
   * an alternative name.
   */
  readonly name: string | undefined;
  /** Whether `name` ends in `%d`, and the kernel picks the number. */
  readonly isTemplate: boolean;
}

/** The part of `linux` that decides. */
export interface NetDevicesConfig {
  readonly netDevices?:
    | Readonly<Record<string, { readonly name?: string | undefined }>>
    | undefined;
  readonly namespaces?: readonly { readonly type: string }[] | undefined;
}

const PROPERTY = "linux.netDevices";
const CLAUSE = "config-linux.md#configLinuxNetworkDevices";

/**
 * Translates `linux.netDevices`, in document order.
 *
 * @throws {ConfigError} With everything that no kernel could do.
 */
export function planNetDevices(linux: NetDevicesConfig | undefined): NetDeviceMove[] {
  const entries = Object.entries(linux?.netDevices ?? {});
  if (entries.length === 0) return [];
  const issues: Issue[] = [];
  if (!linux?.namespaces?.some(({ type }) => type === "network")) {
    // The "move" would rename the host's own device.
    const message = "needs a namespace of type network in linux.namespaces to move the devices to";
    issues.push({ path: PROPERTY, spec: CLAUSE, message });
  }
  const moves = entries.map(([hostName, { name = "" }]): NetDeviceMove => {
    const path = member(PROPERTY, hostName);
    const keyFault = faultOfKey(hostName);
    if (keyFault !== undefined) issues.push({ path, spec: CLAUSE, message: keyFault });
    // Absent and empty mean the same: tools that generate configs write `"name": ""`.
    const nameFault = name === "" ? undefined : faultOfName(name);
    if (nameFault !== undefined) {
      issues.push({ path: member(path, "name"), spec: CLAUSE, message: nameFault });
    }
    return { hostName, name: name === "" ? undefined : name, isTemplate: name.endsWith("%d") };
  });
  issues.push(...twice(moves));
  if (issues.length > 0) throw new ConfigError(issues);
  return moves;
}

/** Two devices that want one name. Between host names there is no clash: a map has each key once. */
function twice(moves: readonly NetDeviceMove[]): Issue[] {
  const owners = new Map<string, string>();
  const issues: Issue[] = [];
  for (const { hostName, name = hostName, isTemplate } of moves) {
    const owner = owners.get(name);
    if (owner === undefined || isTemplate) {
      owners.set(name, hostName);
      continue;
    }
    const message = `wants the name "${name}" in the container, and so does "${owner}"`;
    issues.push({ path: member(PROPERTY, hostName), spec: CLAUSE, message });
  }
  return issues;
}

function faultOfKey(key: string): string | undefined {
  // The kernel expands any % when a device gets its name, so no device has one in it.
  if (key.includes("%")) return 'must name a device, and no device has a "%" in its name';
  // The kernel takes any bytes as alternative names; ip(8) refuses these.
  return faultOfBytes("must name a device", key, ALT_NAME_MAX, /[\0/\s]/);
}

function faultOfName(name: string): string | undefined {
  if (name === "lo") return 'must not be "lo": every network namespace has its own';
  const percent = name.indexOf("%");
  // The kernel takes %d anywhere; the specification speaks of appending it.
  if (percent >= 0 && name.slice(percent) !== "%d") {
    return `must have "%" only as one "%d" at its end, got ${JSON.stringify(name)}`;
  }
  return faultOfBytes("must be a device name", name, NAME_MAX, /[\0/:]/) ??
    faultOfSpace(name);
}

function faultOfBytes(
  must: string,
  name: string,
  most: number,
  forbidden: RegExp,
): string | undefined {
  const { length } = new TextEncoder().encode(name);
  if (length === 0) return `${must}, and is empty`;
  if (length > most) return `${must} of at most ${most} bytes, got ${length}`;
  if (name === "." || name === ".." || forbidden.test(name)) {
    return `${must}, got ${JSON.stringify(name)}`;
  }
  return undefined;
}

/** The kernel's isspace() goes by byte and by Latin-1, where 0xa0 is a space: it refuses "à" (c3 a0). */
function faultOfSpace(name: string): string | undefined {
  const isSpace = (byte: number) =>
    byte === 0x20 || byte === 0xa0 || (byte >= 0x09 && byte <= 0x0d);
  if (!new TextEncoder().encode(name).some(isSpace)) return undefined;
  return `must be a device name, without bytes that the kernel takes for white space, got ${
    JSON.stringify(name)
  }`;
}
