/**
 * Which of the devices that are there now is the one that was going to move. Pure.
 *
 * @module
 */
import { IFF } from "../../ffi/netlink/constants.ts";
import type { Address } from "../../ffi/netlink/route_address.ts";
import type { Link } from "../../ffi/netlink/route_link.ts";
import type { JournalEntry } from "./journal.ts";

/**
 * Whether the kernel sends the device home when its namespace ends; it destroys the others, which have a kind. But CAN devices
 * have one, and go home all the same (`netns_refund`).
 */
export function isPhysical({ snapshot }: JournalEntry): boolean {
  return snapshot.link.kind === "" || snapshot.link.kind === "can";
}

/** In the target: the same kind and hardware address, best under the name that it was to have. */
export function chooseGuest(
  { move, snapshot }: JournalEntry,
  arrived: readonly Link[],
): Link | undefined {
  const candidates = arrived.filter((link) => isSameDevice(snapshot.link, link));
  return candidates.find(({ name }) => name === (move.name ?? snapshot.link.name)) ??
    candidates.find(({ name }) => name === snapshot.link.name) ??
    candidates.find(({ index }) => index === snapshot.link.index) ?? candidates[0];
}

/** On the host: where it was; or, a physical one, by what it is, and by the name that it takes home. */
export function chooseLocal(entry: JournalEntry, here: readonly Link[]): Link | undefined {
  const { move, snapshot: { link } } = entry;
  const candidates = here.filter((other) => isSameDevice(link, other));
  const atIndex = candidates.find(({ index }) => index === link.index);
  if (atIndex !== undefined || !isPhysical(entry)) return atIndex;
  return candidates.find(({ name }) => name === (move.name ?? link.name)) ??
    // Without a hardware address (CAN, serial lines) it could be any of its kind.
    (link.address.length > 0 ? candidates[0] : undefined);
}

/** Whoever had it may have changed its hardware address, but not the one that it was made with. */
function isSameDevice(was: Link, is: Link): boolean {
  if (was.kind !== is.kind) return false;
  if (was.permAddress.length > 0) return was.permAddress.toHex() === is.permAddress.toHex();
  return was.address.toHex() === is.address.toHex();
}

/** Whether a device has been through a move: that takes its state and its addresses. */
export function isBare(
  { snapshot }: JournalEntry,
  is: Link,
  present: () => readonly Address[],
): boolean {
  const { link: was, addresses } = snapshot;
  if (was.name !== is.name) return true;
  if ((was.flags & IFF.IFF_UP) !== 0 && (is.flags & IFF.IFF_UP) === 0) return true;
  return addresses.length > 0 && present().length === 0;
}
