/**
 * What is left of devices when a `create` was killed, and comes back by the journal. Two network namespaces of the test's own
 * stand in for the host's and the container's.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { decodeJournal, encodeJournal } from "../../runtime/net/journal.ts";
import { recoverNetDevices } from "../../runtime/net/recover.ts";
import type { NetDeviceTransaction } from "../../runtime/steps/net_devices.ts";
import { Rooms } from "./network_room.ts";

const DEVICES = `
  ip link add h0 type veth peer name p0
  ip link set p0 up
  ip link set h0 mtu 1400 alias the_alias
  ip link property add dev h0 altname alternative
  sysctl -q -w net.ipv4.conf.h0.rp_filter=2
  ip link set h0 up
  ip addr add 192.0.2.1/24 brd + dev h0 label h0:x
  ip addr add 2001:db8::1/64 dev h0
  ip addr add 198.51.100.1/24 dev h0 valid_lft 1000 preferred_lft 500
  ip route add 10.0.0.0/8 via 192.0.2.9
  ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 nud permanent dev h0
  ip link add h1 type ifb
  ip addr add 203.0.113.1/24 dev h1
  ip tuntap add dev t0 mode tun
`;

const BOTH = { h0: { name: "eth%d" }, h1: {}, t0: { name: "tun9" } };

/** As a runtime does that is killed after `then`, and as `delete` goes on from what it wrote down. */
function recoverAfter(rooms: Rooms, then: (transaction: NetDeviceTransaction) => void): string[] {
  const { host, container } = rooms;
  let text: string;
  {
    using transaction = rooms.inspect(BOTH);
    const path = `/proc/${Deno.pid}/fd/${container.fd.fd}`;
    text = host.run(() => encodeJournal(transaction.journal(path)));
    then(transaction);
  }
  return host.run(() => recoverNetDevices(decodeJournal(text), 0));
}

/** The lifetimes of dynamic addresses go on meanwhile. */
function stateOf(rooms: Rooms): unknown {
  const text = JSON.stringify(rooms.host.state());
  return JSON.parse(
    text,
    (key, value) =>
      /^(valid|preferred)_life_time$/.test(key) && value < 0xffffffff ? "some" : value,
  );
}

const ways: Record<string, (rooms: Rooms, transaction: NetDeviceTransaction) => void> = {
  "before any has moved": () => {},
  "when all have moved": (rooms, transaction) => rooms.host.run(() => transaction.move()),
  "when one has moved": (rooms, transaction) => {
    // The literal names go first, in document order.
    rooms.container.sh("ip link add tun9 type ifb");
    try {
      rooms.host.run(() => transaction.move());
    } catch {
      rooms.container.sh("ip link del tun9");
      return;
    }
    throw new Error("the move of t0 was to fail");
  },
  "while it took them back": (rooms, transaction) => {
    rooms.host.run(() => transaction.move());
    // Back, and nothing restored yet.
    rooms.container.sh(`ip link set eth0 netns ${rooms.host.keeper()} name h0`);
  },
};

for (const [when, act] of Object.entries(ways)) {
  Deno.test(`recoverNetDevices() gives back the devices of a create that was killed ${when}`, () => {
    using rooms = new Rooms({ dad: false });
    rooms.host.sh(DEVICES);
    rooms.host.settle();
    const before = stateOf(rooms);
    assertEquals(recoverAfter(rooms, (transaction) => act(rooms, transaction)), []);
    rooms.host.settle();
    assertEquals(stateOf(rooms), before);
    assertEquals(rooms.container.names(), []);
  });
}

Deno.test("recoverNetDevices() tells of virtual devices that ended with their namespace", () => {
  const rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  try {
    host.sh(DEVICES);
    const told = recoverAfter(rooms, (transaction) => {
      host.run(() => transaction.move());
      transaction[Symbol.dispose]();
      container[Symbol.dispose]();
    });
    assertEquals(
      told.toSorted(),
      ["h0", "h1", "t0"].map((name) =>
        `Cannot give back "${name}": the device ended with the container's network namespace, as virtual ones do`
      ),
    );
  } finally {
    host[Symbol.dispose]();
  }
});

Deno.test("recoverNetDevices() touches nothing in another network namespace than create's", () => {
  using rooms = new Rooms({ dad: false });
  using other = new Rooms({ dad: false });
  rooms.host.sh(DEVICES);
  using transaction = rooms.inspect(BOTH);
  const journal = rooms.host.run(() => transaction.journal(undefined));
  rooms.host.run(() => transaction.move());
  assertEquals(other.host.run(() => recoverNetDevices(journal, 0)), [
    'Cannot give back "h1", "t0", "h0": create was run in another network namespace than this command',
  ]);
  assertEquals(rooms.container.names(), ["eth0", "h1", "tun9"]);
});

Deno.test("recoverNetDevices() leaves alone what was in the container's namespace before", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh("ip link add h0 address 02:00:00:00:00:01 type ifb || ip link add h0 type ifb");
  container.sh("ip tuntap add dev t0 mode tun");
  using transaction = rooms.inspect({ h0: {} });
  const journal = host.run(() => transaction.journal(`/proc/${Deno.pid}/fd/${container.fd.fd}`));
  host.run(() => transaction.move());
  assertEquals(host.run(() => recoverNetDevices(journal, 0)), []);
  assertEquals(host.names(), ["h0"]);
  assertEquals(container.names(), ["t0"]);
});

Deno.test("a journal is what it was after it was text", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(DEVICES);
  using transaction = rooms.inspect(BOTH);
  const journal = rooms.host.run(() => transaction.journal("/run/netns/a"));
  const again = decodeJournal(encodeJournal(journal));
  assertEquals(encodeJournal(again), encodeJournal(journal));
  const [first] = again.entries;
  assert(first!.snapshot.link.address instanceof Uint8Array);
  assert(first!.snapshot.sysctls instanceof Map && first!.snapshot.sysctls.size > 50);
});
