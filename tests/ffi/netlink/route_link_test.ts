import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import type { Request } from "../../../ffi/netlink/connection.ts";
import type { Message } from "../../../ffi/netlink/message.ts";
import {
  addAltNameRequest,
  changeLinkRequest,
  decodeLink,
  dumpLinksRequest,
  getLinkRequest,
} from "../../../ffi/netlink/route_link.ts";
import { hex } from "./fake_peer.ts";

function newLink(payload: string): Message {
  return { type: 16, flags: 0, seq: 1, payload: hex(payload) };
}

const HEADER = `
  00 00 0100           # ifi_family, padding, ifi_type: ARPHRD_ETHER
  05000000             # ifi_index
  43100100             # ifi_flags: UP|BROADCAST|RUNNING|MULTICAST|LOWER_UP
  00000000             # ifi_change
`;

Deno.test("decodeLink() reads a port of a bridge", () => {
  const link = decodeLink(newLink(`${HEADER}
    0700 0300 683000 00           # IFLA_IFNAME: "h0"
    0800 0d00 e8030000            # IFLA_TXQLEN: 1000
    0500 1000 06 000000           # IFLA_OPERSTATE: not read
    0800 0400 78050000            # IFLA_MTU: 1400
    0800 1b00 09000000            # IFLA_GROUP: 9
    0a00 1400 616c69617300 0000   # IFLA_IFALIAS: "alias"
    0800 0a00 07000000            # IFLA_MASTER: 7
    0a00 0100 02fc00000001 0000   # IFLA_ADDRESS
    0a00 3600 02fc000000ff 0000   # IFLA_PERM_ADDRESS
    3000 1200                     # IFLA_LINKINFO
      0900 0100 7665746800 000000 #   IFLA_INFO_KIND: "veth"
      0b00 0400 62726964676500 00 #   IFLA_INFO_SLAVE_KIND: "bridge"
      1400 0500                   #   IFLA_INFO_SLAVE_DATA
        0500 0100 03 000000       #     IFLA_BRPORT_STATE
        0600 0200 2000 0000       #     IFLA_BRPORT_PRIORITY
    0500 4300 01 000000           # IFLA_NETNS_IMMUTABLE
  `));
  assertEquals(link, {
    index: 5,
    flags: 0x11043,
    name: "h0",
    altNames: [],
    master: 7,
    mtu: 1400,
    txqlen: 1000,
    group: 9,
    alias: "alias",
    address: hex("02fc00000001"),
    permAddress: hex("02fc000000ff"),
    kind: "veth",
    slaveKind: "bridge",
    slaveData: [
      { type: 1, flags: 0, value: hex("03") },
      { type: 2, flags: 0, value: hex("2000") },
    ],
    addrGenMode: undefined,
    netnsImmutable: true,
    newIndex: undefined,
  });
});

Deno.test("decodeLink() reads alternative names, the generation mode and a departure", () => {
  const { altNames, addrGenMode, newIndex, netnsImmutable } = decodeLink(newLink(`${HEADER}
    1800 3480                     # IFLA_PROP_LIST
      0700 3500 613000 00         #   IFLA_ALT_IFNAME: "a0"
      0a00 3500 6c6f6e676500 0000 #   IFLA_ALT_IFNAME: "longe"
    2400 1a00                     # IFLA_AF_SPEC
      0c00 0200                   #   AF_INET
        0500 0800 07 000000       #     the same number as IFLA_INET6_ADDR_GEN_MODE
      1400 0a00                   #   AF_INET6
        0800 0100 00000080        #     IFLA_INET6_FLAGS
        0500 0800 01 000000       #     IFLA_INET6_ADDR_GEN_MODE: none
    0500 4300 00 000000           # IFLA_NETNS_IMMUTABLE
    0800 2d00 00000000            # IFLA_NEW_NETNSID
    0800 3100 2a000000            # IFLA_NEW_IFINDEX: 42
  `));
  assertEquals([altNames, addrGenMode, newIndex, netnsImmutable], [["a0", "longe"], 1, 42, false]);
});

