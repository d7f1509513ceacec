/**
 * Links (network devices) over rtnetlink: reading, changing, moving between namespaces.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |  ifi_family   |    padding    |       ifi_type (ARPHRD_*)     |
 * +---------------+---------------+-------------------------------+
 * |                           ifi_index                           |
 * +---------------------------------------------------------------+
 * |                       ifi_flags (IFF_*)                       |
 * +---------------------------------------------------------------+
 * |                 ifi_change (mask for ifi_flags)               |
 * +---------------------------------------------------------------+
 * |                     attributes (IFLA_*) …                     |
 * +---------------------------------------------------------------+
 * ```
 *
 * @see rtnetlink(7), include/uapi/linux/if_link.h
 * @module
 */
import { Struct } from "../struct.ts";
import {
  type Attribute,
  AttributeDecoder,
  encodeAttributes,
  nested,
  string,
  u32,
  u8,
} from "./attribute.ts";
import type { Connection, Request } from "./connection.ts";
import { AF, IFF, IFLA, IFLA_INET6, IFLA_INFO, RTEXT_FILTER } from "./constants.ts";
import type { Message } from "./message.ts";

/** `struct ifinfomsg`. */
export const ifinfomsg = new Struct("ifinfomsg", {
  ifi_family: "u8",
  ifi_type: "u16",
  ifi_index: "s32",
  ifi_flags: "u32",
  ifi_change: "u32",
});

/** IFNAMSIZ - 1: the most bytes of a device's name. */
export const NAME_MAX = 15;

/** ALTIFNAMSIZ - 1: the most bytes of an alternative name. */
export const ALT_NAME_MAX = 127;

/** What rtnetlink says of a device, as far as it is used here. */
export interface Link {
  readonly index: number;
  /** `IFF_*`. */
  readonly flags: number;
  readonly name: string;
  readonly altNames: readonly string[];
  /** Index of the bridge, bond or VRF that the device is part of; 0 for none. */
  readonly master: number;
  readonly mtu: number;
  readonly txqlen: number;
  readonly group: number;
  /** The description that ip(8) calls alias. */
  readonly alias: string;
  /** Hardware address. */
  readonly address: Uint8Array;
  /** The hardware address that the device was made with; empty where the kernel does not know one. */
  readonly permAddress: Uint8Array;
  /** Driver of a virtual device, such as `veth`; empty for a physical one. */
  readonly kind: string;
  /** Kind of the master, such as `bridge`, and the attributes of being its port (IFLA_INFO_SLAVE_DATA). */
  readonly slaveKind: string;
  readonly slaveData: readonly Attribute[];
  /** `IN6_ADDR_GEN_MODE_*`; undefined where the device has no IPv6. */
  readonly addrGenMode: number | undefined;
  /** Undefined on a kernel that does not tell. */
  readonly netnsImmutable: boolean | undefined;
  /** In the RTM_DELLINK of a device that moved away: its index where it is now. */
  readonly newIndex: number | undefined;
}

/** What can be changed on a device with one RTM_NEWLINK. What is undefined stays. */
export interface LinkChange {
  /** Descriptor of the namespace to move the device to. The kernel moves first, and does all else there. */
  readonly netNsFd?: number | undefined;
  readonly name?: string | undefined;
  readonly addrGenMode?: number | undefined;
  readonly master?: number | undefined;
  readonly mtu?: number | undefined;
  readonly txqlen?: number | undefined;
  readonly group?: number | undefined;
  readonly alias?: string | undefined;
  readonly slave?: { readonly kind: string; readonly data: readonly Attribute[] } | undefined;
  readonly up?: boolean | undefined;
}

/** Reads the link of an RTM_NEWLINK or RTM_DELLINK. */
export function decodeLink({ payload }: Message): Link {
  const header = ifinfomsg.decode(payload);
  const link: { -readonly [K in keyof Link]: Link[K] } = {
    index: header.ifi_index,
    flags: header.ifi_flags,
    name: "",
    altNames: [],
    master: 0,
    mtu: 0,
    txqlen: 0,
    group: 0,
    alias: "",
    address: new Uint8Array(0),
    permAddress: new Uint8Array(0),
    kind: "",
    slaveKind: "",
    slaveData: [],
    addrGenMode: undefined,
    netnsImmutable: undefined,
    newIndex: undefined,
  };
  const attributes = new AttributeDecoder(payload.subarray(ifinfomsg.size), "a link");
  for (const attribute of attributes) decodeLinkAttribute(link, attributes, attribute);
  attributes.finish();
  return link;
}

