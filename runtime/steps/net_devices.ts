/**
 * `linux.netDevices` as a transaction in three phases:
 *
 * 1. *validate*: `spec/rules/net_devices.ts`, from the configuration alone, and with `plan/net_devices.ts`
 *    the list of moves;
 * 2. *inspect*: {@linkcode inspectNetDevices}, with the namespaces there, and nothing touched;
 * 3. *move*: {@linkcode NetDeviceTransaction.move}, device by device, in document order, templates last.
 *
 * {@linkcode NetDeviceTransaction.undo} gives everything back that has been moved, whatever step of
 * `create` it is that fails. After `create` the devices are the container's: the runtime MUST NOT
 * touch them any more, and does not.
 *
 * @see config-linux.md#configLinuxNetworkDevices, rtnetlink(7)
 * @module
 */
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { isNetlinkErrno } from "../../ffi/netlink/errors.ts";
import { changeLink, dumpLinks, getLink, type Link } from "../../ffi/netlink/route_link.ts";
import { throwIfStopped } from "../interruption.ts";
import { absent } from "../net/absent.ts";
import { isPreserved, relabelledAddress } from "../net/addresses.ts";
import { describeMove, type FoundMove, refuseClashes } from "../net/clashes.ts";
import { writeDeviceSysctl } from "../net/device_sysctls.ts";
import { equipDevice } from "../net/equip.ts";
import { giveBack } from "../net/give_back.ts";
import type { Journal } from "../net/journal.ts";
import { findKnown, type KnownDevice } from "../net/known_devices.ts";
import { NetDeviceError, sentence } from "../net/net_device_error.ts";
import { type NamespaceIdentity, NetNamespace } from "../net/net_namespace.ts";
import type { RdmaMove } from "../net/rdma.ts";
import { type DeviceSnapshot, type Snapshot, takeSnapshot } from "../net/snapshot.ts";
import { transfer } from "../net/transfer.ts";
import type { NetDeviceMove } from "../plan/net_devices.ts";

/** A device that is in the container now. */
export interface MovedNetDevice {
  /** Its key in `linux.netDevices`. */
  readonly hostName: string;
  /** Its name in the container; of a template, the one the kernel picked. */
  readonly name: string;
  /** Its index in the container's network namespace. */
  readonly ifindex: number;
}

/** What a transaction begins with. */
interface Inspection {
  readonly host: NetNamespace;
  readonly container: NetNamespace;
  readonly identity: NamespaceIdentity;
  /** The indices of the devices that were in the container before. */
  readonly present: readonly number[];
  readonly passengers: readonly Passenger[];
  readonly kept: readonly MovedNetDevice[];
  readonly snapshot: Snapshot;
  readonly opened: DisposableStack;
}

/** A device of the transaction. */
interface Passenger {
  readonly move: NetDeviceMove;
  readonly snapshot: DeviceSnapshot;
}

/** One that has gone, or been sent and gone astray. */
interface Arrival extends Passenger {
  /** Its index in the container. */
  readonly index: number;
  name: string;
}

/**
 * Finds the devices, checks that every one of them can move, and reads their state. Nothing is
 * touched.
 *
 * @param target The container's network namespace; the descriptor stays the caller's.
 * @param known What is known of devices in there.
 * @throws {NetDeviceError} With the first reason why not.
 */
export function inspectNetDevices(
  moves: readonly NetDeviceMove[],
  target: OwnedFd,
  known: (namespace: NamespaceIdentity) => readonly KnownDevice[] = () => [],
): NetDeviceTransaction {
  using opened = new DisposableStack();
  const host = opened.use(NetNamespace.own());
  const container = opened.use(NetNamespace.of(target));
  if (host.isSame(container)) {
    // The kernel would take such a "move", and rename the host's own devices.
    throw new Error(`Cannot move network devices: ${container.name} is the runtime's own`);
  }
  const present = dumpLinks(container.connection);
  const found: FoundMove[] = [];
  const kept: MovedNetDevice[] = [];
  const identity = container.identity();
  const records = known(identity);
  for (const move of moves) {
    const link = find(host, move);
    const there = link === undefined ? findKnown(move, records, present) : undefined;
    if (link !== undefined) found.push({ move, link });
    else if (there !== undefined) kept.push(describe(move, there));
    else throw absent(move, container.name, present, records);
  }
  refuseClashes(found, present, container.name);
  const snapshot = takeSnapshot(host, found.map(({ link }) => link));
  return new NetDeviceTransaction({
    host,
    container,
    identity,
    present: present.map(({ index }) => index),
    passengers: found.map(({ move }, i) => ({ move, snapshot: snapshot.devices[i]! })),
    kept,
    snapshot,
    opened: opened.move(),
  });
}

/** Undefined when there is none. */
function find(host: NetNamespace, { hostName }: NetDeviceMove): Link | undefined {
  try {
    return getLink(host.connection, hostName);
  } catch (error) {
    if (isNetlinkErrno(error, E.ENODEV)) return undefined;
    throw error;
  }
}

function describe({ hostName }: NetDeviceMove, { name, index }: Link): MovedNetDevice {
  return { hostName, name, ifindex: index };
}

