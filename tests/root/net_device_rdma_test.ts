/**
 * RDMA devices of network devices that move. In the first half the network namespaces and devices are real, and the RDMA
 * subsystem is not; in the second half all of it is: soft RDMA devices, in the initial network namespace.
 *
 * @module
 */
import { throws } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { E } from "../../ffi/errno.ts";
import { decodeJournal, encodeJournal } from "../../runtime/net/journal.ts";
import { inspectRdma, RdmaMove } from "../../runtime/net/rdma.ts";
import { recoverNetDevices } from "../../runtime/net/recover.ts";
import type { NetDeviceTransaction } from "../../runtime/steps/net_devices.ts";
import { failure, run, Sandbox, waitUntil } from "../lib/sandbox.ts";
import { type FakeDevice, FakeRdma } from "../runtime/net/fake_rdma.ts";
import { devicesIn, Host } from "./net_host.ts";
import { Rooms } from "./network_room.ts";

const ANNOTATION = "org.runts.rdma";

const VETH = `
  ip link add h0 type veth peer name p0; ip link set p0 up; ip link set h0 up
  ip addr add 192.0.2.1/24 dev h0; ip addr add 2001:db8::1/64 dev h0`;

/** A kernel that has an RDMA device on h0. */
function rdmaOf({ host }: Rooms, errno?: number): FakeRdma {
  const device = { index: 4, name: "mlx5_0", ports: [host.device("h0").ifindex] };
  const here = host.run(() => Deno.readLinkSync("/proc/thread-self/ns/net"));
  const where = (link: string) => Deno.readLinkSync(link) === here ? "host" : "container";
  const devices: FakeDevice[] = [errno === undefined ? device : { ...device, errno }];
  return new FakeRdma(devices, [], {
    thread: () => where("/proc/thread-self/ns/net"),
    descriptor: (fd) => where(`/proc/self/fd/${fd}`),
  });
}

/** As the step does it. */
function inspect(rooms: Rooms, kernel: FakeRdma): NetDeviceTransaction {
  const transaction = rooms.inspect({ h0: { name: "eth0" } });
  rooms.host.run(() => {
    const links = transaction.journal(undefined).entries.map(({ snapshot }) => snapshot.link);
    const { devices } = inspectRdma(true, links, kernel.open);
    transaction.takeAlong(new RdmaMove(devices, kernel.open));
  });
  return transaction;
}

Deno.test("an RDMA device moves along with its network device, and undo() takes both back", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh(VETH);
  host.settle();
  const before = host.state();
  const kernel = rdmaOf(rooms);
  using transaction = inspect(rooms, kernel);
  host.run(() => transaction.move());
  assertEquals([container.names(), kernel.names("container")], [["eth0"], ["mlx5_0"]]);
  host.run(() => transaction.undo());
  assertEquals([container.names(), kernel.names("container")], [[], []]);
  assertEquals(kernel.names("host"), ["mlx5_0"]);
  host.assertState(before);
});

Deno.test("an RDMA device that cannot move keeps its network device where it is, untouched", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh(VETH);
  host.settle();
  const before = host.state();
  using transaction = inspect(rooms, rdmaOf(rooms, E.EOPNOTSUPP));
  throws(() => host.run(() => transaction.move()), /Cannot move the RDMA device "mlx5_0" to /);
  assertEquals(container.names(), []);
  // Without undo().
  assertEquals(host.state(), before);
  host.run(() => transaction.undo());
  assertEquals(host.state(), before);
});

Deno.test("an RDMA device comes back when its network device cannot move", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh(VETH);
  host.settle();
  const before = host.state();
  const kernel = rdmaOf(rooms);
  using transaction = inspect(rooms, kernel);
  container.sh("ip link add eth0 type ifb");
  throws(() => host.run(() => transaction.move()), { name: "NetDeviceError" });
  assertEquals(kernel.names("container"), ["mlx5_0"]);
  host.run(() => transaction.undo());
  assertEquals(kernel.moves, ["mlx5_0 to the container", "mlx5_0 to the host"]);
  host.assertState(before);
});

Deno.test("recoverNetDevices() brings back the RDMA devices of the journal, too", () => {
  using rooms = new Rooms({ dad: false });
  const { host, container } = rooms;
  host.sh(VETH);
  host.settle();
  const before = host.state();
  const kernel = rdmaOf(rooms);
  let text: string;
  {
    using transaction = inspect(rooms, kernel);
    const path = `/proc/${Deno.pid}/fd/${container.fd.fd}`;
    const rdma = [{ index: 4, name: "mlx5_0" }];
    text = host.run(() => encodeJournal({ ...transaction.journal(path), rdma }));
    host.run(() => transaction.move());
  }
  assertEquals(kernel.names("container"), ["mlx5_0"]);
  assertEquals(host.run(() => recoverNetDevices(decodeJournal(text), 0, kernel.open)), []);
  assertEquals([kernel.names("host"), kernel.names("container")], [["mlx5_0"], []]);
  host.assertState(before);
});

/** Where the kernel says that it has no RDMA, or shares RDMA devices, as it does by default. */
const hasNone = run(["rdma", "system", "show"]).stdout.includes("netns exclusive") === false;

