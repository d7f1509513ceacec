/**
 * Neighbours (ARP and NDP entries) over rtnetlink.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |  ndm_family   |    padding    |            padding            |
 * +---------------+---------------+-------------------------------+
 * |                          ndm_ifindex                          |
 * +-------------------------------+---------------+---------------+
 * |       ndm_state (NUD_*)       |ndm_flags NTF_*|   ndm_type    |
 * +-------------------------------+---------------+---------------+
 * |                      attributes (NDA_*) …                     |
 * +---------------------------------------------------------------+
 * ```
 *
 * @see rtnetlink(7), include/uapi/linux/neighbour.h
 * @module
 */
import { Struct } from "../struct.ts";
import { type Attribute, AttributeDecoder, encodeAttributes, u32 } from "./attribute.ts";
import type { Connection, Request } from "./connection.ts";
import { NDA, NLM_F } from "./constants.ts";
import { ipText } from "./ip_text.ts";
import type { Message } from "./message.ts";

/** `struct ndmsg`. */
export const ndmsg = new Struct("ndmsg", {
  ndm_family: "u8",
  ndm_pad1: "u8",
  ndm_pad2: "u16",
  ndm_ifindex: "s32",
  ndm_state: "u16",
  ndm_flags: "u8",
  ndm_type: "u8",
});

/** One neighbour, with every attribute the kernel gave. */
export interface Neighbour {
  readonly family: number;
  /** The device's index. */
  readonly index: number;
  /** `NUD_*`. */
  readonly state: number;
  /** `NTF_*`. */
  readonly flags: number;
  /** `NDA_*`. */
  readonly attributes: readonly Attribute[];
}

/** Reads the neighbour of an RTM_NEWNEIGH. */
export function decodeNeighbour({ payload }: Message): Neighbour {
  const header = ndmsg.decode(payload);
  const decoder = new AttributeDecoder(payload.subarray(ndmsg.size), "a neighbour");
  const attributes = [...decoder];
  decoder.finish();
  return {
    family: header.ndm_family,
    index: header.ndm_ifindex,
    state: header.ndm_state,
    flags: header.ndm_flags,
    attributes,
  };
}

/** The request for the neighbours of one device, or with 0 of all; NTF_PROXY in `flags` asks for the proxy entries instead. */
export function dumpNeighboursRequest(index: number, flags = 0): Request {
  const filter = encodeAttributes(index === 0 ? [] : [u32(NDA.NDA_IFINDEX, index)]);
  const payload = new Uint8Array(ndmsg.size + filter.length);
  ndmsg.encode({ ndm_flags: flags }, payload);
  payload.set(filter, ndmsg.size);
  return {
    type: "RTM_GETNEIGH",
    payload,
    args: index === 0 ? "" : `{NDA_IFINDEX=${index}}`,
  };
}

/** The IPv4 and IPv6 neighbours of one device, or with 0 of all. */
export function dumpNeighbours(connection: Connection, index: number, flags = 0): Neighbour[] {
  return connection.dump(dumpNeighboursRequest(index, flags)).map(decodeNeighbour)
    .filter((neighbour) => index === 0 || neighbour.index === index);
}

/** The request to add a neighbour, or to change the one there is. */
export function setNeighbourRequest(neighbour: Neighbour): Request {
  const attributes = encodeAttributes(neighbour.attributes);
  const payload = new Uint8Array(ndmsg.size + attributes.length);
  ndmsg.encode({
    ndm_family: neighbour.family,
    ndm_ifindex: neighbour.index,
    ndm_state: neighbour.state,
    ndm_flags: neighbour.flags,
  }, payload);
  payload.set(attributes, ndmsg.size);
  const address = neighbour.attributes.find(({ type }) => type === NDA.NDA_DST);
  return {
    type: "RTM_NEWNEIGH",
    flags: NLM_F.NLM_F_CREATE | NLM_F.NLM_F_REPLACE,
    payload,
    args: `{ndm_ifindex=${neighbour.index}, ${ipText(address?.value ?? new Uint8Array(0))}}`,
  };
}

/** Adds a neighbour to the device with its index, or changes the one there is. */
export function setNeighbour(connection: Connection, neighbour: Neighbour): void {
  connection.execute(setNeighbourRequest(neighbour));
}
