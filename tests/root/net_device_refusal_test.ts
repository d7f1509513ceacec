import { throws } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { open } from "../../ffi/open.ts";
import { planNetDevices } from "../../runtime/plan/net_devices.ts";
import { inspectNetDevices } from "../../runtime/steps/net_devices.ts";
import { Rooms } from "./network_room.ts";

/** Asserts that inspection refuses, and that both namespaces are as they were. */
function assertRefused(
  rooms: Rooms,
  netDevices: Parameters<Rooms["inspect"]>[0],
  message: RegExp,
): void {
  rooms.host.settle();
  const before = [rooms.host.state(), rooms.container.state()];
  throws(() => rooms.inspect(netDevices), { name: "NetDeviceError", message });
  assertEquals([rooms.host.state(), rooms.container.state()], before);
}

const HOST = `
  ip link add h0 type ifb
  ip link set h0 up
  ip addr add 192.0.2.1/24 dev h0
  ip link add h1 type ifb
  ip link property add dev h1 altname alt1
`;

Deno.test("inspectNetDevices() refuses a device that does not exist, and touches no other", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(HOST);
  assertRefused(
    rooms,
    { h0: {}, missing: { name: "c0" } },
    /^Cannot move "missing" to the network namespace ".+" as "c0": RTM_GETLINK\(\{IFLA_IFNAME="missing"\}\): ENODEV \(No such device\)$/,
  );
});

Deno.test("inspectNetDevices() says where a device is that has been moved before", () => {
  using rooms = new Rooms({ dad: false });
  rooms.container.sh("ip link add c0 type ifb");
  assertRefused(
    rooms,
    { h0: { name: "c0" } },
    /ENODEV \(No such device\); that namespace has a device "c0" already, which is not known to be the one$/,
  );
});

Deno.test("inspectNetDevices() keeps a device that is recorded, and no other", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh("ip link add h0 type ifb\nip link add h1 type ifb");
  const moves = (devices: Parameters<typeof planNetDevices>[0]) => planNetDevices(devices);
  const both = { h0: { name: "c0" }, h1: { name: "eth%d" } };
  using first = rooms.inspect(both);
  host.run(() => first.move());
  const records = first.known;
  const inspect = (netDevices: typeof both | Record<string, { name?: string }>) =>
    host.run(() =>
      inspectNetDevices(moves({ netDevices }), container.fd, (identity) => {
        assertEquals(identity, first.identity);
        return records;
      })
    );
  {
    container.settle();
    const before = [host.state(), container.state()];
    using second = inspect(both);
    assertEquals(second.kept.map(({ hostName, name }) => [hostName, name]), [
      ["h0", "c0"],
      ["h1", "eth0"],
    ]);
    host.run(() => second.move());
    host.run(() => second.undo());
    // Neither moved nor moved out: what is there is the namespace's own.
    assertEquals([host.state(), container.state()], before);
  }
  // For another name it would have to be renamed.
  throws(() => inspect({ h0: { name: "other" } }), {
    message:
      /ENODEV \(No such device\); it is in that namespace already as "c0", where an earlier container got it as "c0" for the name "c0"$/,
  });
  // The same name, and another device.
  container.sh("ip link del c0\nip link add c0 type ifb");
  throws(() => inspect(both), {
    message:
      /ENODEV \(No such device\); that namespace has a device "c0" already, which is not known to be the one$/,
  });
});

Deno.test("inspectNetDevices() refuses a name that is taken, by name or by alternative name", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(HOST);
  rooms.container.sh(`
    ip link add h0 type ifb
    ip link add c0 type ifb
    ip link property add dev c0 altname alt0`);
  const taken = (name: string, owner: string) =>
    new RegExp(`: the name "${name}" is taken there by a device "${owner}"$`);
  assertRefused(rooms, { h0: {} }, taken("h0", "h0"));
  assertRefused(rooms, { h0: { name: "c0" } }, taken("c0", "c0"));
  assertRefused(rooms, { h0: { name: "alt0" } }, taken("alt0", "c0"));
});