Deno.test({
  name: "create refuses to take RDMA devices along where none can move, before anything has moved",
  ignore: !hasNone,
  fn() {
    using host = new Host(VETH);
    using box = new Sandbox();
    box.script("true", (config) => {
      config.annotations = { [ANNOTATION]: "true" };
      config.linux.netDevices = { h0: { name: "eth0" } };
    });
    const before = host.devices();
    const error = failure(host.runts(box, "create", box.id));
    assert(/Cannot move RDMA devices along, as org\.runts\.rdma wants it: /.test(error), error);
    assertEquals(host.devices(), before);
    assertEquals(box.traces(), []);
  },
});

Deno.test("create refuses another value of the annotation", () => {
  using box = new Sandbox();
  box.script("true", (config) => config.annotations = { [ANNOTATION]: "yes" });
  const error = failure(box.runts("create", box.id));
  assert(error.includes(`must be "true" or "false"`), error);
});

function sh(script: string): string {
  const { code, stdout, stderr } = run(["sh", "-ec", script]);
  assertEquals(code, 0, stderr);
  return stdout;
}

function rdmaDevices(): string[] {
  return [...sh("rdma dev").matchAll(/^\d+: (\S+):/gm)].map(([, name]) => name!);
}

/**
 * A soft RDMA device on an Ethernet device, both in this network namespace, which must be the initial one, and RDMA devices
 * are exclusive meanwhile. That is the whole system's setting; so only where there is no RDMA device to notice.
 */
class SoftRdma implements Disposable {
  readonly device = "runts-rxe";
  readonly netDevice = "runts-rd0";

  /**
   * @param tries How often, each half a second: it takes that there are no other network namespaces, and those of earlier
   * tests take a moment to end.
   */
  constructor(tries = 240) {
    const { code, stdout, stderr } = run(["rdma", "dev"]);
    if (code !== 0) throw new Error(stderr.trim());
    if (stdout !== "") throw new Error("there are RDMA devices already, which are not the test's");
    using cleanup = new DisposableStack();
    cleanup.defer(() => this[Symbol.dispose]());
    const { code: failed, stderr: why } = run([
      "sh",
      "-ec",
      `for i in $(seq ${tries}); do rdma system set netns exclusive && break; sleep 0.5; done
      rdma system show | grep -q "netns exclusive"
      ip link add ${this.netDevice} type veth peer name runts-rd1
      ip link set runts-rd1 up; ip link set ${this.netDevice} up
      ip addr add 192.0.2.1/24 dev ${this.netDevice}
      rdma link add ${this.device} type rxe netdev ${this.netDevice}`,
    ]);
    if (failed !== 0) throw new Error(`the kernel makes no soft RDMA device: ${why.trim()}`);
    cleanup.move();
  }

  [Symbol.dispose](): void {
    run(["ip", "link", "del", "runts-rd1"]);
    // No more than the devices, and it goes by a queue.
    waitUntil(() => run(["rdma", "dev"]).stdout === "");
    waitUntil(() => run(["rdma", "system", "set", "netns", "shared"]).code === 0);
  }
}

function whyNoSoftRdma(): string | undefined {
  try {
    // Others' namespaces may be there to stay.
    using _soft = new SoftRdma(9);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const reason = whyNoSoftRdma();

function testSoftRdma(name: string, act: (soft: SoftRdma, box: Sandbox) => void): void {
  if (reason !== undefined) console.log(`${name}: ignored: ${reason}`);
  Deno.test({
    name,
    ignore: reason !== undefined,
    fn() {
      using soft = new SoftRdma();
      using box = new Sandbox();
      act(soft, box);
    },
  });
}

testSoftRdma(
  "create warns of an exclusive RDMA device that its network device leaves",
  (soft, box) => {
    box.script("sleep 10000", (config) => {
      config.linux.netDevices = { [soft.netDevice]: { name: "eth0" } };
    });
    const { code, stderr } = box.runts("create", box.id);
    assertEquals(code, 0, stderr);
    const warning = `network device \\"${soft.netDevice}\\" moves without its RDMA device ` +
      `\\"${soft.device}\\", which does not follow`;
    assert(stderr.includes(`level=warning msg="${warning}`), stderr);
    assertEquals(Object.keys(devicesIn(box.state().pid)), ["eth0"]);
    box.succeed("delete", "--force", box.id);
  },
);

testSoftRdma(
  "create with an RDMA device whose driver does not let it go changes nothing",
  (soft, box) => {
    box.script("sleep 10000", (config) => {
      config.annotations = { [ANNOTATION]: "true" };
      config.linux.netDevices = { [soft.netDevice]: { name: "eth0" } };
    });
    // With the carrier that the kernel has to notice come the state and the link-local address.
    waitUntil(() => sh(`ip -br link show ${soft.netDevice}`).includes(" UP "));
    const show = (): string => sh(`ip -br addr show ${soft.netDevice}; ip route`);
    const before = show();
    const error = failure(box.runts("create", box.id));
    assert(error.includes(`Cannot move the RDMA device "${soft.device}" to `), error);
    assert(error.includes("EOPNOTSUPP"), error);
    assertEquals(show(), before);
    assertEquals(rdmaDevices(), [soft.device]);
    assertEquals(box.traces(), []);
  },
);

testSoftRdma("create finds the RDMA device of its network device, and no other's", (_soft, box) => {
  sh("ip link add runts-rd2 type veth peer name runts-rd3");
  try {
    box.script("sleep 10000", (config) => {
      config.linux.netDevices = { "runts-rd2": { name: "eth0" } };
    });
    const { code, stderr } = box.runts("create", box.id);
    assertEquals([code, stderr], [0, ""]);
    box.succeed("delete", "--force", box.id);
  } finally {
    run(["ip", "link", "del", "runts-rd3"]);
  }
});
