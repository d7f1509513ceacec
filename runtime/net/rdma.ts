/**
 * The RDMA devices that stand on network devices which move.
 *
 * The specification does not speak of them, and they do not follow by themselves. Where they are shared, that does not
 * matter: every network namespace has all of them. Where they are exclusive, each is in one namespace, and a network device
 * that moves leaves its RDMA device behind; that is told, or, on the wish of an annotation, the RDMA device moves as well.
 *
 * Which belong together the kernel tells only while both are in one namespace. So it is asked before anything moves. RDMA
 * devices go first, there and back: whether a driver lets one go shows only when it is tried, and if not, nothing has
 * moved yet. Those of software (rxe, siw) end when their network device leaves, whichever way.
 *
 * @see rdma-system(8), rdma-dev(8)
 * @module
 */
import { E } from "../../ffi/errno.ts";
import type { Connection } from "../../ffi/netlink/connection.ts";
import { isNetlinkErrno } from "../../ffi/netlink/errors.ts";
import {
  dumpRdmaDevices,
  dumpRdmaPorts,
  isRdmaExclusive,
  moveRdmaDevice,
  openRdma,
  type RdmaDevice,
} from "../../ffi/netlink/rdma.ts";
import { RDMA_ANNOTATION } from "../plan/rdma_annotation.ts";
import { sentence } from "./net_device_error.ts";
import type { NetNamespace } from "./net_namespace.ts";

/** A network namespace, as far as it matters here. */
export interface Place extends Pick<NetNamespace, "name" | "run"> {
  readonly fd: { readonly fd: number };
}

/** Opens a connection in the network namespace that the thread is in; undefined if the kernel has no RDMA. */
export type OpenRdma = () => Connection | undefined;

/** A network device that is going to move. */
interface Carrier {
  readonly index: number;
  readonly name: string;
}

/** An RDMA device, and what its ports stand on. */
interface Sibling extends RdmaDevice {
  /** Network devices that move. */
  readonly carriers: readonly string[];
  /** The indices of those that do not. */
  readonly staying: readonly number[];
}

/** What is to be done about RDMA devices. */
export interface RdmaInspection {
  /** Those to move. */
  readonly devices: readonly RdmaDevice[];
  readonly warnings: readonly string[];
}

/**
 * Looks for the RDMA devices of network devices that are all still here. Nothing is touched.
 *
 * @param wanted Whether they are to move along.
 * @throws If they are, and cannot.
 */
export function inspectRdma(
  wanted: boolean,
  carriers: readonly Carrier[],
  open: OpenRdma = openRdma,
): RdmaInspection {
  if (carriers.length === 0) return { devices: [], warnings: [] };
  if (wanted) return { devices: demandSiblings(carriers, open), warnings: [] };
  try {
    using connection = open();
    if (connection === undefined || !isRdmaExclusive(connection)) {
      return { devices: [], warnings: [] };
    }
    return { devices: [], warnings: findSiblings(connection, carriers).map(farewell) };
  } catch (error) {
    // Nobody has asked for RDMA devices, so they are no reason to fail.
    return { devices: [], warnings: [`Cannot look for RDMA devices: ${sentence(error)}`] };
  }
}

function demandSiblings(carriers: readonly Carrier[], open: OpenRdma): RdmaDevice[] {
  const refuse = (why: string): never => {
    throw new Error(`Cannot move RDMA devices along, as ${RDMA_ANNOTATION} wants it: ${why}`);
  };
  using connection = open();
  if (connection === undefined) return refuse("the kernel has no RDMA");
  if (!isRdmaExclusive(connection)) {
    return refuse(
      "they are shared by all network namespaces, and the kernel moves none of them then (EOPNOTSUPP); rdma-system(8) can make them exclusive",
    );
  }
  const siblings = findSiblings(connection, carriers);
  if (siblings.length === 0) return refuse("none of the network devices has one");
  for (const { name, carriers: [first], staying } of siblings) {
    if (staying.length === 0) continue;
    const others = staying.join(", ");
    refuse(`"${name}" stands on "${first}", and on network devices that stay (index ${others})`);
  }
  return siblings.map(({ index, name }) => ({ index, name }));
}

