import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { Connection } from "../../../ffi/netlink/connection.ts";
import type { Message } from "../../../ffi/netlink/message.ts";
import {
  addressText,
  decodeAddress,
  dumpAddresses,
  setAddressRequest,
} from "../../../ffi/netlink/route_address.ts";
import { FakePeer, hex } from "./fake_peer.ts";

function newAddress(payload: string): Message {
  return { type: 20, flags: 2, seq: 1, payload: hex(payload) };
}

/** 192.0.2.1/24 as Linux 6.18 sends it; IFA_FLAGS has a bit that the header has no room for. */
const IPV4 = `
  02 18 80 00 03000000                            # family, prefixlen, flags, scope, index
  0800 0100 c0000201                              # IFA_ADDRESS
  0800 0200 c0000201                              # IFA_LOCAL
  0800 0400 c00002ff                              # IFA_BROADCAST
  0900 0300 68303a7800 000000                     # IFA_LABEL: "h0:x"
  0800 0800 80020000                              # IFA_FLAGS: PERMANENT|NOPREFIXROUTE
  1400 0600 ffffffff ffffffff 86d40100 86d40100   # IFA_CACHEINFO
`;

Deno.test("decodeAddress() reads an address with all its attributes", () => {
  const address = decodeAddress(newAddress(IPV4));
  assertEquals(address, {
    family: 2,
    prefixlen: 24,
    flags: 0x280,
    scope: 0,
    index: 3,
    attributes: [
      { type: 1, flags: 0, value: hex("c0000201") },
      { type: 2, flags: 0, value: hex("c0000201") },
      { type: 4, flags: 0, value: hex("c00002ff") },
      { type: 3, flags: 0, value: hex("68303a7800") },
      { type: 6, flags: 0, value: hex("ffffffffffffffff86d4010086d40100") },
    ],
  });
  assertEquals(addressText(address), "192.0.2.1/24");
});

Deno.test("decodeAddress() takes the header's flags where there is no IFA_FLAGS", () => {
  const address = decodeAddress(newAddress("0a 40 82 fd 03000000"));
  assertEquals([address.flags, address.scope, addressText(address)], [0x82, 253, "0x/64"]);
});

Deno.test("addressText() takes the device's own address and not its peer's", () => {
  const address = decodeAddress(newAddress(`
    02 20 80 00 03000000
    0800 0100 c6336402     # IFA_ADDRESS: the peer
    0800 0200 c6336401     # IFA_LOCAL`));
  assertEquals(addressText(address), "198.51.100.1/32");
});

Deno.test("decodeAddress() refuses what is malformed", () => {
  const cases: [string, string][] = [
    ["02 18 80 00", "Cannot decode struct ifaddrmsg: it has 8 bytes, there are 4 at offset 0"],
    [
      "02 18 80 00 03000000 0600 0800 8002 0000",
      "Cannot decode an address: attribute 8 has 2 bytes and not 4",
    ],
    [
      "02 18 80 00 03000000 0300 0800",
      "Cannot decode an address: an attribute of 3 bytes at offset 0 of 4",
    ],
  ];
  for (const [payload, message] of cases) {
    throws(() => decodeAddress(newAddress(payload)), { message });
  }
});

Deno.test("setAddressRequest() writes what decodeAddress() read", () => {
  const address = decodeAddress(newAddress(IPV4));
  const request = setAddressRequest({ ...address, index: 9 });
  assertEquals([request.type, request.flags, request.args], [
    "RTM_NEWADDR",
    0x500, // CREATE|REPLACE
    "{ifa_index=9, 192.0.2.1/24}",
  ]);
  assertEquals(request.payload.subarray(0, 8), hex("02 18 80 00 09000000"));
  assertEquals(decodeAddress({ type: 20, flags: 0, seq: 0, payload: request.payload }), {
    ...address,
    index: 9,
  });
});

Deno.test("dumpAddresses() filters, as kernels without strict checking do not", () => {
  const entry = (index: string) => ({
    type: 20,
    flags: 2,
    payload: hex(`02 18 80 00 ${index}000000`),
  });
  const done = { type: 3, flags: 2, payload: hex("00000000") };
  const peer = new FakePeer(() => [[entry("03"), entry("04"), entry("03")], [done]]);
  const connection = new Connection(peer);
  assertEquals(dumpAddresses(connection, 3).map(({ index }) => index), [3, 3]);
  assertEquals(dumpAddresses(connection, 0).map(({ index }) => index), [3, 4, 3]);
  assertEquals(peer.requests[0]?.payload, hex("00 00 00 00 03000000"));
});
