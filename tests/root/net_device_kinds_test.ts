/**
 * Network devices of many kinds, as far as the kernel has them, and those that go home when their namespace ends.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { exists, Sandbox, waitUntil } from "../lib/sandbox.ts";
import { devicesIn, endHook, hang, Host } from "./net_host.ts";
import { assertUndone, Rooms } from "./network_room.ts";
import { type SerialLine, serialLine } from "./serial_line.ts";

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
    return /^(?:Error|RTNETLINK answers): .*/m.exec(message)?.[0] ?? message;
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
      assertEquals(after.addr_info.map(globalAddress), before.addr_info.map(globalAddress));
      assert(after.flags.includes("UP"), after.flags.join());
      assert(!host.names().includes("x0"));
    });
  });
}

function globalAddress({ local, prefixlen, scope }: Record<string, unknown>): string {
  return scope === "global" ? `${local}/${prefixlen}` : "";
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

/** Devices that the kernel sends to the initial network namespace when theirs ends: with a kind, and without. */
const HOMING = { can: "SLCAN", slip: "SLIP" } as const;

function testHoming(
  name: (kind: string) => string,
  act: (line: SerialLine, kind: string) => void | Promise<void>,
): void {
  for (const [kind, discipline] of Object.entries(HOMING)) {
    const reason = whyNoLine(discipline);
    if (reason !== undefined) console.log(`${name(kind)}: ignored: ${reason}`);
    Deno.test({
      name: name(kind),
      ignore: reason !== undefined,
      async fn() {
        using line = serialLine(discipline);
        await act(line, kind);
      },
    });
  }
}

function whyNoLine(discipline: "SLCAN" | "SLIP"): string | undefined {
  try {
    using line = serialLine(discipline);
    // A new one is in the initial namespace.
    return exists(`/sys/class/net/${line.name}`) ? undefined : "not the initial network namespace";
  } catch (error) {
    return (error as Error).message;
  }
}

function sh(script: string): string {
  const { code, stdout, stderr } = new Deno.Command("sh", { args: ["-ec", script] }).outputSync();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

testHoming(
  (kind) => `a ${kind} device goes to the initial network namespace at the end, under its new name`,
  (line, kind) => {
    // The runtime is in another namespace, which does not get it.
    using host = new Host();
    using box = new Sandbox();
    const arrived = `${line.name}-c`;
    box.script("sleep 10000", (config) => {
      config.linux.netDevices = { [line.name]: { name: arrived } };
    });
    sh(`ip link set ${line.name} netns ${host.pid}`);
    const pid = host.create(box);
    assertEquals(Object.keys(devicesIn(pid)), [arrived]);
    const device = devicesIn(pid)[arrived] as { up: boolean; kind?: string };
    assertEquals([device.up, device.kind], [true, kind === "can" ? "can" : undefined]);
    box.succeed("delete", "--force", box.id);
    waitUntil(() => exists(`/sys/class/net/${arrived}`));
    assertEquals(host.devices(), {});
    assertEquals(sh(`ip -br link show ${arrived} up`), "");
  },
);

testHoming(
  (kind) => `delete gives back a ${kind} device that has gone home from a killed create`,
  async (line, kind) => {
    using box = new Sandbox();
    const { hook, begun } = hang(box);
    const arrived = `${line.name}-c`;
    box.script("sleep 10000", (config) => {
      config.linux.netDevices = { [line.name]: { name: arrived } };
      config.hooks = { createRuntime: [hook] };
    });
    const address = kind === "slip" ? `; ip addr add 192.0.2.1/32 dev ${line.name}` : "";
    sh(`ip link set ${line.name} up${address}`);
    const show = (): string => sh(`ip -br addr show ${line.name}`);
    const before = show();
    const running = box.start({}, "create", box.id);
    waitUntil(() => exists(begun));
    assert(!exists(`/sys/class/net/${line.name}`));
    running.kill("SIGKILL");
    await running.result();
    waitUntil(() => box.state().status === "stopped");
    box.succeed("delete", "--force", box.id);
    assert(!exists(`/sys/class/net/${arrived}`));
    assertEquals(show(), before);
    endHook(box);
  },
);
