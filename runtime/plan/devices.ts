/**
 * Which device nodes the container gets: the defaults, then those of `linux.devices`.
 *
 * @module
 */
import type { Config } from "../../spec/schema/config.ts";
import type { Device } from "../../spec/schema/linux.ts";
import { cleanPath } from "./container_path.ts";

/** One node. */
export interface DevicePlan {
  /** Where it stands in the configuration, or "a default device". */
  readonly property: string;
  readonly path: string;
  /** Character device, block device or FIFO. */
  readonly type: "c" | "b" | "p";
  readonly major: number;
  readonly minor: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Name in /dev → major and minor (config-linux.md#configLinuxDefaultDevices; Documentation/admin-guide/devices.txt). */
const DEFAULTS: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  null: [1, 3],
  zero: [1, 5],
  full: [1, 7],
  random: [1, 8],
  urandom: [1, 9],
  tty: [5, 0],
};

/** What a device file is readable and writable for when nothing else is said: everybody. */
const DEFAULT_MODE = 0o666;

/**
 * Whether /dev is the container's own. One that is bind-mounted belongs to whoever bound it, as a rule to the host:
 * nothing is made in it.
 */
export function ownsDev(config: Pick<Config, "mounts">): boolean {
  return !(config.mounts ?? []).some(({ destination, type, options = [] }) =>
    cleanPath(destination) === "/dev" &&
    (type === "bind" || options.includes("bind") || options.includes("rbind"))
  );
}

/** Translates `linux.devices` and adds the defaults that it does not replace. */
export function planDevices(config: Pick<Config, "linux" | "mounts">): DevicePlan[] {
  const configured = (config.linux?.devices ?? []).map(planDevice);
  const taken = new Set(configured.map(({ path }) => cleanPath(path)));
  const defaults = Object.entries(DEFAULTS).map(([name, [major, minor]]): DevicePlan => ({
    property: "a default device",
    path: `/dev/${name}`,
    type: "c",
    major,
    minor,
    mode: DEFAULT_MODE,
    uid: 0,
    gid: 0,
  }));
  const all = [...defaults.filter(({ path }) => !taken.has(path)), ...configured];
  return ownsDev(config) ? all : all.filter(({ path }) => !isInDev(path));
}

function isInDev(path: string): boolean {
  return cleanPath(path).startsWith("/dev/");
}

function planDevice(device: Device, index: number): DevicePlan {
  return {
    property: `linux.devices[${index}]`,
    path: device.path,
    // `u`, unbuffered, is what `c` was called once: the same to mknod(2).
    type: device.type === "u" ? "c" : device.type,
    major: device.major ?? 0,
    minor: device.minor ?? 0,
    mode: (device.fileMode ?? DEFAULT_MODE) & 0o7777,
    uid: device.uid ?? 0,
    gid: device.gid ?? 0,
  };
}
