/**
 * The kernel's settings of one device below /proc/sys/net.
 *
 * A device that enters a network namespace gets the namespace's defaults; its settings stay behind
 * and are lost. To give a device back as it was they are read before and written after.
 *
 * @see https://docs.kernel.org/networking/ip-sysctl.html
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { open, writeString } from "../../ffi/open.ts";
import { readSmallFile } from "../../ffi/small_file.ts";
import type { NetNamespace } from "./net_namespace.ts";

/** Values by path below /proc/sys/net, with `DEV` for the device: `ipv6/conf/DEV/accept_ra`. */
export type DeviceSysctls = ReadonlyMap<string, string>;

const DIRECTORIES = ["ipv4/conf", "ipv6/conf", "ipv4/neigh", "ipv6/neigh"];

/** Set through rtnetlink, where it does not make new addresses at once. */
const ADDR_GEN_MODE = "ipv6/conf/DEV/addr_gen_mode";

/** Reads all settings of each device; without IPv6 in the kernel those of IPv4. */
export function readDeviceSysctls(
  namespace: NetNamespace,
  devices: readonly string[],
): DeviceSysctls[] {
  return namespace.run(() => {
    // Every device has the same files, but one that is too small for IPv6 has none of that.
    const keys = DIRECTORIES.flatMap((directory) => {
      const files = Iterator.from(devices).map((device) =>
        list(`/proc/sys/net/${directory}/${device}`)
      );
      return files.find((names) => names.length > 0)?.map((name) => `${directory}/DEV/${name}`) ??
        [];
    }).filter((key) => key !== ADDR_GEN_MODE);
    return devices.map((device) => {
      const values = new Map<string, string>();
      for (const key of keys) {
        // What cannot be read cannot be restored: `stable_secret` before it is set, write-only files.
        const value = readSmallFile(pathOf(key, device));
        if (value !== undefined) values.set(key, value);
      }
      return values;
    });
  });
}

/**
 * Writes the settings that differ from the present ones, and returns what could not be written.
 *
 * `stable_secret` switches the address generation mode as well, so the mode is to be set afterwards.
 */
export function writeDeviceSysctls(
  namespace: NetNamespace,
  device: string,
  wanted: DeviceSysctls,
): unknown[] {
  const errors: unknown[] = [];
  const [present] = readDeviceSysctls(namespace, [device]);
  namespace.run(() => {
    for (const [key, value] of wanted) {
      if (present?.get(key) === value) continue;
      try {
        write(pathOf(key, device), value);
      } catch (error) {
        errors.push(error);
      }
    }
  });
  return errors;
}

/** Writes one setting. */
export function writeDeviceSysctl(
  namespace: NetNamespace,
  device: string,
  key: string,
  value: string,
): void {
  namespace.run(() => write(pathOf(key, device), value));
}

function pathOf(key: string, device: string): string {
  return `/proc/sys/net/${key.replace("DEV", () => device)}`;
}

function list(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function write(path: string, value: string): void {
  using fd = open(path, O.O_WRONLY);
  writeString(fd.fd, value);
}
