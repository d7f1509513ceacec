import { throws } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { Connection, type Request } from "../../../ffi/netlink/connection.ts";
import { NLM_F, NLMSG } from "../../../ffi/netlink/constants.ts";
import type { Message } from "../../../ffi/netlink/message.ts";
import { FakePeer, hex, OVERRUN, type Reply } from "./fake_peer.ts";

const REQUEST: Request = { type: "RTM_NEWLINK", flags: 0x800, payload: hex("aabb"), args: "{x=1}" };
const ACK = { type: NLMSG.NLMSG_ERROR, payload: hex(`00000000 ${"00".repeat(16)}`) };
const EEXIST = { type: NLMSG.NLMSG_ERROR, payload: hex(`efffffff ${"00".repeat(16)}`) };
const DONE = { type: NLMSG.NLMSG_DONE, flags: NLM_F.NLM_F_MULTI, payload: hex("00000000") };

function entry(value: string, more: Partial<Message> = {}): Partial<Message> {
  return { type: 16, flags: NLM_F.NLM_F_MULTI, payload: hex(value), ...more };
}

function connect(...answers: (readonly Reply[])[]): { peer: FakePeer; connection: Connection } {
  const peer = new FakePeer(() => answers.shift() ?? []);
  return { peer, connection: new Connection(peer) };
}

Deno.test("execute() sends the request with an ack wanted, and returns upon it", () => {
  const { peer, connection } = connect([[ACK]], [[ACK]]);
  connection.execute(REQUEST);
  connection.execute(REQUEST);
  const flags = NLM_F.NLM_F_REQUEST | NLM_F.NLM_F_ACK | 0x800;
  assertEquals(peer.requests, [
    { type: 16, flags, seq: 1, payload: hex("aabb") },
    { type: 16, flags, seq: 2, payload: hex("aabb") },
  ]);
});

Deno.test("execute() throws what the kernel refuses", () => {
  const { connection } = connect([[EEXIST]]);
  throws(() => connection.execute(REQUEST), {
    name: "NetlinkError",
    operation: "RTM_NEWLINK",
    message: "RTM_NEWLINK({x=1}): EEXIST (File exists)",
  });
});

Deno.test("execute() passes over answers to other requests", () => {
  const { connection } = connect([[{ ...EEXIST, seq: 99 }, entry("01")], [ACK]]);
  connection.execute(REQUEST);
});

Deno.test("get() returns the one answer", () => {
  const { peer, connection } = connect([[{ ...EEXIST, seq: 99 }], [{
    type: 16,
    payload: hex("01"),
  }]]);
  const message = connection.get(REQUEST);
  assertEquals(message, { type: 16, flags: 0, seq: 1, payload: hex("01") });
  assertEquals(peer.requests[0]?.flags, NLM_F.NLM_F_REQUEST | 0x800);
});

Deno.test("get() throws a refusal, and an ack where an answer should be", () => {
  const { connection } = connect([[EEXIST]], [[ACK]]);
  throws(() => connection.get(REQUEST), { name: "NetlinkError", code: "EEXIST" });
  throws(() => connection.get(REQUEST), {
    name: "NetlinkFormatError",
    message: "Cannot use the answer to RTM_NEWLINK: it is empty",
  });
});

Deno.test("dump() collects the messages of many datagrams, in their order", () => {
  const { peer, connection } = connect([
    [entry("01"), entry("02")],
    [entry("ff", { seq: 99 })],
    [entry("03")],
    [DONE],
  ]);
  const payloads = connection.dump(REQUEST).map(({ payload }) => payload.toHex());
  assertEquals(payloads, ["01", "02", "03"]);
  const flags = NLM_F.NLM_F_REQUEST | NLM_F.NLM_F_DUMP | 0x800;
  assertEquals(peer.requests.map((request) => request.flags), [flags]);
});

Deno.test("dump() can be empty, and ends with a message in the same datagram", () => {
  const { connection } = connect([[DONE]], [[entry("01"), DONE]]);
  assertEquals(connection.dump(REQUEST), []);
  assertEquals(connection.dump(REQUEST).length, 1);
});

Deno.test("dump() keeps payloads when the transport uses its buffer again", () => {
  const { connection } = connect([[entry("01")], [entry("02")], [DONE]]);
  const messages = connection.dump(REQUEST);
  assert(messages.every(({ payload }) => payload.byteLength === payload.buffer.byteLength));
});

Deno.test("dump() starts again when the table changed or datagrams were lost", () => {
  const INTR = { flags: NLM_F.NLM_F_MULTI | NLM_F.NLM_F_DUMP_INTR };
  const disturbed: (readonly Reply[])[] = [
    [[entry("0a", INTR)], [DONE]],
    // Only the end tells.
    [[entry("0b")], [{ ...DONE, ...INTR }]],
    // The rest of a dump is read before the next one is asked for: the kernel would answer EBUSY.
    [[entry("0c")], OVERRUN, [entry("0d")], [DONE]],
  ];
  for (const attempt of disturbed) {
    const { peer, connection } = connect(attempt, [[entry("01"), DONE]]);
    assertEquals(connection.dump(REQUEST).map(({ payload }) => payload.toHex()), ["01"]);
    assertEquals(peer.requests.map(({ seq }) => seq), [1, 2]);
  }
});

Deno.test("dump() gives up on a table that does not come to rest", () => {
  const peer = new FakePeer(() => [[{ ...DONE, flags: NLM_F.NLM_F_DUMP_INTR }]]);
  throws(() => new Connection(peer).dump(REQUEST), {
    name: "NetlinkError",
    message:
      "RTM_NEWLINK({x=1}): EINTR (Interrupted system call): 50 dumps in a row were disturbed",
  });
  assertEquals(peer.requests.length, 50);
});

Deno.test("dump() throws what the kernel refuses, at its start or at its end", () => {
  const EINVAL = { ...DONE, payload: hex("eaffffff") };
  for (const reply of [[[EEXIST]], [[entry("01")], [EINVAL]]]) {
    const { connection } = connect(reply);
    throws(() => connection.dump(REQUEST), { name: "NetlinkError" });
  }
});

Deno.test("a connection throws on bytes that are no message", () => {
  const peer = new FakePeer(() => [[{ type: NLMSG.NLMSG_ERROR, payload: hex("00") }]]);
  throws(() => new Connection(peer).execute(REQUEST), { name: "NetlinkFormatError" });
});

Deno.test("a connection closes its transport with itself", () => {
  const { peer, connection } = connect();
  connection[Symbol.dispose]();
  assert(peer.closed);
});
