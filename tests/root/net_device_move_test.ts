import { assert, assertEquals } from "#assert";
import { Connection } from "../../ffi/netlink/connection.ts";
import { AF, IFA } from "../../ffi/netlink/constants.ts";
import { dumpAddresses, setAddress } from "../../ffi/netlink/route_address.ts";
import { RouteSocket } from "../../ffi/netlink/socket.ts";
import { type IpAddress, Rooms } from "./network_room.ts";

/** A veth pair with its other end up, so that the device has a carrier and duplicate address detection. */
const VETH = "ip link add h0 type veth peer name p0\nip link set p0 up\n";

Deno.test("netDevices move an up device with its IPv4 and IPv6 addresses, renamed and up", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh(
    VETH + `
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0
    ip addr add 2001:db8::1/64 dev h0`,
  );
  host.settle();
  assertEquals(rooms.move({ h0: { name: "c0" } }).map(({ hostName, name }) => [hostName, name]), [
    ["h0", "c0"],
  ]);
  const { flags, addr_info } = container.device("c0");
  assert(flags.includes("UP"), flags.join());
  assertEquals(globals(addr_info), ["192.0.2.1/24", "2001:db8::1/64"]);
  // Usable at once: the address has been through duplicate address detection on this link already.
  assertEquals(addr_info.filter(isGlobal).filter(({ tentative }) => tentative), []);
  assertEquals(addr_info.filter(isGlobal).filter(({ nodad }) => nodad), []);
  assertEquals(container.sh("ip -6 route show 2001:db8::/64").split(" dev ")[0], "2001:db8::/64");
  assertEquals(host.names(), ["p0"]);
});

Deno.test("netDevices move a down device with its addresses, and set it up", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh(
    VETH + `
    ip addr add 192.0.2.1/24 dev h0
    ip addr add 2001:db8::1/64 dev h0`,
  );
  rooms.move({ h0: {} });
  const { flags, addr_info } = container.device("h0");
  assert(flags.includes("UP"), flags.join());
  assertEquals(globals(addr_info), ["192.0.2.1/24", "2001:db8::1/64"]);
});

Deno.test("netDevices keep every attribute of an address", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh(
    VETH + `
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0
    ip addr add 192.0.2.2/24 brd 192.0.2.99 dev h0 label h0:two
    ip addr add 192.0.2.3/24 dev h0 label other
    ip addr add 198.51.100.1 peer 198.51.100.2/32 dev h0 metric 77
    ip addr add 203.0.113.1/24 dev h0 noprefixroute
    ip addr add 203.0.113.2/24 dev h0 preferred_lft 0
    ip addr add 2001:db8:1::1/64 dev h0 nodad
    ip addr add 2001:db8:2::1/64 dev h0 noprefixroute metric 88
    ip addr add 2001:db8:3::1/64 dev h0 preferred_lft 0
    ip addr add 2001:db8:4::1 peer 2001:db8:4::2/128 dev h0
    ip addr add 2001:db8:5::1/64 dev h0 home
    ip addr add fd00::1/64 dev h0 mngtmpaddr`,
  );
  host.settle();
  const expected = host.device("h0").addr_info.filter(isGlobal).map((info) => ({
    ...info,
    ...(info.label === undefined ? {} : { label: info.label.replace(/^h0/, "container0") }),
  }));
  assertEquals(expected.length, 12);
  // The routes that the kernel makes of the addresses, or does not (noprefixroute, metric).
  const routes = (room: typeof host, name: string) =>
    ["-4", "-6"].flatMap((family) =>
      room.sh(`ip ${family} route show table all proto kernel dev ${name} type unicast`)
        .replaceAll(name, "DEVICE").split("\n").sort()
    );
  const expectedRoutes = routes(host, "h0");
  rooms.move({ h0: { name: "container0" } });
  assertEquals(container.device("container0").addr_info.filter(isGlobal), expected);
  // The route of the link-local address comes with the carrier.
  container.settle();
  assertEquals(routes(container, "container0"), expectedRoutes);
});

Deno.test("netDevices keep the protocol that an address comes from", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh("ip link add h0 type ifb");
  const { ifindex: index } = host.device("h0");
  const connect = (room: typeof host) => room.run(() => new Connection(new RouteSocket()));
  const protocols = (room: typeof host, device: string) => {
    using connection = connect(room);
    return dumpAddresses(connection, room.device(device).ifindex).map(({ family, attributes }) => [
      family,
      ...attributes.filter(({ type }) => type === IFA.IFA_PROTO).map(({ value }) => value[0]),
    ]);
  };
  {
    using connection = connect(host);
    const common = { index, flags: 0, scope: 0 };
    const attributes = (address: string, protocol: number) => [
      { type: IFA.IFA_LOCAL, value: Uint8Array.fromHex(address) },
      { type: IFA.IFA_ADDRESS, value: Uint8Array.fromHex(address) },
      { type: IFA.IFA_PROTO, value: Uint8Array.of(protocol) },
    ];
    setAddress(connection, {
      ...common,
      family: AF.AF_INET,
      prefixlen: 24,
      attributes: attributes("c0000201", 77),
    });
    setAddress(connection, {
      ...common,
      family: AF.AF_INET6,
      prefixlen: 64,
      attributes: attributes("20010db8000000000000000000000001", 78),
    });
  }
  const expected = [[AF.AF_INET, 77], [AF.AF_INET6, 78]];
  assertEquals(protocols(host, "h0"), expected);
  rooms.move({ h0: { name: "c0" } });
  assertEquals(protocols(container, "c0").slice(0, 2), expected);
});