Deno.test("decodeLink() knows nothing of what an old kernel does not tell", () => {
  const link = decodeLink(newLink(HEADER));
  assertEquals([link.netnsImmutable, link.addrGenMode, link.newIndex], [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("decodeLink() refuses what is malformed", () => {
  const cases: [string, string, string][] = [
    [
      "00 00 0100 05000000",
      "RangeError",
      "Cannot decode struct ifinfomsg: it has 16 bytes, there are 8 at offset 0",
    ],
    [
      `${HEADER} 0600 0400 7805 0000`,
      "NetlinkFormatError",
      "Cannot decode a link: attribute 4 has 2 bytes and not 4",
    ],
    [
      `${HEADER} ff00 0300 683000 00`,
      "NetlinkFormatError",
      "Cannot decode a link: an attribute of 255 bytes at offset 0 of 8",
    ],
    [
      `${HEADER} 0800 1200 ff00 0100`,
      "NetlinkFormatError",
      "Cannot decode IFLA_LINKINFO: an attribute of 255 bytes at offset 0 of 4",
    ],
  ];
  for (const [payload, name, message] of cases) {
    throws(() => decodeLink(newLink(payload)), { name, message });
  }
});

/** ifinfomsg with an index. */
function header(index: string, flags = "00000000", change = "00000000"): string {
  return `00 00 0000 ${index} ${flags} ${change}`;
}

const SKIP_STATS = "0800 1d00 08000000 # IFLA_EXT_MASK: RTEXT_FILTER_SKIP_STATS\n";

Deno.test("the requests have the bytes that the kernel expects, and print their arguments", () => {
  const long = "a".repeat(16);
  const cases: [Request, string, string, string][] = [
    [dumpLinksRequest(), "RTM_GETLINK", `${header("00000000")} ${SKIP_STATS}`, ""],
    [
      getLinkRequest(5),
      "RTM_GETLINK",
      `${header("05000000")} ${SKIP_STATS}`,
      "{ifi_index=5}",
    ],
    [
      getLinkRequest("h0"),
      "RTM_GETLINK",
      `${header("00000000")} 0700 0300 683000 00 # IFLA_IFNAME
       ${SKIP_STATS}`,
      '{IFLA_IFNAME="h0"}',
    ],
    [
      getLinkRequest(long),
      "RTM_GETLINK",
      `${header("00000000")} 1500 3500 ${"61".repeat(16)} 00 000000 # IFLA_ALT_IFNAME
       ${SKIP_STATS}`,
      `{IFLA_ALT_IFNAME="${long}"}`,
    ],
    [
      changeLinkRequest(5, { netNsFd: 7, name: "c0", addrGenMode: 1 }),
      "RTM_NEWLINK",
      `${header("05000000")}
       0800 1c00 07000000                       # IFLA_NET_NS_FD
       0700 0300 633000 00                      # IFLA_IFNAME
       1000 1a80 0c00 0a80 0500 0800 01 000000  # IFLA_AF_SPEC, AF_INET6, ADDR_GEN_MODE`,
      '{ifi_index=5, IFLA_NET_NS_FD=7, IFLA_IFNAME="c0", IFLA_INET6_ADDR_GEN_MODE=1}',
    ],
    [
      changeLinkRequest(5, { up: true }),
      "RTM_NEWLINK",
      header("05000000", "01000000", "01000000"),
      "{ifi_index=5, ifi_flags=IFF_UP, ifi_change=IFF_UP}",
    ],
    [
      changeLinkRequest(5, { up: false }),
      "RTM_NEWLINK",
      header("05000000", "00000000", "01000000"),
      "{ifi_index=5, ifi_flags=0, ifi_change=IFF_UP}",
    ],
    [
      changeLinkRequest(5, { master: 9, mtu: 1400, txqlen: 77, group: 3, alias: "x" }),
      "RTM_NEWLINK",
      `${header("05000000")}
       0800 0a00 09000000   # IFLA_MASTER
       0800 0400 78050000   # IFLA_MTU
       0800 0d00 4d000000   # IFLA_TXQLEN
       0800 1b00 03000000   # IFLA_GROUP
       0600 1400 7800 0000  # IFLA_IFALIAS`,
      '{ifi_index=5, IFLA_MASTER=9, IFLA_MTU=1400, IFLA_TXQLEN=77, IFLA_GROUP=3, IFLA_IFALIAS="x"}',
    ],
    [
      changeLinkRequest(5, { slave: { kind: "b", data: [{ type: 4, value: hex("01") }] } }),
      "RTM_NEWLINK",
      `${header("05000000")}
       1800 1280                   # IFLA_LINKINFO
         0600 0400 6200 0000       #   IFLA_INFO_SLAVE_KIND
         0c00 0580                 #   IFLA_INFO_SLAVE_DATA
           0500 0400 01 000000     #     IFLA_BRPORT_MODE`,
      '{ifi_index=5, IFLA_INFO_SLAVE_KIND="b"}',
    ],
    [
      addAltNameRequest(5, "a0"),
      "RTM_NEWLINKPROP",
      `${header("05000000")} 0c00 3480 0700 3500 613000 00`,
      '{ifi_index=5, IFLA_ALT_IFNAME="a0"}',
    ],
  ];
  for (const [request, type, payload, args] of cases) {
    assertEquals([request.type, request.args], [type, args]);
    assertEquals(request.payload, hex(payload));
  }
});

Deno.test("changeLinkRequest() sets nothing that was not asked for", () => {
  assertEquals(changeLinkRequest(5, {}).payload, hex(header("05000000")));
});
