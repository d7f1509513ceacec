/**
 * Which addresses go along with a device, and in what form the kernel takes them.
 *
 * The move itself drops all of them. What is here is pure.
 *
 * @see config-linux.md#configLinuxNetworkDevices
 * @module
 */
import { type Attribute, string } from "../../ffi/netlink/attribute.ts";
import { AF, IFA, IFA_F, RT_SCOPE } from "../../ffi/netlink/constants.ts";
import { NAME_MAX } from "../../ffi/netlink/route_link.ts";
import {
  type Address,
  ifa_cacheinfo,
  INFINITY_LIFE_TIME,
} from "../../ffi/netlink/route_address.ts";

/** Bits that the kernel sets by what it finds; taken as wishes they would be wrong or do harm. */
const OBSERVED = IFA_F.IFA_F_SECONDARY | IFA_F.IFA_F_OPTIMISTIC | IFA_F.IFA_F_DADFAILED |
  IFA_F.IFA_F_DEPRECATED | IFA_F.IFA_F_TENTATIVE | IFA_F.IFA_F_PERMANENT;

/** Whether the specification has the address preserved: permanent and of global scope, whatever its family. */
export function isPreserved({ flags, scope }: Address): boolean {
  return (flags & IFA_F.IFA_F_PERMANENT) !== 0 && scope === RT_SCOPE.RT_SCOPE_UNIVERSE;
}

/**
 * The addresses of a dump in the order to add them in: the kernel lists IPv4 oldest first and IPv6
 * newest first, and it chooses source addresses by that order.
 */
export function inOrderOfAge(addresses: readonly Address[]): Address[] {
  return [
    ...addresses.filter(({ family }) => family !== AF.AF_INET6),
    ...addresses.filter(({ family }) => family === AF.AF_INET6).reverse(),
  ];
}

/** The address as the kernel takes it, for the device with the index. */
export function addableAddress(address: Address, index: number): Address {
  return {
    ...address,
    index,
    flags: address.flags & ~OBSERVED,
    attributes: address.attributes.map((attribute) =>
      attribute.type === IFA.IFA_CACHEINFO ? lifetimes(attribute, address.flags) : attribute
    ),
  };
}

/** IPv4 reports a deprecated address as preferred for ever, and shows the truth in the flag alone. */
function lifetimes(attribute: Attribute, flags: number): Attribute {
  if ((flags & IFA_F.IFA_F_DEPRECATED) === 0) return attribute;
  const info = ifa_cacheinfo.decode(attribute.value);
  return { ...attribute, value: ifa_cacheinfo.encode({ ...info, ifa_prefered: 0 }) };
}

/**
 * The address, with what is left of its lifetimes after some seconds; undefined when it has ended.
 * The kernel counts anew from the moment it is told.
 */
export function agedAddress(address: Address, seconds: number): Address | undefined {
  const info = address.attributes.find(({ type }) => type === IFA.IFA_CACHEINFO);
  if (info === undefined) return address;
  const { ifa_prefered, ifa_valid } = ifa_cacheinfo.decode(info.value);
  const left = {
    ifa_prefered: remaining(ifa_prefered, seconds),
    ifa_valid: remaining(ifa_valid, seconds),
  };
  if (left.ifa_valid === 0) return undefined;
  const value = ifa_cacheinfo.encode(left);
  const attributes = address.attributes.map((other) => other === info ? { ...info, value } : other);
  return { ...address, attributes };
}

function remaining(lifetime: number, seconds: number): number {
  return lifetime === INFINITY_LIFE_TIME ? lifetime : Math.max(0, lifetime - Math.floor(seconds));
}

/**
 * Adapts an IPv4 label to a rename: `eth0` and `eth0:web` follow the device, any other label stays.
 * ip(8) and old programs take a label for a device of its own, and find it by the part before the colon.
 */
export function relabelledAddress(address: Address, from: string, to: string): Address {
  if (from === to) return address;
  const attributes = address.attributes.map((attribute) => {
    if (attribute.type !== IFA.IFA_LABEL) return attribute;
    const end = attribute.value.indexOf(0);
    const label = new TextDecoder().decode(attribute.value.subarray(0, end < 0 ? undefined : end));
    return string(IFA.IFA_LABEL, newLabel(label, from, to));
  });
  return { ...address, attributes };
}

function newLabel(label: string, from: string, to: string): string {
  if (label !== from && !label.startsWith(`${from}:`)) return label;
  const renamed = to + label.slice(from.length);
  // A label is as short as a name. Without its suffix it is at least the new device's.
  return new TextEncoder().encode(renamed).length <= NAME_MAX ? renamed : to;
}

/** Whether duplicate address detection has been through, and need not hold up the address again. */
export function isVerified({ family, flags }: Address): boolean {
  return family === AF.AF_INET6 &&
    (flags & (IFA_F.IFA_F_TENTATIVE | IFA_F.IFA_F_OPTIMISTIC | IFA_F.IFA_F_DADFAILED)) === 0;
}

/**
 * Whether the kernel makes the address's routes only when it is set on a device that is up. When a
 * device comes up it makes those of permanent IPv6 addresses, but not of dynamic ones, and for a
 * peer it forgets the route to the peer (fixup_permanent_addr in net/ipv6/addrconf.c).
 */
export function isRoutedLate({ family, flags, attributes }: Address): boolean {
  if (family !== AF.AF_INET6) return false;
  // IPv6 has IFA_LOCAL only beside a peer, which is IFA_ADDRESS then.
  const hasPeer = attributes.some(({ type }) => type === IFA.IFA_LOCAL);
  return hasPeer || (flags & IFA_F.IFA_F_PERMANENT) === 0;
}

/**
 * Whether the kernel makes the address again by itself when the device comes up: a link-local one
 * out of the device's secret. Added by anybody else it would lack IFA_F_STABLE_PRIVACY.
 */
export function isRemade({ family, flags, scope }: Address): boolean {
  return family === AF.AF_INET6 && scope === RT_SCOPE.RT_SCOPE_LINK &&
    (flags & IFA_F.IFA_F_STABLE_PRIVACY) !== 0;
}
