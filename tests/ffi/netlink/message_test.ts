import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { decodeMessages, decodeRefusal, encodeMessage } from "../../../ffi/netlink/message.ts";
import { hex } from "./fake_peer.ts";

Deno.test("encodeMessage() writes each field in its place", () => {
  const message = { type: 0x1211, flags: 0x2221, seq: 0x34333231, payload: hex("aabbccddee") };
  assertEquals(
    encodeMessage(message),
    hex(`
      15000000          # nlmsg_len: 16 + 5
      1112              # nlmsg_type
      2122              # nlmsg_flags
      31323334          # nlmsg_seq
      00000000          # nlmsg_pid: the kernel's business
      aabbccddee 000000 # the payload, padded
    `),
  );
});

Deno.test("decodeMessages() reads all messages of a datagram", () => {
  const datagram = hex(`
    15000000 1112 2122 31323334 00000000 aabbccddee 000000
    10000000 0300 0200 01000000 00000000
    11000000 0400 0000 02000000 00000000 ff   # the last one lacks its padding
  `);
  assertEquals(decodeMessages(datagram), [
    { type: 0x1211, flags: 0x2221, seq: 0x34333231, payload: hex("aabbccddee") },
    { type: 3, flags: 2, seq: 1, payload: hex("") },
    { type: 4, flags: 0, seq: 2, payload: hex("ff") },
  ]);
  assertEquals(decodeMessages(hex("")), []);
});

Deno.test("decodeMessages() refuses a message that does not fit", () => {
  const header = "0300 0000 00000000 00000000";
  const cases: [string, string][] = [
    [`11000000 ${header}`, "a message of 17 bytes at offset 0 of 16"],
    [`0f000000 ${header}`, "a message of 15 bytes at offset 0 of 16"],
    [`00000000 ${header}`, "a message of 0 bytes at offset 0 of 16"],
    [`ffffffff ${header}`, "a message of 4294967295 bytes at offset 0 of 16"],
    ["100000", "a message of 3 bytes at offset 0 of 3"],
    [`10000000 ${header} 10000000 0300`, "a message of 6 bytes at offset 16 of 22"],
  ];
  for (const [bytes, message] of cases) {
    throws(() => decodeMessages(hex(bytes)), {
      name: "NetlinkFormatError",
      message: `Cannot decode a netlink datagram: ${message}`,
    });
  }
});

const CAPPED = 0x100;
const ACK_TLVS = 0x200;
const REQUEST = "20000000 1000 0500 07000000 00000000";
const TLVS = `
  0900 0100 6e6f706521 000000 # "nope!", whose NUL the length does not count
  0800 0200 34000000
`;

Deno.test("decodeRefusal() reads acks and errors, with and without what the kernel adds", () => {
  const cases: [number, number, string, unknown][] = [
    // type, flags, payload, refusal
    [2, 0, `00000000 ${REQUEST}`, undefined],
    [2, CAPPED, `00000000 ${REQUEST}`, undefined],
    // -EEXIST, with all of the request behind
    [2, 0, `efffffff ${REQUEST} ${"00".repeat(16)}`, { errno: 17 }],
    [2, CAPPED, `efffffff ${REQUEST}`, { errno: 17 }],
    [2, CAPPED | ACK_TLVS, `efffffff ${REQUEST} ${TLVS}`, {
      errno: 17,
      extack: "nope!",
      offset: 0x34,
    }],
    // Not capped: the attributes start behind the request's payload of 16 bytes.
    [2, ACK_TLVS, `efffffff ${REQUEST} ${"aa".repeat(16)} ${TLVS}`, {
      errno: 17,
      extack: "nope!",
      offset: 0x34,
    }],
    [2, CAPPED | ACK_TLVS, `efffffff ${REQUEST}`, {
      errno: 17,
      extack: undefined,
      offset: undefined,
    }],
    // NLMSG_DONE has the error alone.
    [3, 2, "00000000", undefined],
    [3, 2, "eaffffff", { errno: 22 }],
    [3, 2 | ACK_TLVS, `eaffffff ${TLVS}`, { errno: 22, extack: "nope!", offset: 0x34 }],
  ];
  for (const [type, flags, payload, refusal] of cases) {
    assertEquals(decodeRefusal({ type, flags, seq: 7, payload: hex(payload) }), refusal);
  }
});

Deno.test("decodeRefusal() refuses what is too short, or has broken attributes", () => {
  throws(() => decodeRefusal({ type: 2, flags: 0, seq: 0, payload: hex("efffffff") }), {
    name: "NetlinkFormatError",
    message: "Cannot decode NLMSG_ERROR: 4 bytes are no answer",
  });
  throws(() => decodeRefusal({ type: 3, flags: 0, seq: 0, payload: hex("") }), {
    message: "Cannot decode NLMSG_DONE: 0 bytes are no answer",
  });
  const payload = hex(`efffffff ${REQUEST} ff00 0100`);
  throws(() => decodeRefusal({ type: 2, flags: CAPPED | ACK_TLVS, seq: 0, payload }), {
    message: "Cannot decode NLMSG_ERROR: an attribute of 255 bytes at offset 0 of 4",
  });
});