function decodeLinkAttribute(
  link: { -readonly [K in keyof Link]: Link[K] },
  d: AttributeDecoder,
  attribute: Attribute,
): void {
  switch (attribute.type) {
    case IFLA.IFLA_IFNAME:
      link.name = d.string(attribute);
      break;
    case IFLA.IFLA_PROP_LIST:
      link.altNames = [...d.nested(attribute, "IFLA_PROP_LIST")]
        .filter(({ type }) => type === IFLA.IFLA_ALT_IFNAME).map((name) => d.string(name));
      break;
    case IFLA.IFLA_MASTER:
      link.master = d.u32(attribute);
      break;
    case IFLA.IFLA_MTU:
      link.mtu = d.u32(attribute);
      break;
    case IFLA.IFLA_TXQLEN:
      link.txqlen = d.u32(attribute);
      break;
    case IFLA.IFLA_GROUP:
      link.group = d.u32(attribute);
      break;
    case IFLA.IFLA_IFALIAS:
      link.alias = d.string(attribute);
      break;
    case IFLA.IFLA_ADDRESS:
      link.address = attribute.value;
      break;
    case IFLA.IFLA_PERM_ADDRESS:
      link.permAddress = attribute.value;
      break;
    case IFLA.IFLA_LINKINFO:
      for (const info of d.nested(attribute, "IFLA_LINKINFO")) decodeLinkInfo(link, d, info);
      break;
    case IFLA.IFLA_AF_SPEC:
      link.addrGenMode = decodeAddrGenMode(d, attribute);
      break;
    case IFLA.IFLA_NETNS_IMMUTABLE:
      link.netnsImmutable = d.u8(attribute) !== 0;
      break;
    case IFLA.IFLA_NEW_IFINDEX:
      link.newIndex = d.s32(attribute);
      break;
  }
}

function decodeLinkInfo(
  link: { -readonly [K in keyof Link]: Link[K] },
  d: AttributeDecoder,
  info: Attribute,
): void {
  if (info.type === IFLA_INFO.IFLA_INFO_KIND) link.kind = d.string(info);
  if (info.type === IFLA_INFO.IFLA_INFO_SLAVE_KIND) link.slaveKind = d.string(info);
  if (info.type === IFLA_INFO.IFLA_INFO_SLAVE_DATA) {
    link.slaveData = [...d.nested(info, "IFLA_INFO_SLAVE_DATA")];
  }
}

function decodeAddrGenMode(d: AttributeDecoder, afSpec: Attribute): number | undefined {
  for (const family of d.nested(afSpec, "IFLA_AF_SPEC")) {
    if (family.type !== AF.AF_INET6) continue;
    for (const attribute of d.nested(family, "AF_INET6 in IFLA_AF_SPEC")) {
      if (attribute.type === IFLA_INET6.IFLA_INET6_ADDR_GEN_MODE) return d.u8(attribute);
    }
  }
  return undefined;
}

/** The request for one device, by its index, or by its name or one of its alternative names. */
export function getLinkRequest(device: number | string): Request {
  const byIndex = typeof device === "number";
  // IFLA_IFNAME finds alternative names too, but refuses longer ones; IFLA_ALT_IFNAME (Linux 5.5)
  // finds both. The shorter attribute is the one that every kernel has.
  const isShort = !byIndex && new TextEncoder().encode(device).length <= NAME_MAX;
  const attribute = isShort ? "IFLA_IFNAME" : "IFLA_ALT_IFNAME";
  return {
    type: "RTM_GETLINK",
    payload: linkPayload({ ifi_index: byIndex ? device : 0 }, [
      ...(byIndex ? [] : [string(IFLA[attribute], device)]),
      skipStatistics(),
    ]),
    args: byIndex ? `{ifi_index=${device}}` : `{${attribute}=${JSON.stringify(device)}}`,
  };
}

