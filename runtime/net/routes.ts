/**
 * The routes that go with a device, to be put back should the device come back.
 *
 * The container does not get them: the specification speaks of addresses alone.
 *
 * @module
 */
import { E } from "../../ffi/errno.ts";
import { type Attribute, u32 } from "../../ffi/netlink/attribute.ts";
import type { Connection } from "../../ffi/netlink/connection.ts";
import { AF, NLM_F, RTA, RTM_F, RTNH_F, RTPROT } from "../../ffi/netlink/constants.ts";
import { isNetlinkErrno } from "../../ffi/netlink/errors.ts";
import { addRoute, type Route } from "../../ffi/netlink/route_route.ts";

/** What a next hop is configured with; the other bits are what the kernel has found. */
const CONFIGURED = RTNH_F.RTNH_F_ONLINK | RTNH_F.RTNH_F_PERVASIVE;

/** USER_HZ: the unit of the times in `struct rta_cacheinfo`, on every machine. */
const TICKS = 100;
const RTA_EXPIRES_OFFSET = 8;

/**
 * Whether a route is lost with the devices: it leads through one of them, or (in IPv4) has one of
 * their addresses as its source, through whatever device.
 */
export function dependsOn(
  route: Route,
  indices: ReadonlySet<number>,
  sources: ReadonlySet<string>,
): boolean {
  const { rtm_protocol, rtm_flags } = route.header;
  // The kernel makes its own routes again when the addresses come back, and learns redirects anew.
  if (rtm_protocol === RTPROT.RTPROT_KERNEL || rtm_protocol === RTPROT.RTPROT_REDIRECT) {
    return false;
  }
  if ((rtm_flags & RTM_F.RTM_F_CLONED) !== 0) return false;
  return leadsThrough(route, indices) ||
    route.attributes.some(({ type, value }) =>
      type === RTA.RTA_PREFSRC && sources.has(value.toHex())
    );
}

function leadsThrough({ attributes, nextHops }: Route, indices: ReadonlySet<number>): boolean {
  return nextHops.some(({ index }) => indices.has(index)) ||
    attributes.some((attribute) =>
      attribute.type === RTA.RTA_OIF && indices.has(wordOf(attribute))
    );
}

function wordOf({ value }: Attribute, at = 0): number {
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getUint32(at, true);
}

/**
 * The route as the kernel takes it, `seconds` after it was read and with the devices' new indices;
 * undefined when it has expired since.
 */
export function addableRoute(
  route: Route,
  seconds: number,
  indices: ReadonlyMap<number, number>,
): Route | undefined {
  const attributes: Attribute[] = [];
  for (const attribute of route.attributes) {
    switch (attribute.type) {
      case RTA.RTA_CACHEINFO: {
        const ticks = wordOf(attribute, RTA_EXPIRES_OFFSET) | 0;
        if (ticks === 0) break;
        const left = Math.floor(ticks / TICKS - seconds);
        if (left <= 0) return undefined;
        attributes.push(u32(RTA.RTA_EXPIRES, left));
        break;
      }
      // Nexthop objects die with their device. The dump has the next hop itself beside the number.
      case RTA.RTA_NH_ID:
        break;
      case RTA.RTA_OIF: {
        const index = wordOf(attribute);
        attributes.push(u32(RTA.RTA_OIF, indices.get(index) ?? index));
        break;
      }
      default:
        attributes.push(attribute);
    }
  }
  return {
    header: { ...route.header, rtm_flags: route.header.rtm_flags & CONFIGURED },
    attributes,
    nextHops: route.nextHops.map((hop) => ({
      ...hop,
      flags: hop.flags & CONFIGURED,
      index: indices.get(hop.index) ?? hop.index,
    })),
  };
}

/** Puts routes back, and returns what could not be: a route that is there already is no failure. */
export function restoreRoutes(connection: Connection, routes: readonly Route[]): unknown[] {
  let pending = routes;
  for (;;) {
    const failed: Route[] = [];
    const errors: unknown[] = [];
    for (const route of pending) {
      try {
        addRoute(connection, route, flagsFor(route));
      } catch (error) {
        if (isNetlinkErrno(error, E.EEXIST)) continue;
        failed.push(route);
        errors.push(error);
      }
    }
    // A gateway may be reached by another of these routes, which the kernel listed later.
    if (failed.length === 0 || failed.length === pending.length) return errors;
    pending = failed;
  }
}

/**
 * IPv4 keeps alternatives for one destination in order, so they are appended. IPv6 would make one
 * multipath route of them; and of a multipath route, or one that lost its source address, it has
 * kept the rest, to be replaced.
 */
function flagsFor({ header, attributes, nextHops }: Route): number {
  if (header.rtm_family === AF.AF_INET) return NLM_F.NLM_F_CREATE | NLM_F.NLM_F_APPEND;
  const isRest = nextHops.length > 0 || attributes.some(({ type }) => type === RTA.RTA_PREFSRC);
  return NLM_F.NLM_F_CREATE | (isRest ? NLM_F.NLM_F_REPLACE : NLM_F.NLM_F_EXCL);
}
