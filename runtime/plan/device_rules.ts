/**
 * Which devices a container may use: `linux.resources.devices`, and what goes without saying.
 *
 * @see config-linux.md#configLinuxDeviceAllowedlist
 * @module
 */
import type { Linux } from "../../spec/schema/linux.ts";
import type { DeviceCgroup } from "../../spec/schema/resources.ts";

/** What is done with a device, as bits: the kernel's BPF_DEVCG_ACC_*. */
export const ACCESS = { m: 1, r: 2, w: 4 } as const;

/** All three. */
export const ALL_ACCESS: number = ACCESS.m | ACCESS.r | ACCESS.w;

/** Some devices, and what is done with them. */
export interface DevicePattern {
  /** Block or character device; `a` is both. */
  readonly type: "a" | "b" | "c";
  /** undefined is every one. */
  readonly major: number | undefined;
  /** undefined is every one. */
  readonly minor: number | undefined;
  /** Of {@linkcode ACCESS}. */
  readonly access: number;
}

/** One rule. Of several that speak of the same access to the same device the last one decides. */
export interface DeviceRule extends DevicePattern {
  readonly allow: boolean;
  /** Where it stands in the configuration, for messages. */
  readonly property: string;
}

/**
 * The rules, in the listed order (MUST), and after them what the container cannot do without: the default devices, its
 * terminals, `linux.devices`, and making nodes, which by itself opens none. Without any rule of the configuration's there
 * are no rules; with some, what none of them speaks of is denied, as other runtimes have it.
 *
 * What the rules say of the very same devices stands: a device that they make read-only stays so.
 */
export function deviceRules(linux: Pick<Linux, "devices" | "resources">): DeviceRule[] {
  const { devices = [], resources } = linux;
  const rules = (resources?.devices ?? []).map(toRule);
  if (rules.length === 0) return [];
  const start = rules.findLastIndex(isEverything);
  const spokenOf = new Set(rules.slice(start + 1).map(keyOf));
  const implied = [...DEFAULTS, ...devices.flatMap(ofDevice)];
  return [...rules, ...implied.filter((rule) => !spokenOf.has(keyOf(rule)))];
}

function toRule(rule: DeviceCgroup, index: number): DeviceRule {
  const { allow, type = "", major, minor, access = "" } = rule;
  return {
    property: `linux.resources.devices[${index}]`,
    allow,
    type: type === "b" || type === "c" ? type : "a",
    major: major === undefined || major < 0 ? undefined : major,
    minor: minor === undefined || minor < 0 ? undefined : minor,
    access: access === "" ? ALL_ACCESS : bits(access),
  };
}

function bits(access: string): number {
  return [...access].reduce((sum, letter) => sum | ACCESS[letter as keyof typeof ACCESS], 0);
}

function implied(
  type: "b" | "c",
  major: number | undefined,
  minor: number | undefined,
  access = ALL_ACCESS,
): DeviceRule {
  return { property: "linux.resources.devices", allow: true, type, major, minor, access };
}

/** Documentation/admin-guide/devices.txt has the numbers. */
const DEFAULTS: readonly DeviceRule[] = [
  implied("c", undefined, undefined, ACCESS.m),
  implied("b", undefined, undefined, ACCESS.m),
  // null, zero, full, random, urandom, tty: config-linux.md#configLinuxDefaultDevices.
  implied("c", 1, 3),
  implied("c", 1, 5),
  implied("c", 1, 7),
  implied("c", 1, 8),
  implied("c", 1, 9),
  implied("c", 5, 0),
  // ptmx, and the terminals that come from it; /dev/console is one of them. The console 5:1 is the host's.
  implied("c", 5, 2),
  implied("c", 136, undefined),
];

function ofDevice({ type, major, minor }: NonNullable<Linux["devices"]>[number]): DeviceRule[] {
  // A FIFO is no device to the kernel.
  if (type === "p") return [];
  return [implied(type === "b" ? "b" : "c", major, minor)];
}

/** Whether a rule leaves nothing of the earlier ones. */
export function isEverything({ type, major, minor, access }: DevicePattern): boolean {
  return type === "a" && major === undefined && minor === undefined && access === ALL_ACCESS;
}

function keyOf(rule: DevicePattern): string {
  return `${rule.type} ${numbersOf(rule)}`;
}

/** `8:*`, as the kernel writes it. */
export function numbersOf({ major, minor }: DevicePattern): string {
  return `${major ?? "*"}:${minor ?? "*"}`;
}
