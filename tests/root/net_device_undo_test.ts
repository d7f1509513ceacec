import { throws } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { assertUndone, Rooms } from "./network_room.ts";

const VETH = "ip link add h0 type veth peer name p0\nip link set p0 up\n";

Deno.test("undo() gives back an up device with all its addresses", () => {
  using rooms = new Rooms();
  rooms.host.sh(
    VETH + `
    ip link set h0 up
    ip addr add 192.0.2.1/24 brd + dev h0 label h0:x
    ip addr add 192.0.2.2/24 dev h0
    ip addr add 10.1.1.1 peer 10.1.1.2/32 dev h0
    ip addr add 169.254.0.1/16 scope link dev h0
    ip addr add 203.0.113.1/24 dev h0 preferred_lft 0
    ip addr add 2001:db8::1/64 dev h0 nodad
    ip addr add 2001:db8::2/64 dev h0
    ip addr add 2001:db8:3::1/64 dev h0 preferred_lft 0
    ip addr add 2001:db8:4::1 peer 2001:db8:4::2/128 dev h0
    ip addr add fec0::1/64 dev h0 noprefixroute
    ip addr add fe80::1/64 dev h0`,
  );
  assertUndone(rooms, { h0: { name: "c0" } });
});

Deno.test("undo() gives back a down device, and leaves it down", () => {
  using rooms = new Rooms({ dad: false });
  // Not veth: its other end would have a carrier for a moment, and keep what the kernel made of that.
  rooms.host.sh(`
    ip link add h0 type ifb
    ip addr add 192.0.2.1/24 dev h0
    ip addr add 2001:db8::1/64 dev h0`);
  assertUndone(rooms, { h0: { name: "c%d" } });
});

Deno.test("undo() gives back dynamic addresses with what is left of their lifetimes", () => {
  using rooms = new Rooms({ dad: false });
  const { host } = rooms;
  host.sh(
    VETH + `
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0 valid_lft 1000 preferred_lft 500
    ip addr add 2001:db8::1/64 dev h0 valid_lft 2000 preferred_lft 1500
    ip addr add 2001:db8:1::1/64 dev h0 valid_lft 3000 preferred_lft 0`,
  );
  host.settle();
  const lifetimes = () =>
    host.device("h0").addr_info.filter(({ scope }) => scope === "global").map((info) => [
      info.local,
      info["dynamic"],
      info["valid_life_time"],
      info["preferred_life_time"],
    ]);
  const before = lifetimes();
  using transaction = rooms.inspect({ h0: {} });
  host.run(() => transaction.move());
  host.run(() => transaction.undo());
  const after = lifetimes();
  assertEquals(after.map((info) => info.slice(0, 2)), before.map((info) => info.slice(0, 2)));
  after.forEach((info, i) => {
    for (const column of [2, 3]) {
      const was = before[i]![column] as number;
      const is = info[column] as number;
      // A minute: generous for any machine, and far below every lifetime here.
      assert(is <= was && is >= Math.max(0, was - 60), `${info[0]}: ${was} → ${is}`);
    }
  });
  // Dynamic addresses have their routes again, too.
  assert(host.sh("ip -6 route show 2001:db8::/64").includes("expires"));
  assert(host.sh("ip route show 192.0.2.0/24").includes("dev h0"));
});

Deno.test("undo() gives back the routes", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(
    VETH + `
    ip link set h0 up
    ip link add h1 type ifb
    ip link add stays type ifb
    ip link set h1 up
    ip link set stays up
    ip addr add 192.0.2.1/24 dev h0
    ip addr add 198.51.100.1/24 dev h1
    ip addr add 203.0.113.1/24 dev stays
    ip addr add 2001:db8::1/64 nodad dev h0
    ip addr add 2001:db8:1::1/64 nodad dev h1
    ip addr add 2001:db8:2::1/64 nodad dev stays
    ip route add default via 192.0.2.254 metric 10
    ip route add 10.1.0.0/16 via 192.0.2.253 mtu 1300 src 192.0.2.1
    ip route add 10.2.0.0/16 dev h0 scope link
    ip route add 10.3.0.0/16 via 10.4.0.1 dev h0 onlink
    ip route add 10.5.0.0/16 via 192.0.2.9 table 100
    ip route append 10.5.0.0/16 via 192.0.2.8 table 100
    ip route append 10.5.0.0/16 via 192.0.2.7 table 100
    ip route add 10.6.0.0/16 nexthop via 192.0.2.6 weight 2 nexthop via 203.0.113.6
    ip route add 10.7.0.0/16 nexthop via 192.0.2.6 nexthop via 198.51.100.6
    ip route add 10.8.0.0/16 via 203.0.113.8 src 192.0.2.1
    ip route add 10.20.0.0/24 dev h0
    ip route add 10.0.0.0/24 via 10.20.0.1
    ip route add 10.9.0.0/16 via inet6 2001:db8::9 dev h0
    ip -6 route add default via 2001:db8::fe metric 10
    ip -6 route add 2001:db8:10::/64 via 2001:db8::10
    ip -6 route add 2001:db8:11::/64 nexthop via 2001:db8::11 nexthop via 2001:db8:2::11
    ip -6 route add 2001:db8:12::/64 nexthop via 2001:db8::12 nexthop via 2001:db8:1::12
    ip -6 route add 2001:db8:13::/64 via 2001:db8:2::13 src 2001:db8::1
    ip -6 route add 2001:db8:14::/64 dev h0 table 100 pref high`,
  );
  assertUndone(rooms, { h0: { name: "c0" }, h1: {} });
});