Deno.test("netDevices leave dynamic, link-scope and host-scope addresses behind", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh(
    VETH + `
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0 valid_lft 1000 preferred_lft 1000
    ip addr add 169.254.0.1/16 dev h0 scope link
    ip addr add 127.0.0.2/8 dev h0 scope host
    ip addr add 192.0.2.4/24 dev h0
    ip addr add 2001:db8::1/64 dev h0 valid_lft 1000 preferred_lft 1000
    ip addr add fe80::1/64 dev h0
    ip addr add fec0::1/64 dev h0
    ip addr add 2001:db8::4/64 dev h0`,
  );
  rooms.move({ h0: {} });
  const { addr_info } = container.device("h0");
  assertEquals(globals(addr_info), ["192.0.2.4/24", "2001:db8::4/64"]);
  assert(!addr_info.some(({ local }) => local === "fe80::1"));
});

Deno.test("netDevices keep the order of addresses, which source address selection goes by", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh(VETH + "ip link set h0 up");
  const names: string[] = [];
  for (let i = 1; i <= 150; i++) {
    names.push(`addr add 192.0.2.${i}/24 dev h0`, `addr add 2001:db8::${i}/64 dev h0 nodad`);
  }
  host.batch(names);
  const expected = globals(host.device("h0").addr_info);
  assertEquals(expected.length, 300);
  rooms.move({ h0: {} });
  assertEquals(globals(container.device("h0").addr_info), expected);
});

Deno.test("netDevices keep what a device is, apart from its addresses", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh(
    VETH + `
    ip link set h0 address 02:00:00:00:00:17 mtu 1400 txqueuelen 77 group 9 alias the_alias
    ip link property add dev h0 altname alternative
    ip link property add dev h0 altname ${"long".repeat(10)}
    ip link set h0 addrgenmode none
    ip link set h0 promisc on`,
  );
  const pick = (room: typeof host, name: string) => {
    const { mtu, address, txqlen, group, ifalias, altnames, inet6_addr_gen_mode, promiscuity } =
      room.device(name);
    return { mtu, address, txqlen, group, ifalias, altnames, inet6_addr_gen_mode, promiscuity };
  };
  const expected = pick(host, "h0");
  assertEquals(expected.inet6_addr_gen_mode, "none");
  rooms.move({ h0: { name: "c0" } });
  assertEquals(pick(container, "c0"), expected);
  // Mode "none" makes no link-local address.
  assertEquals(container.device("c0").addr_info, []);
});

Deno.test("netDevices keep the secret that stable addresses are made of", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh(
    VETH + `
    sysctl -q -w net.ipv6.conf.h0.stable_secret=2001:db8::5ec:4e7
    ip link set h0 up`,
  );
  host.settle();
  const linkLocal = (room: typeof host, name: string) =>
    room.device(name).addr_info.map(({ local, stable_privacy }) => ({ local, stable_privacy }));
  const expected = linkLocal(host, "h0");
  assertEquals(expected.length, 1);
  rooms.move({ h0: { name: "c0" } });
  assertEquals(container.device("c0").inet6_addr_gen_mode, "stable_secret");
  container.settle();
  assertEquals(linkLocal(container, "c0"), expected);
});

Deno.test("netDevices take templates: the kernel picks the name, and it is told", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  container.sh("ip link add eth0 type ifb");
  host.sh("ip link add h0 type ifb\nip link add h1 type ifb\nip link add h2 type ifb");
  // The literal name comes last and is still free: no template may take it.
  const moved = rooms.move({
    h0: { name: "eth%d" },
    h1: { name: "eth%d" },
    h2: { name: "eth1" },
  });
  assertEquals(
    moved.map(({ hostName, name }) => [hostName, name]),
    [["h2", "eth1"], ["h0", "eth2"], ["h1", "eth3"]],
  );
  assertEquals(container.names(), ["eth0", "eth1", "eth2", "eth3"]);
  for (const { name, ifindex } of moved) assertEquals(container.device(name).ifindex, ifindex);
});

Deno.test("netDevices take a template where the name of the host is taken", () => {
  using rooms = new Rooms();
  rooms.container.sh("ip link add eth0 type ifb");
  rooms.host.sh("ip link add eth0 type ifb");
  const [moved] = rooms.move({ eth0: { name: "eth%d" } });
  assert(/^eth[1-9]$/.test(moved!.name), moved!.name);
  assertEquals(rooms.container.device(moved!.name).ifindex, moved!.ifindex);
});

