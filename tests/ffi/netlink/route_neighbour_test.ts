import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import {
  decodeNeighbour,
  dumpNeighboursRequest,
  setNeighbourRequest,
} from "../../../ffi/netlink/route_neighbour.ts";
import { hex } from "./fake_peer.ts";

const PERMANENT = `
  02 00 0000 03000000          # family, padding, ifindex
  8000 00 01                   # state: NUD_PERMANENT, flags, type
  0800 0100 c0000207           # NDA_DST
  0a00 0200 020000000007 0000  # NDA_LLADDR
`;

Deno.test("setNeighbourRequest() writes what decodeNeighbour() read", () => {
  const neighbour = decodeNeighbour({ type: 28, flags: 2, seq: 1, payload: hex(PERMANENT) });
  assertEquals(neighbour, {
    family: 2,
    index: 3,
    state: 0x80,
    flags: 0,
    attributes: [
      { type: 1, flags: 0, value: hex("c0000207") },
      { type: 2, flags: 0, value: hex("020000000007") },
    ],
  });
  assertEquals(setNeighbourRequest(neighbour), {
    type: "RTM_NEWNEIGH",
    flags: 0x500,
    // ndm_type is the kernel's to say.
    payload: hex(PERMANENT.replace("8000 00 01", "8000 00 00")),
    args: "{ndm_ifindex=3, 192.0.2.7}",
  });
});

Deno.test("dumpNeighboursRequest() filters by device, and asks for proxies by a flag", () => {
  assertEquals(
    dumpNeighboursRequest(3, 8).payload,
    hex("00 00 0000 00000000 0000 08 00 0800 0800 03000000"),
  );
});

Deno.test("decodeNeighbour() refuses what is malformed", () => {
  throws(() => decodeNeighbour({ type: 28, flags: 0, seq: 0, payload: hex("02 00") }), {
    name: "RangeError",
  });
  const payload = hex("02 00 0000 03000000 8000 00 01 ff00 0100");
  throws(() => decodeNeighbour({ type: 28, flags: 0, seq: 0, payload }), {
    message: "Cannot decode a neighbour: an attribute of 255 bytes at offset 0 of 4",
  });
});

Deno.test("dumpNeighboursRequest() asks for those of all devices with index 0", () => {
  const { payload, args } = dumpNeighboursRequest(0);
  assertEquals([payload, args], [hex("00 00 0000 00000000 0000 00 00"), ""]);
});
