import { assert, assertEquals } from "#assert";
import { LinkMonitor } from "../../../ffi/netlink/link_monitor.ts";
import { FakePeer, hex, OVERRUN } from "./fake_peer.ts";

const NEWLINK = 16;
const DELLINK = 17;

/** A notification on the device with the index, with IFLA_NEW_IFINDEX if it has gone to a new one. */
function link(
  type: number,
  index: number,
  newIndex?: number,
): { type: number; payload: Uint8Array } {
  const byte = (n: number) => n.toString(16).padStart(2, "0");
  const moved = newIndex === undefined ? "" : `0800 3100 ${byte(newIndex)}000000`;
  return { type, payload: hex(`00 00 0000 ${byte(index)}000000 00000000 00000000 ${moved}`) };
}

Deno.test("departureOf() reads the new index out of the notifications", () => {
  const cases: [Parameters<FakePeer["push"]>[0][], unknown][] = [
    [[], { kind: "stayed" }],
    [[[link(NEWLINK, 5)]], { kind: "stayed" }],
    [[[link(DELLINK, 5, 5)]], { kind: "moved", index: 5 }],
    [[[link(DELLINK, 5, 9), link(NEWLINK, 9)]], { kind: "moved", index: 9 }],
    [[[link(NEWLINK, 5)], [link(DELLINK, 6, 7)], [link(DELLINK, 5, 8)]], {
      kind: "moved",
      index: 8,
    }],
    // Another device, or a device that was deleted or left its bridge.
    [[[link(DELLINK, 6, 7)]], { kind: "stayed" }],
    [[[link(DELLINK, 5)]], { kind: "stayed" }],
    // What was lost may have been the answer, unless it is there all the same.
    [[OVERRUN], { kind: "unknown" }],
    [[OVERRUN, [link(NEWLINK, 5)]], { kind: "unknown" }],
    [[OVERRUN, [link(DELLINK, 5, 8)]], { kind: "moved", index: 8 }],
    [[[link(DELLINK, 5, 8)], OVERRUN], { kind: "moved", index: 8 }],
  ];
  for (const [datagrams, departure] of cases) {
    const peer = new FakePeer(() => []);
    for (const datagram of datagrams) peer.push(datagram);
    using monitor = new LinkMonitor(peer);
    assertEquals(monitor.departureOf(5), departure);
    // All is read.
    assertEquals(peer.receiveNow(), undefined);
  }
});

Deno.test("a monitor closes its transport with itself", () => {
  const peer = new FakePeer(() => []);
  new LinkMonitor(peer)[Symbol.dispose]();
  assert(peer.closed);
});
