/**
 * Giving devices back by the journal of a `create` that was killed.
 *
 * Where a device is decides: on the host as it was, it had not moved yet; on the host but bare, it has come back (a
 * physical one by the kernel, when its namespace ended); in a namespace that still lives, it is brought back; and nowhere, it
 * is gone: a virtual device ends with its namespace.
 *
 * @module
 */
import { dumpAddresses } from "../../ffi/netlink/route_address.ts";
import { dumpLinks, type Link } from "../../ffi/netlink/route_link.ts";
import { findNamespace } from "./find_namespace.ts";
import { type Astray, giveBack } from "./give_back.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import { chooseGuest, chooseLocal, isBare, isPhysical } from "./locate.ts";
import { sentence } from "./net_device_error.ts";
import { isSameNamespace, NetNamespace } from "./net_namespace.ts";
import { giveBackRdma, type OpenRdma } from "./rdma.ts";

/**
 * Gives back what can be.
 *
 * @param pid Init's, if it lives.
 * @param open Opens a connection to the RDMA subsystem.
 * @returns A sentence for each device that could not be given back, or not in every respect.
 */
export function recoverNetDevices(
  journal: Journal,
  pid: number,
  open?: OpenRdma,
): string[] {
  using host = NetNamespace.own();
  if (!isSameNamespace(host.identity(), journal.home)) {
    const names = journal.entries.map(({ move }) => JSON.stringify(move.hostName)).join(", ");
    return [
      `Cannot give back ${names}: create was run in another network namespace than this command`,
    ];
  }
  using target = findNamespace(journal.target, { path: journal.path, pid });
  // First of all, as long as the network devices are where they can be used.
  const rdma = giveBackRdma(host, target, journal.rdma ?? [], open);
  const searches = { host, target, journal };
  let places = locateAll(searches);
  // The kernel takes its time to end a namespace, and to send home what it does not destroy.
  const deadline = performance.now() + PATIENCE;
  while (places.some(isDue) && performance.now() < deadline) {
    pause();
    places = locateAll(searches);
  }
  const lost = places.filter(({ astray }) => astray === "nowhere").map(({ entry }) =>
    farewell(entry, target)
  );
  const astray = places.map((place) => place.astray).filter((place) => typeof place === "object");
  const takenAt = performance.now() - Math.max(0, Date.now() - journal.takenAt);
  const errors = [...rdma, ...giveBack(host, astray, { routes: journal.routes, takenAt })];
  return [...lost, ...errors.map(sentence)];
}

interface Search {
  readonly host: NetNamespace;
  readonly target: NetNamespace | undefined;
  readonly journal: Journal;
}

interface Place {
  readonly entry: JournalEntry;
  readonly astray: Astray | "at home" | "nowhere";
}

/** Milliseconds. Measured was some 40. */
const PATIENCE = 2000;

function isDue({ entry, astray }: Place): boolean {
  return astray === "nowhere" && isPhysical(entry);
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
}

function farewell(entry: JournalEntry, target: NetNamespace | undefined): string {
  const what = `Cannot give back ${JSON.stringify(entry.move.hostName)}`;
  if (target !== undefined) return `${what}: it is neither here nor in ${target.name}`;
  return isPhysical(entry)
    ? `${what}: its network namespace has ended, and the device has not come to this one; the kernel sends physical devices to the initial one`
    : `${what}: the device ended with the container's network namespace, as virtual ones do`;
}

function locateAll({ host, target, journal }: Search): Place[] {
  const here = dumpLinks(host.connection);
  const there = target === undefined ? [] : dumpLinks(target.connection);
  const arrived = there.filter(({ index }) => !journal.present.includes(index));
  const claimed = new Set<Link>();
  return journal.entries.map((entry) => {
    const { move: { hostName }, snapshot } = entry;
    const guest = chooseGuest(entry, arrived.filter((link) => !claimed.has(link)));
    if (guest !== undefined) {
      claimed.add(guest);
      return { entry, astray: { hostName, snapshot, from: target, index: guest.index } };
    }
    const local = chooseLocal(entry, here);
    if (local === undefined) return { entry, astray: "nowhere" };
    const isAsItWas = !isBare(entry, local, () => dumpAddresses(host.connection, local.index));
    if (isAsItWas) return { entry, astray: "at home" };
    return { entry, astray: { hostName, snapshot, from: undefined, index: local.index } };
  });
}
