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
import { isPreserved, relabelledAddress } from "../net/addresses.ts";
import { describeMove, type FoundMove, refuseClashes } from "../net/clashes.ts";
import { writeDeviceSysctl } from "../net/device_sysctls.ts";
import { equipDevice } from "../net/equip.ts";
import { NetDeviceError, sentence } from "../net/net_device_error.ts";
import { NetNamespace } from "../net/net_namespace.ts";
import { restoreDevice } from "../net/restore.ts";
import { addableRoute, restoreRoutes } from "../net/routes.ts";
import {
  dependentRoutes,
  type DeviceSnapshot,
  type Snapshot,
  takeSnapshot,
} from "../net/snapshot.ts";
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
 * @throws {NetDeviceError} With the first reason why not.
 */
export function inspectNetDevices(
  moves: readonly NetDeviceMove[],
  target: OwnedFd,
): NetDeviceTransaction {
  using opened = new DisposableStack();
  const host = opened.use(NetNamespace.own());
  const container = opened.use(NetNamespace.of(target));
  if (host.isSame(container)) {
    // The kernel would take such a "move", and rename the host's own devices.
    throw new Error(`Cannot move network devices: ${container.name} is the runtime's own`);
  }
  const present = dumpLinks(container.connection);
  const found = moves.map((move) => find(host, move, present, container.name));
  refuseClashes(found, present, container.name);
  const snapshot = takeSnapshot(host, found.map(({ link }) => link));
  return new NetDeviceTransaction(host, container, moves, snapshot, opened.move());
}

function find(
  host: NetNamespace,
  move: NetDeviceMove,
  present: readonly Link[],
  destination: string,
): FoundMove {
  try {
    return { move, link: getLink(host.connection, move.hostName) };
  } catch (error) {
    // A container that is started again in a namespace it shares finds its device there already.
    const { hostName, name = hostName } = move;
    const there = present.find((link) => [link.name, ...link.altNames].includes(name));
    const hint = there === undefined || !isNetlinkErrno(error, E.ENODEV)
      ? ""
      : `; that namespace has a device "${name}" already`;
    throw new NetDeviceError(hostName, describeMove(move, destination), sentence(error) + hint);
  }
}

/** All network devices of one container, on their way there or back. */
export class NetDeviceTransaction implements Disposable {
  readonly #host: NetNamespace;
  readonly #container: NetNamespace;
  readonly #passengers: readonly Passenger[];
  readonly #snapshot: Snapshot;
  readonly #opened: DisposableStack;
  /** In the order of their moves. */
  readonly #moved: Arrival[] = [];

  /** Made by {@linkcode inspectNetDevices}; owns what `opened` holds. */
  constructor(
    host: NetNamespace,
    container: NetNamespace,
    moves: readonly NetDeviceMove[],
    snapshot: Snapshot,
    opened: DisposableStack,
  ) {
    this.#host = host;
    this.#container = container;
    this.#snapshot = snapshot;
    this.#opened = opened;
    this.#passengers = moves.map((move, i) => ({ move, snapshot: snapshot.devices[i]! }));
  }

  /** The devices that are in the container, in the order of their moves. */
  get moved(): MovedNetDevice[] {
    return this.#moved.map(({ move: { hostName }, name, index }) => {
      return { hostName, name, ifindex: index };
    });
  }

  /**
   * Moves every device, gives it its addresses and sets it up.
   *
   * @throws {NetDeviceError} For the first one that cannot be; `undo` takes all of them back.
   */
  move(): void {
    // Names that the configuration spells out go first, so that no template takes one of them.
    const ordered = [
      ...this.#passengers.filter(({ move }) => !move.isTemplate),
      ...this.#passengers.filter(({ move }) => move.isTemplate),
    ];
    for (const passenger of ordered) {
      try {
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
    const seconds = (performance.now() - this.#snapshot.takenAt) / 1000;
    const errors: unknown[] = [];
    const failure = ({ move: { hostName } }: Passenger) => (error: unknown) => {
      errors.push(new NetDeviceError(hostName, `give back "${hostName}"`, error));
    };
    const returned: Arrival[] = [];
    for (let arrival = this.#moved.pop(); arrival; arrival = this.#moved.pop()) {
      const fail = failure(arrival);
      try {
        returned.unshift({ ...arrival, index: this.#bringBack(arrival, fail) });
      } catch (error) {
        fail(error);
      }
    }
    // Not in reverse: of two devices in one subnet, the one that comes first gets the traffic.
    for (const arrival of returned) {
      const fail = failure(arrival);
      try {
        restoreDevice(this.#host, arrival.index, arrival.snapshot, seconds).forEach(fail);
      } catch (error) {
        fail(error);
      }
    }
    errors.push(...this.#restoreRoutes(returned, seconds));
    if (errors.length > 0) throw new AggregateError(errors, errors.map(sentence).join("; "));
  }

  /** Lets go of the namespaces. What was moved stays where it is. */
  [Symbol.dispose](): void {
    this.#opened.dispose();
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

  #restoreRoutes(returned: readonly Arrival[], seconds: number): unknown[] {
    const devices = returned.map(({ snapshot }) => snapshot);
    const indices = new Map(returned.map(({ index, snapshot: { link } }) => [link.index, index]));
    const routes = dependentRoutes(this.#snapshot.routes, devices)
      .map((route) => addableRoute(route, seconds, indices))
      .filter((route) => route !== undefined);
    return restoreRoutes(this.#host.connection, routes);
  }

  /** Returns the device's index on the host. */
  #bringBack({ index, snapshot }: Arrival, fail: (error: unknown) => void): number {
    const { name, addrGenMode } = snapshot.link;
    const link = getLink(this.#container.connection, index);
    const change = { name: link.name === name ? undefined : name, addrGenMode };
    const first = transfer(this.#container, this.#host, link, change);
    if (first.error !== undefined) fail(first.error);
    if (first.index !== undefined) return first.index;
    // Its name is taken on the host. The kernel's own way out when a namespace dies is this one.
    const second = transfer(this.#container, this.#host, link, { name: "dev%d", addrGenMode });
    if (second.index !== undefined) return second.index;
    throw second.error;
  }
}

const STABLE_SECRET = "ipv6/conf/DEV/stable_secret";