/** One device of the connection's namespace; `NetlinkError` with ENODEV if there is none. */
export function getLink(connection: Connection, device: number | string): Link {
  return decodeLink(connection.get(getLinkRequest(device)));
}

/** The request for all devices. */
export function dumpLinksRequest(): Request {
  return { type: "RTM_GETLINK", payload: linkPayload({}, [skipStatistics()]), args: "" };
}

/** All devices of the connection's namespace. */
export function dumpLinks(connection: Connection): Link[] {
  return connection.dump(dumpLinksRequest()).map(decodeLink);
}

/** The request to change a device. Names and values stand in the printed arguments. */
export function changeLinkRequest(index: number, change: LinkChange): Request {
  const { up, slave } = change;
  const attributes: Attribute[] = [];
  const printed = [`ifi_index=${index}`];
  const numbers = [
    ["IFLA_NET_NS_FD", change.netNsFd],
    ["IFLA_MASTER", change.master],
    ["IFLA_MTU", change.mtu],
    ["IFLA_TXQLEN", change.txqlen],
    ["IFLA_GROUP", change.group],
  ] as const;
  for (const [name, value] of numbers) {
    if (value === undefined) continue;
    attributes.push(u32(IFLA[name], value));
    printed.push(`${name}=${value}`);
  }
  for (
    const [name, value] of [["IFLA_IFNAME", change.name], ["IFLA_IFALIAS", change.alias]] as const
  ) {
    if (value === undefined) continue;
    attributes.push(string(IFLA[name], value));
    printed.push(`${name}=${JSON.stringify(value)}`);
  }
  if (change.addrGenMode !== undefined) {
    const mode = u8(IFLA_INET6.IFLA_INET6_ADDR_GEN_MODE, change.addrGenMode);
    attributes.push(nested(IFLA.IFLA_AF_SPEC, [nested(AF.AF_INET6, [mode])]));
    printed.push(`IFLA_INET6_ADDR_GEN_MODE=${change.addrGenMode}`);
  }
  if (slave !== undefined) {
    attributes.push(nested(IFLA.IFLA_LINKINFO, [
      string(IFLA_INFO.IFLA_INFO_SLAVE_KIND, slave.kind),
      nested(IFLA_INFO.IFLA_INFO_SLAVE_DATA, slave.data),
    ]));
    printed.push(`IFLA_INFO_SLAVE_KIND=${JSON.stringify(slave.kind)}`);
  }
  if (up !== undefined) printed.push(`ifi_flags=${up ? "IFF_UP" : 0}, ifi_change=IFF_UP`);
  const header = {
    ifi_index: index,
    ifi_flags: up === true ? IFF.IFF_UP : 0,
    ifi_change: up === undefined ? 0 : IFF.IFF_UP,
  };
  return {
    type: "RTM_NEWLINK",
    payload: linkPayload(header, attributes),
    args: `{${printed.join(", ")}}`,
  };
}

/** Changes a device of the connection's namespace. */
export function changeLink(connection: Connection, index: number, change: LinkChange): void {
  connection.execute(changeLinkRequest(index, change));
}

/** The request to give a device one more alternative name. */
export function addAltNameRequest(index: number, name: string): Request {
  return {
    type: "RTM_NEWLINKPROP",
    // Unlike other requests this one is refused without the two flags.
    flags: 0xc00,
    payload: linkPayload({ ifi_index: index }, [
      nested(IFLA.IFLA_PROP_LIST, [string(IFLA.IFLA_ALT_IFNAME, name)]),
    ]),
    args: `{ifi_index=${index}, IFLA_ALT_IFNAME=${JSON.stringify(name)}}`,
  };
}

function linkPayload(
  header: Parameters<typeof ifinfomsg.encode>[0],
  attributes: readonly Attribute[],
): Uint8Array {
  const encoded = encodeAttributes(attributes);
  const payload = new Uint8Array(ifinfomsg.size + encoded.length);
  ifinfomsg.encode(header, payload);
  payload.set(encoded, ifinfomsg.size);
  return payload;
}

/** Statistics are most of a link's message and never used here. */
function skipStatistics(): Attribute {
  return u32(IFLA.IFLA_EXT_MASK, RTEXT_FILTER.RTEXT_FILTER_SKIP_STATS);
}