/** All network devices of one container, on their way there or back. */
export class NetDeviceTransaction implements Disposable {
  /** Those that an earlier container of the same configuration has left in the namespace: they stay as they are. */
  readonly kept: readonly MovedNetDevice[];
  /** The container's network namespace. */
  readonly identity: NamespaceIdentity;
  readonly #inspection: Inspection;
  readonly #host: NetNamespace;
  readonly #container: NetNamespace;
  readonly #snapshot: Snapshot;
  /** In the order of their moves. */
  readonly #moved: Arrival[] = [];
  #along: RdmaMove | undefined;

  /** Made by {@linkcode inspectNetDevices}; owns what `opened` holds. */
  constructor(inspection: Inspection) {
    this.#inspection = inspection;
    this.kept = inspection.kept;
    this.identity = inspection.identity;
    this.#host = inspection.host;
    this.#container = inspection.container;
    this.#snapshot = inspection.snapshot;
  }

  /** The devices that are in the container, in the order of their moves. */
  get moved(): MovedNetDevice[] {
    return this.#moved.map(({ move: { hostName }, name, index }) => {
      return { hostName, name, ifindex: index };
    });
  }

  /** Has RDMA devices of theirs move with them, there and back. */
  takeAlong(devices: RdmaMove): void {
    this.#along = devices;
  }

  /** What to remember of those devices. */
  get known(): KnownDevice[] {
    return this.#moved.map(({ move, snapshot: { link }, name, index }) => ({
      hostName: move.hostName,
      wanted: move.name ?? null,
      name,
      ifindex: index,
      kind: link.kind,
      address: link.address.toHex(),
      permAddress: link.permAddress.toHex(),
    }));
  }

  /** What it takes to undo without us. @param path Where the container's namespace is found, if it has a path. */
  journal(path: string | undefined): Journal {
    const { identity, present } = this.#inspection;
    return {
      version: 1,
      takenAt: Date.now() - (performance.now() - this.#snapshot.takenAt),
      home: this.#host.identity(),
      target: identity,
      ...(path === undefined ? {} : { path }),
      present,
      entries: this.#ordered(),
      routes: this.#snapshot.routes,
    };
  }

  /**
   * Moves every device, gives it its addresses and sets it up.
   *
   * @throws {NetDeviceError} For the first one that cannot be; `undo` takes all of them back. An RDMA device has an error of
   * its own.
   */
  move(): void {
    // They go first: their drivers may refuse, and those of software end when their network device leaves.
    this.#along?.move(this.#host, this.#container);
    for (const passenger of this.#ordered()) {
      try {
        // Each takes its time.
        throwIfStopped();
        this.#equip(this.#send(passenger));
      } catch (error) {
        const action = describeMove(passenger.move, this.#container.name);
        throw new NetDeviceError(passenger.move.hostName, action, error);
      }
    }
  }

  /**
   * Brings back every device that was moved, and restores it. A device that cannot be brought back
   * does not keep the others.
   *
   * @throws {AggregateError} With all that went wrong.
   */
  undo(): void {
    const errors = this.#along?.undo(this.#host, this.#container) ?? [];
    const astray = this.#moved.splice(0).map(({ move: { hostName }, snapshot, index }) => {
      return { hostName, snapshot, from: this.#container, index };
    });
    errors.push(...giveBack(this.#host, astray, this.#snapshot));
    if (errors.length > 0) throw new AggregateError(errors, errors.map(sentence).join("; "));
  }

  /** Lets go of the namespaces. What was moved stays where it is. */
  [Symbol.dispose](): void {
    this.#inspection.opened.dispose();
  }

  /** Names that the configuration spells out go first, so that no template takes one of them. */
  #ordered(): Passenger[] {
    const { passengers } = this.#inspection;
    return [
      ...passengers.filter(({ move }) => !move.isTemplate),
      ...passengers.filter(({ move }) => move.isTemplate),
    ];
  }

  /** The move itself. Its message also has the generation mode, which would go back to the default. */
  #send(passenger: Passenger): Arrival {
    const { move, snapshot: { link } } = passenger;
    const { index, error } = transfer(this.#host, this.#container, link, {
      name: move.name === link.name ? undefined : move.name,
      addrGenMode: link.addrGenMode,
    });
    if (index === undefined) throw error ?? new Error("it is in neither of the namespaces");
    const arrival = { ...passenger, index, name: link.name };
    // Also when the kernel has refused: the device has gone, and is to come back.
    this.#moved.push(arrival);
    if (error !== undefined) throw error;
    return arrival;
  }

  /** The permanent global addresses, as they were on the host; then the device is set up. */
  #equip(arrival: Arrival): void {
    const { connection } = this.#container;
    const { index, snapshot: { link, addresses, sysctls } } = arrival;
    const { name } = getLink(connection, index);
    arrival.name = name;
    const secret = sysctls.get(STABLE_SECRET);
    if (secret !== undefined) {
      // Part of the generation mode, which it sets to stable privacy; so the mode is set once more.
      writeDeviceSysctl(this.#container, name, STABLE_SECRET, secret);
      changeLink(connection, index, { addrGenMode: link.addrGenMode });
    }
    equipDevice(this.#container, index, name, {
      addresses: addresses.filter(isPreserved)
        .map((address) => relabelledAddress(address, link.name, name)),
      up: true,
      attempt: (part) => part(),
    });
  }
}

const STABLE_SECRET = "ipv6/conf/DEV/stable_secret";
