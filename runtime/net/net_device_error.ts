/**
 * What goes wrong with a network device.
 *
 * @module
 */

import { E } from "../../ffi/errno.ts";
import { isNetlinkErrno } from "../../ffi/netlink/errors.ts";

/** What moving takes, after an EPERM. */
export const NEEDS = "; it takes CAP_NET_ADMIN over both network namespaces";

/** A device that cannot be moved, or not be given back; the message names it, its destination and the call. */
export class NetDeviceError extends Error {
  override readonly name = "NetDeviceError";
  /** The device's key in `linux.netDevices`. */
  readonly device: string;

  /** @param action What was tried, after "Cannot": `move "eth1" into …`. */
  constructor(device: string, action: string, why: unknown) {
    const hint = isNetlinkErrno(why, E.EPERM) ? NEEDS : "";
    super(`Cannot ${action}: ${sentence(why)}${hint}`, { cause: why });
    this.device = device;
  }
}

/** The text of whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
