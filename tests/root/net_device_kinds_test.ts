/**
 * Network devices of many kinds, as far as the kernel has them.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { assertUndone, type IpDevice, Rooms } from "./network_room.ts";

/** How a device `x0` is made, next to an Ethernet device `low` that is up. */
const KINDS: Record<string, string> = {
  veth: "ip link add x0 type veth peer name peer; ip link set peer up",
  ifb: "ip link add x0 type ifb",
  dummy: "ip link add x0 type dummy",
  macvlan: "ip link add x0 link low type macvlan mode bridge",
  ipvlan: "ip link add x0 link low type ipvlan mode l2",
  vlan: "ip link add x0 link low type vlan id 5 ingress-qos-map 1:2 egress-qos-map 3:4",
  vxlan: "ip link add x0 type vxlan id 5 dstport 4789 local 192.0.2.77 ttl 9",
  tun: "ip tuntap add dev x0 mode tun",
  tap: "ip tuntap add dev x0 mode tap",
  vcan: "ip link add x0 type vcan",
};

const LOW = "ip link add low type veth peer name other\nip link set low up\nip link set other up\n";

/**
 * Nothing for CAN, where there are no IP addresses. Without a program behind them, tun and tap have no carrier; then the
 * kernel makes its route to IPv6 multicast earlier if the address comes when the device is up, as here, and not at undo().
 */
function addresses(kind: string): string {
  const ip4 = "ip addr add 192.0.2.1/24 dev x0", ip6 = "ip addr add 2001:db8::1/64 dev x0";
  const some: Record<string, string[]> = { vcan: [], tun: [ip4], tap: [ip4] };
  return ["ip link set x0 up", ...some[kind] ?? [ip4, ip6]].join("; ");
}

/** Why the kernel cannot make it, tried in a network namespace that is thrown away. */
function whyNot(make: string): string | undefined {
  using rooms = new Rooms();
  try {
    rooms.host.sh(LOW + make);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return /(?:Error|RTNETLINK answers): .*/.exec(message)?.[0] ?? message;
  }
}

/** A test that is ignored where the kernel lacks what it is about; the reason is printed. */
function testKind(name: string, make: string, act: () => void | Promise<void>): void {
  const reason = whyNot(make);
  if (reason !== undefined) console.log(`${name}: ignored: ${reason}`);
  Deno.test({ name, ignore: reason !== undefined, fn: act });
}

for (const [kind, make] of Object.entries(KINDS)) {
  testKind(`netDevices move a device of the kind ${kind}, and undo() gives it back`, make, () => {
    using rooms = new Rooms({ dad: false });
    const { host, container } = rooms;
    host.sh(`${LOW}${make}; ${addresses(kind)}`);
    const before = host.device("x0");
    assertUndone(rooms, { x0: { name: "c0" } }, () => {
      const after = container.device("c0");
      // Kind and settings are the kernel's to keep; the addresses are ours.
      assertEquals(
        [after.linkinfo, after.mtu, after.address],
        [before.linkinfo, before.mtu, before.address],
      );
      assertEquals(globalAddresses(after), globalAddresses(before));
      assert(after.flags.includes("UP"), after.flags.join());
      assert(!host.names().includes("x0"));
    });
  });
}

/** Without the link-local one, which the kernel makes when it has noticed that there is a carrier. */
function globalAddresses({ addr_info }: IpDevice): string[] {
  return addr_info.filter(({ scope }) => scope === "global")
    .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
}

const BOND = `
  ip link add bond0 address 02:00:00:00:00:b0 type bond mode active-backup miimon 100
  ip link add x0 address 02:00:00:00:00:01 type dummy
  ip link add x1 address 02:00:00:00:00:02 type dummy
  ip link set x0 master bond0
  ip link set x1 master bond0
  ip link set bond0 up
`;

testKind("netDevices take a bond its member, and undo() gives it back", BOND, () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh(`${BOND}ip addr add 192.0.2.1/24 dev bond0`);
  const members = (): string[] =>
    host.names().filter((name) => host.device(name).master === "bond0");
  {
    using transaction = rooms.inspect({ x1: { name: "c0" } });
    host.run(() => transaction.move());
    assertEquals(members(), ["x0"]);
    const { flags, master, address } = container.device("c0");
    // Of the bond's address, the device has its own again.
    assertEquals([flags.includes("UP"), master, address], [true, undefined, "02:00:00:00:00:02"]);
    host.run(() => transaction.undo());
  }
  assertEquals(members(), ["x0", "x1"]);
  assertEquals(container.names(), []);
  assert(host.device("x1").flags.includes("UP"));
  assertEquals(host.device("bond0").addr_info.map(({ local }) => local).slice(0, 1), ["192.0.2.1"]);
});