Deno.test("undo() gives back neighbours and proxies", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(
    VETH + `
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0
    ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 nud permanent dev h0
    ip neigh add 2001:db8::7 lladdr 02:00:00:00:00:07 nud permanent dev h0
    ip neigh add proxy 192.0.2.8 dev h0
    ip neigh add proxy 2001:db8::8 dev h0`,
  );
  assertUndone(rooms, { h0: {} });
});

Deno.test("undo() gives back the settings below /proc/sys/net", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(
    VETH + `
    sysctl -q -w net.ipv4.conf.h0.rp_filter=2
    sysctl -q -w net.ipv4.conf.h0.proxy_arp=1
    sysctl -q -w net.ipv4.conf.h0.forwarding=1
    sysctl -q -w net.ipv6.conf.h0.accept_ra=0
    sysctl -q -w net.ipv6.conf.h0.mtu=1400
    sysctl -q -w net.ipv6.conf.h0.forwarding=1
    sysctl -q -w net.ipv4.neigh.h0.gc_stale_time=99
    sysctl -q -w net.ipv6.neigh.h0.retrans_time_ms=2000
    ip link set h0 up`,
  );
  assertUndone(rooms, { h0: { name: "c0" } });
});

Deno.test("undo() gives back IPv6 disabled on a device, and enabled against the default", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(
    VETH + `
    ip link add h1 type ifb
    sysctl -q -w net.ipv6.conf.h1.disable_ipv6=1
    ip link set h0 up
    ip link set h1 up
    ip addr add 2001:db8::1/64 dev h0
    sysctl -q -w net.ipv6.conf.default.disable_ipv6=1`,
  );
  assertUndone(rooms, { h0: {}, h1: {} });
});

for (const mode of ["none", "eui64", "random", "stable_secret"]) {
  Deno.test(`undo() gives back the address generation mode ${mode}`, () => {
    using rooms = new Rooms({ dad: false });
    const { host } = rooms;
    host.sh("ip link add h0 type veth peer name p0");
    host.sh("ip link set p0 up");
    if (mode === "stable_secret") {
      host.sh("sysctl -q -w net.ipv6.conf.h0.stable_secret=2001:db8::5ec:4e7");
    } else {
      host.sh(`ip link set h0 addrgenmode ${mode}`);
    }
    host.sh("ip link set h0 up");
    assertUndone(rooms, { h0: {} });
  });
}

Deno.test("undo() gives a bridge its port back, as it was set", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(
    VETH + `
    ip link add br0 type bridge forward_delay 0
    ip link set h0 up
    ip link set h0 master br0
    ip link set br0 up
    ip link set h0 type bridge_slave cost 17 priority 9 hairpin on isolated on learning off mcast_flood off`,
  );
  assertUndone(rooms, { h0: { name: "c0" } });
});

Deno.test("undo() gives back what was changed in the container", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(
    VETH + `
    ip link set h0 mtu 1400 txqueuelen 77 group 9 alias the_alias
    ip link property add dev h0 altname alternative
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0`,
  );
  assertUndone(rooms, { h0: { name: "c0" } }, () => {
    rooms.container.sh(`
      ip link set c0 down
      ip link set c0 name renamed
      ip link set renamed mtu 1300 txqueuelen 7 group 1 alias other
      ip link property del dev renamed altname alternative
      ip addr add 203.0.113.1/24 dev renamed
      ip link set renamed up`);
  });
});

Deno.test("undo() gives back devices that swapped names", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(`
    ip link add h0 type ifb
    ip link add h1 type ifb
    ip addr add 192.0.2.1/24 dev h0
    ip addr add 192.0.2.2/24 dev h1`);
  assertUndone(rooms, { h0: { name: "h1" }, h1: { name: "h0" } });
});

/**
 * Makes the container's namespace change between inspection and move, and asserts that the move fails
 * and leaves nothing behind.
 */
function assertFailsAndReturns(
  rooms: Rooms,
  netDevices: Parameters<Rooms["inspect"]>[0],
  between: () => void,
  message: RegExp,
): void {
  const { host, container } = rooms;
  host.settle();
  using transaction = rooms.inspect(netDevices);
  between();
  const before = host.state();
  const containerBefore = container.state();
  throws(() => host.run(() => transaction.move()), { name: "NetDeviceError", message });
  host.run(() => transaction.undo());
  host.assertState(before);
  container.assertState(containerBefore);
}

const WITH_ADDRESSES = VETH + `
  ip link set h0 up
  ip addr add 192.0.2.1/24 dev h0
  ip addr add 2001:db8::1/64 dev h0
  ip route add 10.1.0.0/16 via 192.0.2.9
`;

