/**
 * Whether the devices can go where they are to go, judged by what both namespaces have. Pure.
 *
 * The kernel would notice most of this as well, but only one device at a time, and with some of them
 * on their way.
 *
 * @see config-linux.md#configLinuxNetworkDevices
 * @module
 */
import { IFF } from "../../ffi/netlink/constants.ts";
import type { Link } from "../../ffi/netlink/route_link.ts";
import type { NetDeviceMove } from "../plan/net_devices.ts";
import { NetDeviceError } from "./net_device_error.ts";

/** A move, and the device it is about. */
export interface FoundMove {
  readonly move: NetDeviceMove;
  readonly link: Link;
}

/** Kinds that stay in their namespace, for kernels that do not tell (IFLA_NETNS_IMMUTABLE). */
const IMMUTABLE_KINDS = new Set(["bridge", "bond", "team", "vrf", "openvswitch", "hsr", "batadv"]);

/** Throws the first reason why not all of the moves can be made. */
export function refuseClashes(
  found: readonly FoundMove[],
  present: readonly Link[],
  destination: string,
): void {
  const taken = new Map(present.flatMap((link) => namesOf(link, `a device "${link.name}"`)));
  const keys = new Map<number, string>();
  for (const { move, link } of found) {
    const action = describeMove(move, destination);
    const refuse = (why: string): never => {
      throw new NetDeviceError(move.hostName, action, why);
    };
    const immutable = whyImmutable(link);
    if (immutable !== undefined) refuse(immutable);
    const other = keys.get(link.index);
    if (other !== undefined) refuse(`it is the same device as "${other}"`);
    keys.set(link.index, move.hostName);
    const name = move.isTemplate ? undefined : move.name ?? link.name;
    if (name !== undefined && link.altNames.includes(name)) {
      refuse(`"${name}" is an alternative name of the device, to be removed first`);
    }
    for (const wanted of [...(name === undefined ? [] : [name]), ...link.altNames]) {
      const owner = taken.get(wanted);
      if (owner === undefined) continue;
      const what = wanted === name ? "the name" : "the device's alternative name";
      refuse(`${what} "${wanted}" is taken there by ${owner}`);
    }
    const own = `"${move.hostName}", which moves there too`;
    if (name !== undefined) taken.set(name, own);
    for (const altName of link.altNames) taken.set(altName, own);
  }
}

/** What is tried, after "Cannot". */
export function describeMove({ hostName, name }: NetDeviceMove, destination: string): string {
  const as = name === undefined || name === hostName ? "" : ` as "${name}"`;
  return `move "${hostName}" to ${destination}${as}`;
}

function namesOf({ name, altNames }: Link, owner: string): [string, string][] {
  return [name, ...altNames].map((each) => [each, owner]);
}

function whyImmutable({ flags, kind, netnsImmutable }: Link): string | undefined {
  if ((flags & IFF.IFF_LOOPBACK) !== 0) {
    return "every network namespace keeps its own loopback device";
  }
  if (!(netnsImmutable ?? IMMUTABLE_KINDS.has(kind))) return undefined;
  return `the kernel keeps ${
    kind === "" ? "this device" : `a ${kind}`
  } in the namespace it was made in`;
}