function findSiblings(connection: Connection, carriers: readonly Carrier[]): Sibling[] {
  const names = new Map(carriers.map(({ index, name }) => [index, name]));
  return dumpRdmaDevices(connection).map((device) => {
    const ports = dumpRdmaPorts(connection, device.index).map(({ netDevice }) => netDevice);
    // Several ports may stand on one; and on none, or on one of another namespace.
    const indices = [...new Set(ports)].filter((index) => index !== 0);
    return {
      ...device,
      carriers: indices.map((index) => names.get(index)).filter((name) => name !== undefined),
      staying: indices.filter((index) => !names.has(index)),
    };
  }).filter(({ carriers }) => carriers.length > 0);
}

function farewell({ name, carriers }: Sibling): string {
  const names = carriers.map((carrier) => `"${carrier}"`).join(" and ");
  const who = carriers.length === 1
    ? `network device ${names} moves without its`
    : `network devices ${names} move without their`;
  return `${who} RDMA device "${name}", which does not follow; the annotation ${RDMA_ANNOTATION} moves it along, if its driver can`;
}

/** RDMA devices on their way to a container, or back. */
export class RdmaMove {
  readonly #devices: readonly RdmaDevice[];
  readonly #open: OpenRdma;
  readonly #moved: RdmaDevice[] = [];

  constructor(devices: readonly RdmaDevice[], open: OpenRdma = openRdma) {
    this.#devices = devices;
    this.#open = open;
  }

  /** Moves them; when one cannot be, those before it have gone, and `undo` takes them back. */
  move(host: Place, container: Place): void {
    for (const device of this.#devices) {
      moveOne(device, host, container, this.#open);
      this.#moved.push(device);
    }
  }

  /** Takes back what has gone, and returns what went wrong. */
  undo(host: Place, container: Place): unknown[] {
    const moved = this.#moved.splice(0);
    return giveBackRdma(host, container, moved, this.#open);
  }
}

/**
 * Brings RDMA devices back to the host, the last first; those that are there already stay.
 *
 * @param container Undefined if it is gone: then the kernel has sent them to the initial namespace.
 * @returns What went wrong.
 */
export function giveBackRdma(
  host: Place,
  container: Place | undefined,
  devices: readonly RdmaDevice[],
  open: OpenRdma = openRdma,
): unknown[] {
  const errors: unknown[] = [];
  for (const device of devices.toReversed()) {
    try {
      if (has(host, device, open)) continue;
      if (container !== undefined && has(container, device, open)) {
        moveOne(device, container, host, open);
      } else {
        const where = container === undefined
          ? "it is not here, and its network namespace has ended; the kernel sends RDMA devices to the initial one"
          : `it is neither here nor in ${container.name}`;
        errors.push(new Error(`Cannot give back the RDMA device "${device.name}": ${where}`));
      }
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}

/** By its name, too: another device may have been given the index. */
function has(place: Place, { index, name }: RdmaDevice, open: OpenRdma): boolean {
  return place.run(() => {
    using connection = open();
    return connection !== undefined &&
      dumpRdmaDevices(connection).some((other) => other.index === index && other.name === name);
  });
}

function moveOne(device: RdmaDevice, from: Place, to: Place, open: OpenRdma): void {
  try {
    // All of it there: the kernel looks at where the thread is, beside the socket's namespace.
    from.run(() => {
      using connection = open();
      if (connection === undefined) throw new Error("the kernel has no RDMA");
      moveRdmaDevice(connection, device.index, to.fd.fd);
    });
  } catch (error) {
    const hint = isNetlinkErrno(error, E.EOPNOTSUPP)
      ? "; its driver cannot take it from whoever has it open, or RDMA devices are shared now"
      : "";
    const action = `move the RDMA device "${device.name}" to ${to.name}`;
    throw new Error(`Cannot ${action}: ${sentence(error)}${hint}`, { cause: error });
  }
}
