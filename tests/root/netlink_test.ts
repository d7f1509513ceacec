import { throws } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { E } from "../../ffi/errno.ts";
import { Connection } from "../../ffi/netlink/connection.ts";
import { NETLINK } from "../../ffi/netlink/constants.ts";
import { NetlinkError } from "../../ffi/netlink/errors.ts";
import { LinkMonitor } from "../../ffi/netlink/link_monitor.ts";
import { inNetworkNamespace } from "../../ffi/netlink/namespace.ts";
import { addressText, dumpAddresses, setAddress } from "../../ffi/netlink/route_address.ts";
import { changeLink, dumpLinks, getLink, ifinfomsg } from "../../ffi/netlink/route_link.ts";
import { dumpRoutes, routeText } from "../../ffi/netlink/route_route.ts";
import { RouteSocket } from "../../ffi/netlink/socket.ts";
import { Room } from "./network_room.ts";

function connect(room: Room): Connection {
  return room.run(() => new Connection(new RouteSocket()));
}

/** What sysfs says of a device; sysfs shows the namespace of whoever mounted it, so this is the host's. */
function sysfs(device: string, file: string): string {
  return Deno.readTextFileSync(`/sys/class/net/${device}/${file}`).trim();
}

/** The names of the machine's devices; what is no link is a setting of the bonding driver's. */
function deviceNames(): string[] {
  return [...Deno.readDirSync("/sys/class/net")].filter(({ isSymlink }) => isSymlink)
    .map(({ name }) => name).sort();
}

function assertAsInSysfs(connection: Connection, names: readonly string[]): void {
  assertEquals(dumpLinks(connection).map(({ name }) => name).sort(), names);
  for (const name of names) {
    const link = getLink(connection, name);
    assertEquals(String(link.index), sysfs(name, "ifindex"));
    assertEquals(String(link.mtu), sysfs(name, "mtu"));
    assertEquals(String(link.txqlen), sysfs(name, "tx_queue_len"));
    assertEquals(String(link.group), sysfs(name, "netdev_group"));
    assertEquals(link.alias, sysfs(name, "ifalias"));
    assertEquals(link.address.toHex(), sysfs(name, "address").replaceAll(":", ""));
    assertEquals(getLink(connection, link.index), link);
  }
}

Deno.test("getLink() and sysfs say the same of every device of the machine", () => {
  using connection = new Connection(new RouteSocket());
  for (;;) {
    const names = deviceNames();
    try {
      return assertAsInSysfs(connection, names);
    } catch (error) {
      // Whatever else runs on the machine may have made or removed a device meanwhile.
      if (deviceNames().join() === names.join()) throw error;
    }
  }
});

Deno.test("getLink() finds alternative names, long ones too", () => {
  using room = new Room();
  const long = "x".repeat(127);
  room.sh(`
    ip link add h0 type ifb
    ip link property add dev h0 altname short
    ip link property add dev h0 altname ${long}`);
  using connection = connect(room);
  const link = getLink(connection, "h0");
  assertEquals(link.altNames, ["short", long]);
  assertEquals(link.kind, "ifb");
  assertEquals(getLink(connection, "short"), link);
  assertEquals(getLink(connection, long), link);
  // Kernels before 6.15 say it of no device.
  const { netnsImmutable } = getLink(connection, "lo");
  assert(netnsImmutable !== false);
  assertEquals(link.netnsImmutable, netnsImmutable && false);
});

Deno.test("a refused request carries the kernel's errno, sentence and offset", () => {
  using room = new Room();
  room.sh("ip link add h0 type ifb");
  using connection = connect(room);
  const { index } = getLink(connection, "h0");
  const name = "sixteen-bytes-xx";
  throws(() => changeLink(connection, index, { name }), (error: unknown) => {
    assert(error instanceof NetlinkError);
    assertEquals(error.errno, E.ERANGE);
    assertEquals(error.code, "ERANGE");
    assertEquals(error.extack, "Attribute failed policy validation");
    // The attribute comes right behind nlmsghdr and ifinfomsg.
    assertEquals(error.offset, 16 + ifinfomsg.size);
    assertEquals(
      error.message,
      `RTM_NEWLINK({ifi_index=${index}, IFLA_IFNAME="${name}"}): ERANGE (Numerical result out of range): ` +
        "Attribute failed policy validation",
    );
    return true;
  });
  throws(() => getLink(connection, "missing"), { name: "NetlinkError", code: "ENODEV" });
  throws(() => getLink(connection, 999_999), { name: "NetlinkError", code: "ENODEV" });
});

