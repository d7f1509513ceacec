/**
 * From `linux.netDevices` to the moves to make.
 *
 * That the names are names, that no two devices want the same one, and that there is a network
 * namespace to move to, is validated with the rest of the configuration: spec/rules/net_devices.ts.
 *
 * @see config-linux.md#configLinuxNetworkDevices
 * @module
 */

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

/** The part of `linux` that is read. */
export interface NetDevicesConfig {
  readonly netDevices?:
    | Readonly<Record<string, { readonly name?: string | undefined }>>
    | undefined;
}

/** Translates `linux.netDevices`, in document order. */
export function planNetDevices(linux: NetDevicesConfig | undefined): NetDeviceMove[] {
  return Object.entries(linux?.netDevices ?? {}).map(([hostName, { name = "" }]) => ({
    hostName,
    // Absent and empty mean the same: tools that generate configurations write `"name": ""`.
    name: name === "" ? undefined : name,
    isTemplate: name.endsWith("%d"),
  }));
}