Deno.test("netDevices swap names", () => {
  using rooms = new Rooms();
  rooms.host.sh(
    "ip link add h0 type ifb\nip link add h1 type ifb\nip link set h0 alias was_h0",
  );
  rooms.move({ h0: { name: "h1" }, h1: { name: "h0" } });
  assertEquals(rooms.container.device("h1").ifalias, "was_h0");
  assertEquals(rooms.container.names(), ["h0", "h1"]);
});

Deno.test("netDevices find a device by its alternative name, and keep its name", () => {
  using rooms = new Rooms();
  const long = "a".repeat(100);
  rooms.host.sh(`
    ip link add h0 type ifb
    ip link add h1 type ifb
    ip link property add dev h0 altname short
    ip link property add dev h1 altname ${long}`);
  rooms.move({ short: {}, [long]: { name: "c1" } });
  assertEquals(rooms.container.names(), ["c1", "h0"]);
});

Deno.test("netDevices follow a device whose index is taken in the container", () => {
  using rooms = new Rooms();
  const { host, container } = rooms;
  host.sh("ip link add h0 index 40 type ifb");
  container.sh("ip link add other index 40 type ifb");
  host.sh("ip addr add 192.0.2.1/24 dev h0");
  const [moved] = rooms.move({ h0: { name: "c0" } });
  assert(moved!.ifindex !== 40);
  assertEquals(container.device("c0").ifindex, moved!.ifindex);
  assertEquals(globals(container.device("c0").addr_info), ["192.0.2.1/24"]);
  assertEquals(container.device("other").addr_info, []);
});

for (const which of ["all", "default"]) {
  Deno.test(`netDevices keep IPv6 addresses where ${which}.disable_ipv6 is set`, () => {
    using rooms = new Rooms();
    const { host, container } = rooms;
    host.sh(VETH + "ip link set h0 up\nip addr add 2001:db8::1/64 dev h0");
    container.sh(`sysctl -q -w net.ipv6.conf.${which}.disable_ipv6=1`);
    rooms.move({ h0: {} });
    assertEquals(globals(container.device("h0").addr_info), ["2001:db8::1/64"]);
    assertEquals(container.sh("sysctl -n net.ipv6.conf.h0.disable_ipv6"), "0\n");
  });
}

Deno.test("netDevices leave IPv6 disabled for a device without IPv6 addresses", () => {
  using rooms = new Rooms();
  rooms.host.sh("ip link add h0 type ifb\nip addr add 192.0.2.1/24 dev h0");
  rooms.container.sh("sysctl -q -w net.ipv6.conf.default.disable_ipv6=1");
  rooms.move({ h0: {} });
  assertEquals(rooms.container.sh("sysctl -n net.ipv6.conf.h0.disable_ipv6"), "1\n");
});

/** How to make a device h0 of each kind; veth is there in most tests. */
const KINDS: Record<string, string> = {
  veth: "ip link add h0 type veth peer name p0",
  ifb: "ip link add h0 type ifb",
  macvlan: "ip link add p0 type ifb; ip link add h0 link p0 type macvlan mode bridge",
  macvtap: "ip link add p0 type ifb; ip link add h0 link p0 type macvtap mode bridge",
  vxlan: "ip link add h0 type vxlan id 5 dstport 4789",
  tun: "ip tuntap add dev h0 mode tun",
  tap: "ip tuntap add dev h0 mode tap",
};

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`netDevices move a device of the kind ${kind}, and give it back`, () => {
    using rooms = new Rooms({ dad: false });
    const { host, container } = rooms;
    host.sh(`${make}
      ip link set h0 alias "one of ${kind}" txqueuelen 77
      ip link property add dev h0 altname alternative
      ip addr add 192.0.2.1/24 brd + dev h0
      ip addr add 198.51.100.1/24 dev h0 noprefixroute`);
    host.settle();
    const before = host.state();
    const { linkinfo, address, ifalias, altnames, txqlen } = host.device("h0");
    using transaction = rooms.inspect({ h0: { name: "c0" } });
    host.run(() => transaction.move());
    const there = container.device("c0");
    assert(there.flags.includes("UP"));
    assertEquals(globals(there.addr_info), ["192.0.2.1/24", "198.51.100.1/24"]);
    assertEquals(
      [there["linkinfo"], there["address"], there["ifalias"], there["altnames"], there["txqlen"]],
      [linkinfo, address, ifalias, altnames, txqlen],
    );
    host.run(() => transaction.undo());
    host.assertState(before);
  });
}

Deno.test("netDevices do nothing when there are none", () => {
  using rooms = new Rooms();
  const before = rooms.host.state();
  assertEquals(rooms.move({}), []);
  assertEquals(rooms.host.state(), before);
});

function isGlobal({ scope, valid_life_time }: IpAddress): boolean {
  return scope === "global" && valid_life_time === 0xffffffff;
}

function globals(infos: readonly IpAddress[]): string[] {
  return infos.filter(({ scope }) => scope === "global").map(({ local, prefixlen }) =>
    `${local}/${prefixlen}`
  );
}