Deno.test("dump() reads a table of many datagrams", () => {
  using room = new Room();
  room.sh("ip link add h0 type ifb\nip link add h1 type ifb");
  const commands: string[] = [];
  for (let i = 0; i < 1000; i++) commands.push(`addr add 10.0.${i >> 8}.${i & 255}/32 dev h0`);
  commands.push("addr add 192.0.2.1/24 dev h1", "addr add 2001:db8::1/64 dev h1");
  room.batch(commands);
  using connection = connect(room);
  const h0 = dumpAddresses(connection, getLink(connection, "h0").index);
  assertEquals(h0.length, 1000);
  assertEquals(addressText(h0[999]!), "10.0.3.231/32");
  const h1 = dumpAddresses(connection, getLink(connection, "h1").index);
  assertEquals(h1.map(addressText), ["192.0.2.1/24", "2001:db8::1/64"]);
  // With those of lo.
  assertEquals(dumpAddresses(connection, 0).length, 1004);
});

Deno.test("an address that was read can be set as it is", () => {
  using room = new Room();
  room.sh(`
    ip link add h0 type ifb
    ip addr add 192.0.2.1/24 brd + dev h0 label h0:x metric 7 noprefixroute
    ip addr add 2001:db8::1/64 dev h0 nodad
    ip link add h1 type ifb`);
  using connection = connect(room);
  const h1 = getLink(connection, "h1").index;
  const addresses = dumpAddresses(connection, getLink(connection, "h0").index);
  for (const address of addresses) setAddress(connection, { ...address, index: h1 });
  // The last attribute of both kinds has stamps of the moment; label and all else are equal.
  const stamps = (text: string) => text.replaceAll(/h[01](?!:)/g, "DEV");
  assertEquals(
    stamps(room.sh("ip -d -o addr show dev h1")).replace(/^\d+/gm, ""),
    stamps(room.sh("ip -d -o addr show dev h0")).replace(/^\d+/gm, ""),
  );
});

Deno.test("dumpRoutes() reads both families and all tables", () => {
  using room = new Room();
  room.sh(`
    ip link add h0 type ifb
    ip link set h0 up
    ip addr add 192.0.2.1/24 dev h0
    ip route add default via 192.0.2.9
    ip route add 10.0.0.0/8 table 1000 nexthop via 192.0.2.8 weight 3 nexthop via 192.0.2.7
    ip -6 route add 2001:db8::/64 dev h0`);
  using connection = connect(room);
  const routes = dumpRoutes(connection);
  const texts = routes.filter(({ header }) => header.rtm_protocol !== 2).map(routeText);
  assertEquals(texts.sort(), ["10.0.0.0/8", "2001:db8::/64", "default"]);
  const multipath = routes.find((route) => routeText(route) === "10.0.0.0/8");
  assertEquals(multipath?.nextHops.map(({ hops, index }) => [hops, index]), [
    [2, getLink(connection, "h0").index],
    [0, getLink(connection, "h0").index],
  ]);
});

