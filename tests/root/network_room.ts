/**
 * Two network namespaces of a test's own, in the place of the host's and the container's. They have
 * no name and no process; they and all that is in them end with their descriptors.
 */
import { assertEquals } from "#assert";
import { CLONE } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { unshare } from "../../ffi/namespace.ts";
import { setLoopbackUp } from "../../ffi/netlink/loopback.ts";
import { inNetworkNamespace, openOwnNetworkNamespace } from "../../ffi/netlink/namespace.ts";
import { type NetDevicesConfig, planNetDevices } from "../../runtime/plan/net_devices.ts";
import {
  inspectNetDevices,
  type MovedNetDevice,
  type NetDeviceTransaction,
} from "../../runtime/steps/net_devices.ts";

/** An address in ip(8)'s JSON. */
export interface IpAddress {
  readonly [attribute: string]: unknown;
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly label?: string;
  readonly valid_life_time: number;
}

/** A device in ip(8)'s JSON. */
export interface IpDevice {
  readonly [attribute: string]: unknown;
  readonly ifindex: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly IpAddress[];
}

/** Calls again and again until it is true, or 120 s are over; the caller's assertion decides. */
function poll(isDone: () => boolean): void {
  const end = performance.now() + 120_000;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (!isDone() && performance.now() < end) Atomics.wait(pause, 0, 0, 50);
}

/** A network namespace of a test. */
export class Room implements Disposable {
  readonly fd: OwnedFd;

  constructor() {
    using present = openOwnNetworkNamespace();
    // "In" the present one, because that comes back to it.
    this.fd = inNetworkNamespace(present, () => {
      unshare(CLONE.CLONE_NEWNET);
      setLoopbackUp();
      return openOwnNetworkNamespace();
    });
  }

  /** Runs a function there. */
  run<T>(act: () => T): T {
    return inNetworkNamespace(this.fd, act);
  }

  /** Runs commands there, one a line, in one shell that stops at the first failure; returns the output. */
  sh(commands: string): string {
    const args = [`--net=/proc/${Deno.pid}/fd/${this.fd.fd}`, "sh", "-ec", commands];
    const { code, stdout, stderr } = new Deno.Command("nsenter", { args }).outputSync();
    const decoder = new TextDecoder();
    if (code !== 0) throw new Error(`${commands}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }

  /** Everything that ip(8) tells of the devices: link details, addresses, routes, neighbours. */
  state(): unknown {
    const [links, addresses, routes4, routes6, neighbours, proxies, settings] = this.sh(`
      ip -d -j link show; echo "#"
      ip -d -j addr show; echo "#"
      ip -d -j -4 route show table all; echo "#"
      ip -d -j -6 route show table all; echo "#"
      ip -j neigh show nud permanent; echo "#"
      ip -j neigh show proxy; echo "#"
      sysctl -a --pattern '^net.ipv[46].(conf|neigh)'
    `).split("#\n");
    // A bridge's timers are never the same twice.
    const json = (text: string | undefined): unknown[] =>
      JSON.parse(text?.trim() || "[]", (key, value) => key.endsWith("_timer") ? undefined : value);
    return {
      links: json(links),
      addresses: json(addresses),
      routes4: json(routes4),
      // Between devices that have the same route the kernel lists the one first that had it first.
      routes6: json(routes6).map((route) => JSON.stringify(route)).sort(),
      neighbours: json(neighbours),
      proxies: json(proxies),
      settings: settings?.split("\n"),
    };
  }

  /** Waits until duplicate address detection is through and carriers are known, 120 s at most. */
  settle(): void {
    poll(() => {
      const [json, tentative] = this.sh(`ip -j link; echo "#"; ip -6 addr show tentative`).split(
        "#\n",
      );
      const links: { operstate: string; flags: string[] }[] = JSON.parse(json ?? "");
      return tentative === "" &&
        !links.some(({ operstate, flags }) =>
          flags.includes("LOWER_UP") && operstate !== "UP" && operstate !== "UNKNOWN"
        );
    });
  }

  /** Asserts that the state is the given one, which it may need a moment to settle to. */
  assertState(expected: unknown): void {
    const text = JSON.stringify(expected);
    poll(() => JSON.stringify(this.state()) === text);
    assertEquals(this.state(), expected);
  }

  /** The namespace as ip(8) takes one beside a name: a path. */
  keeper(): string {
    return `/proc/${Deno.pid}/fd/${this.fd.fd}`;
  }

  /** Runs many commands of ip(8) at once. */
  batch(commands: readonly string[]): void {
    const file = Deno.makeTempFileSync();
    try {
      Deno.writeTextFileSync(file, commands.join("\n"));
      this.sh(`ip -batch ${file}`);
    } finally {
      Deno.removeSync(file);
    }
  }

  /** What ip(8) says of one device, with all details. */
  device(name: string): IpDevice {
    const [link, addresses] = this.sh(
      `ip -d -j link show dev ${name}; echo "#"; ip -d -j addr show dev ${name}`,
    ).split("#\n").map((text) => JSON.parse(text)[0]);
    // Each of the two leaves out what the other has.
    return { ...link, ...addresses };
  }

  /** The names of its devices, without lo. */
  names(): string[] {
    const links: { ifname: string }[] = JSON.parse(this.sh("ip -j link show"));
    return links.map(({ ifname }) => ifname).filter((name) => name !== "lo").sort();
  }

  [Symbol.dispose](): void {
    this.fd.close();
  }
}

/** A host and a container. */
export class Rooms implements Disposable {
  readonly host: Room = new Room();
  readonly container: Room = new Room();

  /** @param dad Whether there is duplicate address detection, which takes two seconds each time. */
  constructor({ dad = true }: { dad?: boolean } = {}) {
    if (dad) return;
    for (const room of [this.host, this.container]) {
      room.sh("sysctl -q -w net.ipv6.conf.default.accept_dad=0");
    }
  }

  /** Plans and inspects, as the runtime in the host's place. */
  inspect(netDevices: NetDevicesConfig["netDevices"]): NetDeviceTransaction {
    const moves = planNetDevices({ netDevices });
    return this.host.run(() => inspectNetDevices(moves, this.container.fd));
  }

  /** Inspects and moves, and leaves nothing open. */
  move(netDevices: NetDevicesConfig["netDevices"]): MovedNetDevice[] {
    using transaction = this.inspect(netDevices);
    this.host.run(() => transaction.move());
    return transaction.moved;
  }

  [Symbol.dispose](): void {
    this.host[Symbol.dispose]();
    this.container[Symbol.dispose]();
  }
}

/** Moves the devices and takes them back, and asserts that the host is what it was before. */
export function assertUndone(
  rooms: Rooms,
  netDevices: Parameters<Rooms["inspect"]>[0],
  meanwhile?: (transaction: NetDeviceTransaction) => void,
): void {
  const { host, container } = rooms;
  host.settle();
  const before = host.state();
  const containerBefore = container.state();
  using transaction = rooms.inspect(netDevices);
  host.run(() => transaction.move());
  assertEquals(transaction.moved.length, Object.keys(netDevices ?? {}).length);
  meanwhile?.(transaction);
  host.run(() => transaction.undo());
  assertEquals(transaction.moved, []);
  host.assertState(before);
  container.assertState(containerBefore);
}
