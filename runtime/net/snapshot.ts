/**
 * The complete state of a device on the host, as far as a move destroys it.
 *
 * Hardware address, MTU, queue length, alias, group and alternative names survive a move. They are
 * here all the same: whoever has the device meanwhile (a hook, for one) may change them.
 *
 * @module
 */
import { IFA, NTF, NUD } from "../../ffi/netlink/constants.ts";
import { type Address, dumpAddresses } from "../../ffi/netlink/route_address.ts";
import type { Link } from "../../ffi/netlink/route_link.ts";
import { dumpNeighbours, type Neighbour } from "../../ffi/netlink/route_neighbour.ts";
import { dumpRoutes, type Route } from "../../ffi/netlink/route_route.ts";
import { type DeviceSysctls, readDeviceSysctls } from "./device_sysctls.ts";
import type { NetNamespace } from "./net_namespace.ts";
import { dependsOn } from "./routes.ts";

/** One device as it was. */
export interface DeviceSnapshot {
  readonly link: Link;
  /** All of them, in the kernel's order, dynamic and link-local ones too. */
  readonly addresses: readonly Address[];
  /** What somebody configured: permanent entries and proxies. */
  readonly neighbours: readonly Neighbour[];
  readonly sysctls: DeviceSysctls;
}

/** Several devices as they were, and the routes that are lost with them. */
export interface Snapshot {
  readonly devices: readonly DeviceSnapshot[];
  /** In the kernel's order. */
  readonly routes: readonly Route[];
  /** When it was taken, in milliseconds of `performance.now()`: lifetimes count from here. */
  readonly takenAt: number;
}

/** Reads the state of the devices. Each table is read once, for all of them. */
export function takeSnapshot(namespace: NetNamespace, links: readonly Link[]): Snapshot {
  const takenAt = performance.now();
  if (links.length === 0) return { devices: [], routes: [], takenAt };
  const { connection } = namespace;
  // The kernel can choose for one device, and it has that one's alone to tell then.
  const which = links.length === 1 ? links[0]!.index : 0;
  const addresses = Map.groupBy(dumpAddresses(connection, which), ({ index }) => index);
  const neighbours = Map.groupBy(configuredNeighbours(namespace, which), ({ index }) => index);
  const sysctls = readDeviceSysctls(namespace, links.map(({ name }) => name));
  const devices = links.map((link, i) => ({
    link,
    addresses: addresses.get(link.index) ?? [],
    neighbours: neighbours.get(link.index) ?? [],
    sysctls: sysctls[i]!,
  }));
  return { devices, routes: dependentRoutes(dumpRoutes(connection), devices), takenAt };
}

/** The routes that are lost when the devices go. */
export function dependentRoutes(
  routes: readonly Route[],
  devices: readonly Pick<DeviceSnapshot, "link" | "addresses">[],
): Route[] {
  const indices = new Set(devices.map(({ link }) => link.index));
  const sources = new Set(devices.flatMap(({ addresses }) => addresses.flatMap(localAddress)));
  return routes.filter((route) => dependsOn(route, indices, sources));
}

function localAddress({ attributes }: Address): string[] {
  return attributes.filter(({ type }) => type === IFA.IFA_LOCAL || type === IFA.IFA_ADDRESS)
    .map(({ value }) => value.toHex());
}

function configuredNeighbours({ connection }: NetNamespace, index: number): Neighbour[] {
  const permanent = dumpNeighbours(connection, index)
    .filter(({ state }) => (state & NUD.NUD_PERMANENT) !== 0);
  return [...permanent, ...dumpNeighbours(connection, index, NTF.NTF_PROXY)];
}