Deno.test("departureOf() tells whether a device moved, and its new index", () => {
  using from = new Room();
  using to = new Room();
  from.sh("ip link add h0 index 30 type ifb\nip link add h1 index 31 type ifb");
  to.sh("ip link add other index 31 type ifb");
  using connection = connect(from);
  using monitor = from.run(() => new LinkMonitor(new RouteSocket(NETLINK.RTMGRP_LINK)));
  assertEquals(monitor.departureOf(30), { kind: "stayed" });
  changeLink(connection, 30, { netNsFd: to.fd.fd });
  assertEquals(monitor.departureOf(30), { kind: "moved", index: 30 });
  changeLink(connection, 31, { netNsFd: to.fd.fd, name: "c1" });
  const departure = monitor.departureOf(31);
  assert(departure.kind === "moved" && departure.index !== 31);
  assertEquals(getLink(connect(to), "c1").index, departure.index);
});

Deno.test("departureOf() sees a move that the kernel answered with an error", () => {
  using from = new Room();
  using to = new Room();
  from.sh("ip link add h0 index 30 type ifb");
  to.sh("ip link add c0 type ifb");
  using connection = connect(from);
  using monitor = from.run(() => new LinkMonitor(new RouteSocket(NETLINK.RTMGRP_LINK)));
  throws(() => changeLink(connection, 30, { netNsFd: to.fd.fd, name: "c0" }), { code: "EEXIST" });
  assertEquals(monitor.departureOf(30), { kind: "moved", index: 30 });
  assertEquals(to.names(), ["c0", "h0"]);
});

Deno.test("departureOf() does not know when the kernel dropped notifications", () => {
  using room = new Room();
  room.sh("ip link add h0 type ifb");
  using monitor = room.run(() => new LinkMonitor(new RouteSocket(NETLINK.RTMGRP_LINK)));
  using connection = connect(room);
  const { index } = getLink(connection, "h0");
  // Each change is a notification, of more than this, until the socket's buffer is full.
  const buffer = Number(Deno.readTextFileSync("/proc/sys/net/core/rmem_default"));
  for (let i = 0; i * 512 <= buffer; i++) changeLink(connection, index, { mtu: 1000 + i % 2 });
  assertEquals(monitor.departureOf(index), { kind: "unknown" });
  assertEquals(monitor.departureOf(index), { kind: "stayed" });
});

Deno.test("inNetworkNamespace() comes back, also from what throws", () => {
  using room = new Room();
  const inode = () => Deno.statSync("/proc/thread-self/ns/net").ino;
  const own = inode();
  const inside = inNetworkNamespace(room.fd, inode);
  assert(inside !== own);
  assertEquals(inode(), own);
  throws(() =>
    inNetworkNamespace(room.fd, () => {
      throw new RangeError("from inside");
    }), { message: "from inside" });
  assertEquals(inode(), own);
});

Deno.test("inNetworkNamespace() ends the process when its thread cannot come back", () => {
  const url = (path: string) => JSON.stringify(new URL(`../../ffi/${path}`, import.meta.url).href);
  // As nobody, the thread has not the capability to return.
  const code = `
    import { inNetworkNamespace, openOwnNetworkNamespace } from ${url("netlink/namespace.ts")};
    import { syscall } from ${url("libc.ts")};
    import { NR } from ${url("numbers.ts")};
    inNetworkNamespace(openOwnNetworkNamespace(), () => syscall(NR.setresuid, 65534, 65534, 65534));
    console.log("back");
  `;
  const command = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", code] });
  const output = command.outputSync();
  const decoder = new TextDecoder();
  assertEquals([output.code, decoder.decode(output.stdout)], [1, ""]);
  const message =
    /^Cannot return to the network namespace of the host: SyscallError: setns\(.*EPERM/m;
  assert(message.test(decoder.decode(output.stderr)), decoder.decode(output.stderr));
});

Deno.test("a socket stays in the namespace in which it was made", () => {
  using room = new Room();
  room.sh("ip link add only_there type ifb");
  using connection = connect(room);
  assertEquals(dumpLinks(connection).map(({ name }) => name), ["lo", "only_there"]);
});

Deno.test("setLoopbackUp() gives lo its addresses", () => {
  using room = new Room();
  const { flags, addr_info } = room.device("lo");
  assert(flags.includes("UP"));
  assertEquals(addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`), [
    "127.0.0.1/8",
    "::1/128",
  ]);
});
