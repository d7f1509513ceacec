import { assert, assertEquals } from "#assert";
import { E } from "../../../ffi/errno.ts";
import { u32 } from "../../../ffi/netlink/attribute.ts";
import { Connection } from "../../../ffi/netlink/connection.ts";
import { NLM_F, NLMSG, RTA, RTNH_F } from "../../../ffi/netlink/constants.ts";
import { decodeRoute, type Route, routeText } from "../../../ffi/netlink/route_route.ts";
import { addableRoute, dependsOn, restoreRoutes } from "../../../runtime/net/routes.ts";
import { FakePeer } from "../../ffi/netlink/fake_peer.ts";

const HEADER: Route["header"] = {
  rtm_family: 2,
  rtm_dst_len: 8,
  rtm_src_len: 0,
  rtm_tos: 0,
  rtm_table: 254,
  rtm_protocol: 3,
  rtm_scope: 0,
  rtm_type: 1,
  rtm_flags: 0,
};

function route(attributes: Route["attributes"], more: Partial<Route["header"]> = {}): Route {
  return { header: { ...HEADER, ...more }, attributes, nextHops: [] };
}

const OIF = u32(RTA.RTA_OIF, 3);
const SOURCE = { type: RTA.RTA_PREFSRC, value: Uint8Array.of(192, 0, 2, 1) };

Deno.test("dependsOn() finds routes through a device or from one of its addresses", () => {
  const indices = new Set([3]);
  const sources = new Set(["c0000201"]);
  const hop = { flags: 0, hops: 0, index: 3, attributes: [] };
  const cases: [Route, boolean][] = [
    [route([OIF]), true],
    [route([u32(RTA.RTA_OIF, 4)]), false],
    [route([u32(RTA.RTA_OIF, 4), SOURCE]), true],
    [{ ...route([]), nextHops: [{ ...hop, index: 4 }, hop] }, true],
    [{ ...route([]), nextHops: [{ ...hop, index: 4 }] }, false],
    // The kernel makes these by itself, or they are no routes of anybody's.
    [route([OIF], { rtm_protocol: 2 }), false],
    [route([OIF], { rtm_protocol: 1 }), false],
    [route([OIF], { rtm_flags: 0x200 }), false],
  ];
  for (const [given, expected] of cases) assertEquals(dependsOn(given, indices, sources), expected);
});

Deno.test("addableRoute() keeps what is configured, with the new index", () => {
  const gateway = { type: RTA.RTA_GATEWAY, value: Uint8Array.of(192, 0, 2, 9) };
  const hop = {
    flags: RTNH_F.RTNH_F_ONLINK | RTNH_F.RTNH_F_LINKDOWN,
    hops: 2,
    attributes: [gateway],
  };
  const given: Route = {
    header: { ...HEADER, rtm_flags: RTNH_F.RTNH_F_ONLINK | RTNH_F.RTNH_F_DEAD | 0x4000 },
    attributes: [OIF, gateway, u32(RTA.RTA_NH_ID, 7), SOURCE],
    nextHops: [{ ...hop, index: 3 }, { ...hop, index: 8 }],
  };
  assertEquals(addableRoute(given, 0, new Map([[3, 9]])), {
    header: { ...HEADER, rtm_flags: RTNH_F.RTNH_F_ONLINK },
    attributes: [u32(RTA.RTA_OIF, 9), gateway, SOURCE],
    nextHops: [
      { ...hop, flags: RTNH_F.RTNH_F_ONLINK, index: 9 },
      { ...hop, flags: RTNH_F.RTNH_F_ONLINK, index: 8 },
    ],
  });
});

Deno.test("addableRoute() counts down a route that expires", () => {
  const cacheinfo = (ticks: number) => {
    const value = new Uint8Array(32);
    new DataView(value.buffer).setInt32(8, ticks, true);
    return { type: RTA.RTA_CACHEINFO, value };
  };
  const expires = (ticks: number, seconds: number) =>
    addableRoute(route([cacheinfo(ticks)]), seconds, new Map())?.attributes;
  assertEquals(expires(0, 100), []);
  assertEquals(expires(100_00, 0), [u32(RTA.RTA_EXPIRES, 100)]);
  assertEquals(expires(100_00, 30.5), [u32(RTA.RTA_EXPIRES, 69)]);
  assertEquals(expires(100_00, 100), undefined);
  assertEquals(expires(-1, 0), undefined);
});

/** A kernel that answers each route's errno in turn; 0 when it has no more. */
function kernel(errnos: Record<string, number[]>): { peer: FakePeer; connection: Connection } {
  const peer = new FakePeer((request) => {
    const text = routeText(decodeRoute(request));
    const payload = new Uint8Array(20);
    new DataView(payload.buffer).setInt32(0, -(errnos[text]?.shift() ?? 0), true);
    return [[{ type: NLMSG.NLMSG_ERROR, payload }]];
  });
  return { peer, connection: new Connection(peer) };
}

function to(first: number, more: Partial<Route["header"]> = {}): Route {
  return route([{ type: RTA.RTA_DST, value: Uint8Array.of(first, 0, 0, 0) }], more);
}

Deno.test("restoreRoutes() tries again as long as something succeeds", () => {
  const { peer, connection } = kernel({
    "10.0.0.0/8": [E.EINVAL, E.EINVAL],
    "11.0.0.0/8": [E.EINVAL],
  });
  assertEquals(restoreRoutes(connection, [to(10), to(11), to(12)]), []);
  assertEquals(
    peer.requests.map((request) => routeText(decodeRoute(request))),
    ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8", "10.0.0.0/8", "11.0.0.0/8", "10.0.0.0/8"],
  );
});

Deno.test("restoreRoutes() returns what cannot be restored, and is content with what exists", () => {
  const refused = Array(9).fill(E.EINVAL);
  const { connection } = kernel({ "10.0.0.0/8": refused, "11.0.0.0/8": [E.EEXIST] });
  const errors = restoreRoutes(connection, [to(10), to(11)]);
  assertEquals(errors.map(String), [
    "NetlinkError: RTM_NEWROUTE({10.0.0.0/8}): EINVAL (Invalid argument)",
  ]);
  assertEquals(restoreRoutes(connection, []), []);
});

Deno.test("restoreRoutes() appends IPv4, and replaces only the rests of IPv6", () => {
  const { peer, connection } = kernel({});
  const ipv6 = { rtm_family: 10 };
  const hop = { flags: 0, hops: 0, index: 3, attributes: [] };
  restoreRoutes(connection, [
    to(10),
    to(11, ipv6),
    { ...to(12, ipv6), nextHops: [hop] },
    route([SOURCE], ipv6),
  ]);
  const kinds = NLM_F.NLM_F_APPEND | NLM_F.NLM_F_EXCL | NLM_F.NLM_F_REPLACE;
  assertEquals(peer.requests.map(({ flags }) => flags & kinds), [
    NLM_F.NLM_F_APPEND,
    NLM_F.NLM_F_EXCL,
    NLM_F.NLM_F_REPLACE,
    NLM_F.NLM_F_REPLACE,
  ]);
  assert(peer.requests.every(({ flags }) => (flags & NLM_F.NLM_F_CREATE) !== 0));
});
