import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import type { Message } from "../../../ffi/netlink/message.ts";
import {
  addRouteRequest,
  decodeRoute,
  dumpRoutesRequest,
  routeText,
} from "../../../ffi/netlink/route_route.ts";
import { hex } from "./fake_peer.ts";

function newRoute(payload: string): Message {
  return { type: 24, flags: 2, seq: 1, payload: hex(payload) };
}

/** `10.0.0.0/8 nexthop via 192.0.2.8 dev 3 weight 3 nexthop dev 4 onlink`, as Linux 6.18 sends it. */
const MULTIPATH = `
  02 08 00 00                 # family, dst_len, src_len, tos
  fe 03 00 01                 # table: main, protocol: boot, scope: universe, type: unicast
  00000000                    # flags
  0800 0f00 fe000000          # RTA_TABLE
  0800 0100 0a000000          # RTA_DST
  1c00 0900                   # RTA_MULTIPATH
    1000 00 02 03000000       #   rtnh_len, rtnh_flags, rtnh_hops: weight - 1, rtnh_ifindex
      0800 0500 c0000208      #     RTA_GATEWAY
    0800 04 00 04000000       #   RTNH_F_ONLINK
`;

Deno.test("decodeRoute() reads a multipath route", () => {
  const route = decodeRoute(newRoute(MULTIPATH));
  assertEquals(route.header, {
    rtm_family: 2,
    rtm_dst_len: 8,
    rtm_src_len: 0,
    rtm_tos: 0,
    rtm_table: 254,
    rtm_protocol: 3,
    rtm_scope: 0,
    rtm_type: 1,
    rtm_flags: 0,
  });
  assertEquals(route.attributes, [
    { type: 15, flags: 0, value: hex("fe000000") },
    { type: 1, flags: 0, value: hex("0a000000") },
  ]);
  assertEquals(route.nextHops, [
    { flags: 0, hops: 2, index: 3, attributes: [{ type: 5, flags: 0, value: hex("c0000208") }] },
    { flags: 4, hops: 0, index: 4, attributes: [] },
  ]);
  assertEquals(routeText(route), "10.0.0.0/8");
});

Deno.test("addRouteRequest() writes what decodeRoute() read", () => {
  const request = addRouteRequest(decodeRoute(newRoute(MULTIPATH)), 0xc00);
  assertEquals(request, {
    type: "RTM_NEWROUTE",
    flags: 0xc00,
    payload: hex(MULTIPATH),
    args: "{10.0.0.0/8}",
  });
});

Deno.test("routeText() calls a route without destination the default", () => {
  assertEquals(routeText(decodeRoute(newRoute("02 00 00 00 fe 03 00 01 00000000"))), "default");
});

Deno.test("dumpRoutesRequest() asks for one family in all tables", () => {
  assertEquals(dumpRoutesRequest(10), {
    type: "RTM_GETROUTE",
    payload: hex("0a 00 00 00 00 00 00 00 00000000"),
    args: "{rtm_family=AF_INET6}",
  });
});

Deno.test("decodeRoute() refuses what is malformed", () => {
  const header = "02 08 00 00 fe 03 00 01 00000000";
  const cases: [string, string][] = [
    ["02 08", "Cannot decode struct rtmsg: it has 12 bytes, there are 2 at offset 0"],
    [
      `${header} 0900 0100 0a000000`,
      "Cannot decode a route: an attribute of 9 bytes at offset 0 of 8",
    ],
    [
      `${header} 0c00 0900 0900 0000 03000000`,
      "Cannot decode RTA_MULTIPATH: a next hop of 9 bytes at offset 0 of 8",
    ],
    [
      `${header} 0c00 0900 0000 0000 03000000`,
      "Cannot decode RTA_MULTIPATH: a next hop of 0 bytes at offset 0 of 8",
    ],
    [
      `${header} 0800 0900 0800 0000`,
      "Cannot decode RTA_MULTIPATH: a next hop of 4 bytes at offset 0 of 4",
    ],
    [
      `${header} 1000 0900 0c00 0000 03000000 ff00 0500`,
      "Cannot decode a next hop: an attribute of 255 bytes at offset 0 of 4",
    ],
  ];
  for (const [payload, message] of cases) {
    throws(() => decodeRoute(newRoute(payload)), { message });
  }
});
