/**
 * What is written down before the first device moves, for the case that the runtime is killed before it can undo: with it
 * `delete` gives back what there still is to give back.
 *
 * @module
 */
import type { RdmaDevice } from "../../ffi/netlink/rdma.ts";
import type { NetDeviceMove } from "../plan/net_devices.ts";
import type { NamespaceIdentity } from "./net_namespace.ts";
import type { DeviceSnapshot, Snapshot } from "./snapshot.ts";

/** A device that was going to move, and what it was. */
export interface JournalEntry {
  readonly move: NetDeviceMove;
  readonly snapshot: DeviceSnapshot;
}

/** `net_devices.json` in the container's directory. */
export interface Journal {
  /** The form of this file; another number is another form. */
  readonly version: 1;
  /** When the snapshot was taken, in milliseconds of the clock: lifetimes count from here. */
  readonly takenAt: number;
  /** The namespace that the devices come from. */
  readonly home: NamespaceIdentity;
  /** The one that they go to. */
  readonly target: NamespaceIdentity;
  /** Where the target is found, if it had a path. */
  readonly path?: string;
  /** The indices of the devices that were there before. */
  readonly present: readonly number[];
  /** In the order of their moves. */
  readonly entries: readonly JournalEntry[];
  readonly routes: Snapshot["routes"];
  /** Those that were going to move along, in the order of their moves. */
  readonly rdma?: readonly RdmaDevice[];
}

/** The journal as text. */
export function encodeJournal(journal: Journal): string {
  return JSON.stringify(journal, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return { bytes: value.toHex() };
    return value instanceof Map ? { entriesOfMap: [...value] } : value;
  });
}

/** The journal out of its text; what cannot be one is an error. */
export function decodeJournal(text: string): Journal {
  const journal: Partial<Journal> = JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    if ("bytes" in value) return Uint8Array.fromHex(String(value.bytes));
    return "entriesOfMap" in value ? new Map(value.entriesOfMap as [string, string][]) : value;
  });
  if (journal?.version !== 1) {
    throw new Error(`version: expected 1, got ${JSON.stringify(journal?.version)}`);
  }
  return journal as Journal;
}
