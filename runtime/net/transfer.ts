/**
 * Sending a device to another network namespace, and knowing where it is afterwards.
 *
 * @module
 */
import { changeLink, dumpLinks, type Link, type LinkChange } from "../../ffi/netlink/route_link.ts";
import type { NetNamespace } from "./net_namespace.ts";

/** What became of a transfer. Both can be there: the kernel moves first, and renames then. */
export interface Transfer {
  /** The device's index at the destination; undefined if it has stayed. */
  readonly index: number | undefined;
  /** Why the kernel refused, if it did. */
  readonly error: unknown;
}

/**
 * Moves a device, and renames it on the way.
 *
 * Move and rename in one message are not atomic: with a name that is taken at the destination, or
 * malformed, the answer is an error and yet the device has gone, under its old name. So the answer
 * alone decides nothing.
 */
export function transfer(
  from: NetNamespace,
  to: NetNamespace,
  link: Link,
  change: Omit<LinkChange, "netNsFd">,
): Transfer {
  using monitor = from.openMonitor();
  let error: unknown;
  try {
    changeLink(from.connection, link.index, { ...change, netNsFd: to.fd.fd });
  } catch (caught) {
    error = caught;
  }
  const departure = monitor.departureOf(link.index);
  if (departure.kind === "moved") return { index: departure.index, error };
  if (departure.kind === "stayed" && error !== undefined) return { index: undefined, error };
  return { index: lookFor(from, to, link, change.name), error };
}

/**
 * Finds a device whose departure the kernel did not report: notifications were lost (ENOBUFS), or
 * the kernel is older than IFLA_NEW_IFINDEX.
 */
function lookFor(
  from: NetNamespace,
  to: NetNamespace,
  link: Link,
  name: string | undefined,
): number | undefined {
  const isIt = (other: Link) =>
    other.kind === link.kind && other.address.toHex() === link.address.toHex();
  if (dumpLinks(from.connection).some((other) => other.index === link.index && isIt(other))) {
    return undefined;
  }
  const candidates = dumpLinks(to.connection).filter(isIt);
  const best = candidates.find((other) => other.name === name) ??
    candidates.find((other) => other.name === link.name) ??
    candidates.find((other) => other.index === link.index);
  return best?.index;
}
