/**
 * Addresses of network devices over rtnetlink.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+---------------+---------------+
 * |  ifa_family   | ifa_prefixlen |   ifa_flags   |   ifa_scope   |
 * +---------------+---------------+---------------+---------------+
 * |                           ifa_index                           |
 * +---------------------------------------------------------------+
 * |                      attributes (IFA_*) …                     |
 * +---------------------------------------------------------------+
 * ```
 *
 * @see rtnetlink(7), include/uapi/linux/if_addr.h
 * @module
 */
import { Struct } from "../struct.ts";
import { type Attribute, AttributeDecoder, encodeAttributes, u32 } from "./attribute.ts";
import type { Connection, Request } from "./connection.ts";
import { IFA, NLM_F } from "./constants.ts";
import { ipText } from "./ip_text.ts";
import type { Message } from "./message.ts";

/** `struct ifaddrmsg`. */
export const ifaddrmsg = new Struct("ifaddrmsg", {
  ifa_family: "u8",
  ifa_prefixlen: "u8",
  ifa_flags: "u8",
  ifa_scope: "u8",
  ifa_index: "u32",
});

/** `struct ifa_cacheinfo`: lifetimes in seconds (the kernel spells preferred with one r), stamps in 1/100 s. */
export const ifa_cacheinfo = new Struct("ifa_cacheinfo", {
  ifa_prefered: "u32",
  ifa_valid: "u32",
  cstamp: "u32",
  tstamp: "u32",
});

/** A lifetime that does not end. */
export const INFINITY_LIFE_TIME = 0xffffffff;

/** One address of a device, with every attribute the kernel gave. */
export interface Address {
  readonly family: number;
  readonly prefixlen: number;
  /** `IFA_F_*`, all 32 bits. */
  readonly flags: number;
  readonly scope: number;
  /** The device's index. */
  readonly index: number;
  /** `IFA_*`, without IFA_FLAGS. */
  readonly attributes: readonly Attribute[];
}

/** Reads the address of an RTM_NEWADDR or RTM_DELADDR. */
export function decodeAddress({ payload }: Message): Address {
  const header = ifaddrmsg.decode(payload);
  let flags = header.ifa_flags;
  const attributes: Attribute[] = [];
  const decoder = new AttributeDecoder(payload.subarray(ifaddrmsg.size), "an address");
  for (const attribute of decoder) {
    if (attribute.type === IFA.IFA_FLAGS) flags = decoder.u32(attribute);
    else attributes.push(attribute);
  }
  decoder.finish();
  return {
    family: header.ifa_family,
    prefixlen: header.ifa_prefixlen,
    flags,
    scope: header.ifa_scope,
    index: header.ifa_index,
    attributes,
  };
}

/** The address as ip(8) writes it: `192.0.2.1/24`. */
export function addressText(address: Address): string {
  const { value } = address.attributes.find(({ type }) => type === IFA.IFA_LOCAL) ??
    address.attributes.find(({ type }) => type === IFA.IFA_ADDRESS) ?? { value: new Uint8Array(0) };
  return `${ipText(value)}/${address.prefixlen}`;
}

/** The request for the addresses of one device, or with 0 of all. */
export function dumpAddressesRequest(index: number): Request {
  return {
    type: "RTM_GETADDR",
    payload: ifaddrmsg.encode({ ifa_index: index }),
    args: index === 0 ? "" : `{ifa_index=${index}}`,
  };
}

/** The addresses of one device, or with 0 of all, of both families, in the kernel's order. */
export function dumpAddresses(connection: Connection, index: number): Address[] {
  const addresses = connection.dump(dumpAddressesRequest(index)).map(decodeAddress);
  // Without NETLINK_GET_STRICT_CHK (before Linux 4.20) the kernel ignores the index.
  return index === 0 ? addresses : addresses.filter((address) => address.index === index);
}

/** The request to add an address, or to change the one there is. */
export function setAddressRequest(address: Address): Request {
  const { family, prefixlen, flags, scope, index } = address;
  const attributes = encodeAttributes([...address.attributes, u32(IFA.IFA_FLAGS, flags)]);
  const payload = new Uint8Array(ifaddrmsg.size + attributes.length);
  ifaddrmsg.encode({
    ifa_family: family,
    ifa_prefixlen: prefixlen,
    ifa_flags: flags & 0xff,
    ifa_scope: scope,
    ifa_index: index,
  }, payload);
  payload.set(attributes, ifaddrmsg.size);
  return {
    type: "RTM_NEWADDR",
    flags: NLM_F.NLM_F_CREATE | NLM_F.NLM_F_REPLACE,
    payload,
    args: `{ifa_index=${index}, ${addressText(address)}}`,
  };
}

/** Adds an address to the device with its index, or changes the one there is. */
export function setAddress(connection: Connection, address: Address): void {
  connection.execute(setAddressRequest(address));
}