Deno.test("inspectNetDevices() refuses a device whose alternative name is taken", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(HOST);
  rooms.container.sh("ip link add alt1 type ifb");
  assertRefused(
    rooms,
    { h1: { name: "c1" } },
    /: the device's alternative name "alt1" is taken there by a device "alt1"$/,
  );
});

Deno.test("inspectNetDevices() refuses names that the devices would take from each other", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(HOST);
  assertRefused(
    rooms,
    { h1: {}, h0: { name: "alt1" } },
    /taken there by "h1", which moves there too$/,
  );
  assertRefused(
    rooms,
    { h1: { name: "alt1" } },
    /"alt1" is an alternative name of the device, to be removed first$/,
  );
  assertRefused(
    rooms,
    { h1: {}, alt1: { name: "c1" } },
    /^Cannot move "alt1" .*: it is the same device as "h1"$/,
  );
});

Deno.test("inspectNetDevices() refuses devices that stay in their namespace", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh("ip link add br0 type bridge\nip link set br0 up\nip link set lo up");
  assertRefused(
    rooms,
    { lo: { name: "c0" } },
    /: every network namespace keeps its own loopback device$/,
  );
  assertRefused(rooms, { br0: {} }, /: the kernel keeps a bridge in the namespace it was made in$/);
});

Deno.test("inspectNetDevices() refuses the runtime's own network namespace", () => {
  using rooms = new Rooms({ dad: false });
  rooms.host.sh(HOST);
  rooms.host.settle();
  const before = rooms.host.state();
  const moves = planNetDevices({ netDevices: { h0: { name: "c0" } } });
  // By another descriptor, as a path in the configuration would give it.
  rooms.host.run(() => {
    using own = open("/proc/thread-self/ns/net", 0);
    throws(() => inspectNetDevices(moves, own), {
      message:
        'Cannot move network devices: the network namespace "/proc/thread-self/ns/net" is the runtime\'s own',
    });
  });
  assertEquals(rooms.host.state(), before);
});

Deno.test("inspectNetDevices() refuses a descriptor that is no network namespace", () => {
  using rooms = new Rooms({ dad: false });
  for (const path of ["/dev/null", "/proc/self/ns/uts"]) {
    using fd = open(path, 0);
    throws(() => rooms.host.run(() => inspectNetDevices([], fd)), {
      message: new RegExp(
        `^Cannot speak with the kernel in the network namespace "${path}": setns\\(.*\\): EINVAL`,
      ),
    });
  }
});

Deno.test("netDevices go into the network namespace of a user namespace, and come back", async () => {
  using rooms = new Rooms({ dad: false });
  const { host } = rooms;
  host.sh(HOST + "ip addr add 2001:db8::1/64 dev h0");
  host.settle();
  const before = host.state();
  const command = new Deno.Command("unshare", {
    args: ["--user", "--net", "sh", "-c", "echo ready; exec sleep 1000"],
    stdout: "piped",
  });
  const child = command.spawn();
  try {
    // What it says comes from inside.
    await child.stdout.getReader().read();
    using target = open(`/proc/${child.pid}/ns/net`, 0);
    const moves = planNetDevices({ netDevices: { h0: { name: "c%d" } } });
    using transaction = host.run(() => inspectNetDevices(moves, target));
    host.run(() => transaction.move());
    const enter = ["--net", "--target", String(child.pid), "ip", "-br", "addr", "show", "c0"];
    const { stdout } = new Deno.Command("nsenter", { args: enter }).outputSync();
    const text = new TextDecoder().decode(stdout);
    assert(text.includes("192.0.2.1/24") && text.includes("2001:db8::1/64"), text);
    host.run(() => transaction.undo());
    host.assertState(before);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});
