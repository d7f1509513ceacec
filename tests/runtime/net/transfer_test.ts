import { assert, assertEquals } from "#assert";
import { E } from "../../../ffi/errno.ts";
import { encodeAttributes, string } from "../../../ffi/netlink/attribute.ts";
import { Connection } from "../../../ffi/netlink/connection.ts";
import { NLM_F, NLMSG, RTM } from "../../../ffi/netlink/constants.ts";
import { LinkMonitor } from "../../../ffi/netlink/link_monitor.ts";
import { decodeLink, ifinfomsg, type Link } from "../../../ffi/netlink/route_link.ts";
import type { NetNamespace } from "../../../runtime/net/net_namespace.ts";
import { transfer } from "../../../runtime/net/transfer.ts";
import { FakePeer, OVERRUN, type Reply } from "../../ffi/netlink/fake_peer.ts";

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;

/** The message on a device; `moved` adds IFLA_NEW_IFINDEX. */
function linkMessage(type: number, index: number, name: string, mac: number, moved?: number) {
  const attributes = encodeAttributes([
    string(IFLA_IFNAME, name),
    { type: IFLA_ADDRESS, value: Uint8Array.of(2, 0, 0, 0, 0, mac) },
    ...(moved === undefined ? [] : [{ type: 49, value: Uint8Array.of(moved, 0, 0, 0) }]),
  ]);
  const payload = new Uint8Array(ifinfomsg.size + attributes.length);
  ifinfomsg.encode({ ifi_index: index }, payload);
  payload.set(attributes, ifinfomsg.size);
  return { type, payload };
}

function linkOf(index: number, name: string, mac: number): Link {
  return decodeLink({ flags: 0, seq: 0, ...linkMessage(RTM.RTM_NEWLINK, index, name, mac) });
}

/** A namespace with a kernel that has some devices, answers a move with an errno and tells of some of it. */
function fake(
  devices: readonly (readonly [index: number, name: string, mac: number])[],
  errno = 0,
  told: readonly Reply[] = [],
): { namespace: NetNamespace; peer: FakePeer } {
  const peer = new FakePeer((request) => {
    if (request.type === RTM.RTM_GETLINK) {
      const messages = devices.map((device) => ({
        ...linkMessage(RTM.RTM_NEWLINK, ...device),
        flags: NLM_F.NLM_F_MULTI,
      }));
      return [[...messages, { type: NLMSG.NLMSG_DONE, payload: new Uint8Array(4) }]];
    }
    const payload = new Uint8Array(20);
    new DataView(payload.buffer).setInt32(0, -errno, true);
    return [[{ type: NLMSG.NLMSG_ERROR, payload }]];
  });
  const openMonitor = () => {
    const monitored = new FakePeer(() => []);
    told.forEach((reply) => monitored.push(reply));
    return new LinkMonitor(monitored);
  };
  const namespace = { fd: { fd: 7 }, connection: new Connection(peer), openMonitor };
  return { namespace: namespace as unknown as NetNamespace, peer };
}

const H0 = linkOf(5, "h0", 1);
const TOLD: readonly Reply[] = [[linkMessage(RTM.RTM_DELLINK, 5, "h0", 1, 9)]];

Deno.test("transfer() goes by the kernel's notification, whatever the answer", () => {
  for (const errno of [0, E.EEXIST, E.EINVAL]) {
    const from = fake([], errno, TOLD);
    const to = fake([]);
    const { index, error } = transfer(from.namespace, to.namespace, H0, { name: "c0" });
    assertEquals(index, 9);
    assertEquals((error as { errno?: number } | undefined)?.errno, errno === 0 ? undefined : errno);
    // Nobody had to be asked.
    assertEquals([from.peer.requests.length, to.peer.requests.length], [1, 0]);
  }
});

Deno.test("transfer() believes an error when nothing was told", () => {
  const from = fake([], E.EBUSY);
  const { index, error } = transfer(from.namespace, fake([]).namespace, H0, {});
  assertEquals(index, undefined);
  assertEquals((error as { errno?: number }).errno, E.EBUSY);
});

Deno.test("transfer() looks for a device whose departure was not told", () => {
  // By its new name, its old name or its index, and only one with the same hardware address.
  const cases: [(readonly [number, string, number])[], number | undefined][] = [
    [[[8, "c0", 1], [9, "h0", 1]], 8],
    [[[8, "c0", 2], [9, "h0", 1]], 9],
    [[[5, "x", 1]], 5],
    [[[5, "h0", 2]], undefined],
    [[[8, "x", 1]], undefined],
    [[], undefined],
  ];
  for (const [devices, expected] of cases) {
    const to = fake(devices);
    // No notification at all, from a kernel that says that the move is done.
    assertEquals(transfer(fake([]).namespace, to.namespace, H0, { name: "c0" }).index, expected);
    // Notifications were lost, and the answer was an error.
    const overrun = fake([], E.EEXIST, [OVERRUN]);
    assertEquals(transfer(overrun.namespace, to.namespace, H0, { name: "c0" }).index, expected);
  }
});

Deno.test("transfer() finds a device where it was, when notifications were lost", () => {
  const from = fake([[5, "h0", 1]], E.EEXIST, [OVERRUN]);
  const to = fake([[8, "c0", 1]]);
  assertEquals(transfer(from.namespace, to.namespace, H0, { name: "c0" }).index, undefined);
  assertEquals(to.peer.requests, []);
  // Another device with the index does not count.
  const other = fake([[5, "h0", 2]], E.EEXIST, [OVERRUN]);
  assertEquals(transfer(other.namespace, to.namespace, H0, { name: "c0" }).index, 8);
});

Deno.test("transfer() names the destination by its descriptor", () => {
  const from = fake([], 0, TOLD);
  transfer(from.namespace, fake([]).namespace, H0, { name: "c0" });
  const [request] = from.peer.requests;
  assert(request!.payload.toHex().includes("08001c0007000000"));
});
