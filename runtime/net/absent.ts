/**
 * The error about a device that is not on the host. It says where the device is, as far as that is known.
 *
 * @module
 */
import { E } from "../../ffi/errno.ts";
import { NetlinkError } from "../../ffi/netlink/errors.ts";
import { getLinkRequest, type Link } from "../../ffi/netlink/route_link.ts";
import type { NetDeviceMove } from "../plan/net_devices.ts";
import { describeMove } from "./clashes.ts";
import { isKnownAs, type KnownDevice } from "./known_devices.ts";
import { NetDeviceError, sentence } from "./net_device_error.ts";

/** @param present The devices of the container's namespace, and `known` what is recorded of them. */
export function absent(
  move: NetDeviceMove,
  destination: string,
  present: readonly Link[],
  known: readonly KnownDevice[],
): NetDeviceError {
  const { type, args } = getLinkRequest(move.hostName);
  const refusal = sentence(new NetlinkError(type, args, { errno: E.ENODEV }));
  const action = describeMove(move, destination);
  return new NetDeviceError(move.hostName, action, refusal + whereabouts(move, present, known));
}

function whereabouts(
  { hostName, name = hostName, isTemplate }: NetDeviceMove,
  present: readonly Link[],
  known: readonly KnownDevice[],
): string {
  const record = known.find((device) => device.hostName === hostName);
  const moved = record && present.find((link) => isKnownAs(link, record));
  if (record !== undefined && moved !== undefined) {
    return `; it is in that namespace already as "${moved.name}", where an earlier container got it as "${record.name}"${
      record.wanted === null ? "" : ` for the name "${record.wanted}"`
    }`;
  }
  const there = present.find((link) => [link.name, ...link.altNames].includes(name));
  return there === undefined || isTemplate
    ? ""
    : `; that namespace has a device "${name}" already, which is not known to be the one`;
}
