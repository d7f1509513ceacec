/**
 * Routes over rtnetlink, as far as giving back what a device's departure took away.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+---------------+---------------+
 * |  rtm_family   |  rtm_dst_len  |  rtm_src_len  |    rtm_tos    |
 * +---------------+---------------+---------------+---------------+
 * |   rtm_table   | rtm_protocol  |   rtm_scope   |   rtm_type    |
 * +---------------+---------------+---------------+---------------+
 * |                           rtm_flags                           |
 * +---------------------------------------------------------------+
 * |                      attributes (RTA_*) …                     |
 * +---------------------------------------------------------------+
 * ```
 *
 * @see rtnetlink(7), include/uapi/linux/rtnetlink.h
 * @module
 */
import { Struct, type StructValues } from "../struct.ts";
import { NLA_ALIGN } from "./align.ts";
import { type Attribute, AttributeDecoder, encodeAttributes } from "./attribute.ts";
import type { Connection, Request } from "./connection.ts";
import { AF, RTA } from "./constants.ts";
import { NetlinkFormatError } from "./errors.ts";
import { ipText } from "./ip_text.ts";
import type { Message } from "./message.ts";

/** `struct rtmsg`. */
export const rtmsg = new Struct("rtmsg", {
  rtm_family: "u8",
  rtm_dst_len: "u8",
  rtm_src_len: "u8",
  rtm_tos: "u8",
  rtm_table: "u8",
  rtm_protocol: "u8",
  rtm_scope: "u8",
  rtm_type: "u8",
  rtm_flags: "u32",
});

/** `struct rtnexthop`: one of the ways of a multipath route, with attributes of its own. */
export const rtnexthop = new Struct("rtnexthop", {
  rtnh_len: "u16",
  rtnh_flags: "u8",
  rtnh_hops: "u8",
  rtnh_ifindex: "s32",
});

/** One next hop of RTA_MULTIPATH. */
export interface NextHop {
  /** `RTNH_F_*`. */
  readonly flags: number;
  readonly hops: number;
  readonly index: number;
  /** RTA_GATEWAY, RTA_VIA, RTA_ENCAP, … */
  readonly attributes: readonly Attribute[];
}

/** One route, with every attribute the kernel gave. */
export interface Route {
  readonly header: StructValues<typeof rtmsg extends Struct<infer F> ? F : never>;
  /** `RTA_*`, without RTA_MULTIPATH. */
  readonly attributes: readonly Attribute[];
  readonly nextHops: readonly NextHop[];
}

/** Reads the route of an RTM_NEWROUTE. */
export function decodeRoute({ payload }: Message): Route {
  const attributes: Attribute[] = [];
  let nextHops: NextHop[] = [];
  const decoder = new AttributeDecoder(payload.subarray(rtmsg.size), "a route");
  for (const attribute of decoder) {
    if (attribute.type === RTA.RTA_MULTIPATH) nextHops = decodeNextHops(attribute.value);
    else attributes.push(attribute);
  }
  decoder.finish();
  return { header: rtmsg.decode(payload), attributes, nextHops };
}

function decodeNextHops(bytes: Uint8Array): NextHop[] {
  const nextHops: NextHop[] = [];
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    const header = left < rtnexthop.size ? undefined : rtnexthop.decode(bytes, at);
    const length = header?.rtnh_len ?? left;
    if (header === undefined || length < rtnexthop.size || length > left) {
      throw new NetlinkFormatError(
        `Cannot decode RTA_MULTIPATH: a next hop of ${length} bytes at offset ${at} of ${bytes.length}`,
      );
    }
    const decoder = new AttributeDecoder(
      bytes.subarray(at + rtnexthop.size, at + length),
      "a next hop",
    );
    nextHops.push({
      flags: header.rtnh_flags,
      hops: header.rtnh_hops,
      index: header.rtnh_ifindex,
      attributes: [...decoder],
    });
    decoder.finish();
    at += NLA_ALIGN(length);
  }
  return nextHops;
}

function encodeNextHops(nextHops: readonly NextHop[]): Attribute {
  const parts = nextHops.map(({ flags, hops, index, attributes }) => {
    const encoded = encodeAttributes(attributes);
    const bytes = new Uint8Array(rtnexthop.size + encoded.length);
    const rtnh_len = bytes.length;
    rtnexthop.encode({ rtnh_len, rtnh_flags: flags, rtnh_hops: hops, rtnh_ifindex: index }, bytes);
    bytes.set(encoded, rtnexthop.size);
    return bytes;
  });
  return { type: RTA.RTA_MULTIPATH, value: concatenate(parts) };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The destination as ip(8) writes it: `default`, `198.51.100.0/24`. */
export function routeText({ header, attributes }: Route): string {
  const destination = attributes.find(({ type }) => type === RTA.RTA_DST);
  if (destination === undefined) return "default";
  return `${ipText(destination.value)}/${header.rtm_dst_len}`;
}

/** The request for all routes of one family, in all tables. */
export function dumpRoutesRequest(family: number): Request {
  const name = family === AF.AF_INET ? "AF_INET" : "AF_INET6";
  return {
    type: "RTM_GETROUTE",
    payload: rtmsg.encode({ rtm_family: family }),
    args: `{rtm_family=${name}}`,
  };
}

/** All IPv4 and IPv6 routes of the connection's namespace, in the kernel's order. */
export function dumpRoutes(connection: Connection): Route[] {
  return [AF.AF_INET, AF.AF_INET6].flatMap((family) =>
    connection.dump(dumpRoutesRequest(family)).map(decodeRoute)
  );
}

/** The request to add a route; `flags` tells what is to happen beside one that exists. */
export function addRouteRequest(route: Route, flags: number): Request {
  const { header, nextHops } = route;
  const attributes = encodeAttributes([
    ...route.attributes,
    ...(nextHops.length === 0 ? [] : [encodeNextHops(nextHops)]),
  ]);
  const payload = new Uint8Array(rtmsg.size + attributes.length);
  rtmsg.encode(header, payload);
  payload.set(attributes, rtmsg.size);
  return { type: "RTM_NEWROUTE", flags, payload, args: `{${routeText(route)}}` };
}

/** Adds a route in the connection's namespace. */
export function addRoute(connection: Connection, route: Route, flags: number): void {
  connection.execute(addRouteRequest(route, flags));
}