Deno.test("move() brings back a device that went, but whose new name is taken", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(WITH_ADDRESSES);
  // The kernel moves h0, fails to rename it, and leaves it there.
  assertFailsAndReturns(
    rooms,
    { h0: { name: "c0" } },
    () => {
      rooms.container.sh("ip link add c0 type ifb");
    },
    /^Cannot move "h0" to the network namespace ".*" as "c0": RTM_NEWLINK\(\{ifi_index=\d+, IFLA_NET_NS_FD=\d+, IFLA_IFNAME="c0", IFLA_INET6_ADDR_GEN_MODE=0\}\): EEXIST \(File exists\)$/,
  );
});

Deno.test("move() leaves a device alone that cannot go, since its name is taken", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(WITH_ADDRESSES);
  assertFailsAndReturns(rooms, { h0: {} }, () => {
    rooms.container.sh("ip link add h0 type ifb");
  }, /EEXIST \(File exists\): An interface with the same name exists in the target netns$/);
});

Deno.test("move() brings back the first device when the second has disappeared", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(WITH_ADDRESSES + "ip link add h1 type ifb");
  assertFailsAndReturns(rooms, { h0: {}, h1: {} }, () => {
    rooms.host.sh("ip link del h1");
  }, /^Cannot move "h1" to .*: ENODEV \(No such device\)$/);
});

Deno.test("move() brings back a device whose address the container refuses", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(WITH_ADDRESSES);
  // No device in there can have IPv6: its MTU is not allowed to be what IPv6 needs.
  rooms.host.sh("ip link add h1 type ifb");
  rooms.host.sh("ip addr add 198.51.100.1/24 dev h1");
  assertFailsAndReturns(rooms, { h0: { name: "c0" }, h1: { name: "c1" } }, () => {
    rooms.container.sh("ip link add c1 type ifb");
  }, /^Cannot move "h1"/);
});

Deno.test("undo() brings back every device it can, and reports the others", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh("ip link add h0 type ifb\nip link add h1 type ifb\nip link add h2 type ifb");
  using transaction = rooms.inspect({ h0: {}, h1: { name: "c1" }, h2: {} });
  host.run(() => transaction.move());
  container.sh("ip link del c1");
  throws(() => host.run(() => transaction.undo()), {
    name: "AggregateError",
    message: /^Cannot give back "h1": RTM_GETLINK\(\{ifi_index=\d+\}\): ENODEV \(No such device\)$/,
  });
  assertEquals(host.names(), ["h0", "h2"]);
  // Nothing is left to be undone.
  host.run(() => transaction.undo());
});

Deno.test("undo() brings a device back under another name when its own is taken", () => {
  for (const name of ["h0", "c0"]) {
    using rooms = new Rooms({ dad: false });
    const { host } = rooms;
    host.sh("ip link add h0 type ifb\nip addr add 192.0.2.1/24 dev h0\nip link set h0 up");
    using transaction = rooms.inspect({ h0: { name } });
    host.run(() => transaction.move());
    host.sh("ip link add h0 type ifb");
    throws(() => host.run(() => transaction.undo()), {
      name: "AggregateError",
      message: /^Cannot give back "h0": .*EEXIST/,
    });
    const [other] = host.names().filter((present) => present !== "h0");
    assert((name === "h0" ? /^dev\d+$/ : /^c0$/).test(other!), other);
    const { flags, addr_info } = host.device(other!);
    assertEquals(addr_info.find(({ scope }) => scope === "global")?.local, "192.0.2.1");
    assert(flags.includes("UP"));
  }
});

Deno.test("undo() follows a device whose index is taken on the host", () => {
  using rooms = new Rooms({ dad: false });
  const { host } = rooms;
  host.sh(`
    ip link add h0 index 50 type ifb
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0
    ip route add 10.0.0.0/8 via 192.0.2.9`);
  using transaction = rooms.inspect({ h0: {} });
  host.run(() => transaction.move());
  host.sh("ip link add other index 50 type ifb");
  host.run(() => transaction.undo());
  assert(host.device("h0").ifindex !== 50);
  assertEquals(host.sh("ip route show 10.0.0.0/8"), "10.0.0.0/8 via 192.0.2.9 dev h0 \n");
});

Deno.test("move() of two transactions: one gets the device, the other changes nothing", () => {
  using rooms = new Rooms({ dad: false });
  using others = new Rooms();
  const { host } = rooms;
  host.sh(WITH_ADDRESSES + "ip link add h1 type ifb");
  host.settle();
  using first = rooms.inspect({ h0: {} });
  using second = rooms.inspect({ h1: {}, h0: { name: "c0" } });
  host.run(() => first.move());
  // The device and its other end have lost their carrier for a moment.
  for (const room of [host, rooms.container]) room.settle();
  const before = host.state();
  const containerBefore = rooms.container.state();
  throws(() => host.run(() => second.move()), { message: /^Cannot move "h0" .*ENODEV/ });
  host.run(() => second.undo());
  host.assertState(before);
  rooms.container.assertState(containerBefore);
  assertEquals(others.container.names(), []);
  assertEquals(rooms.container.names(), ["h0"]);
});
