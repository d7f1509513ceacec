/**
 * Which devices this runtime has moved into a network namespace that outlives its containers.
 *
 * A container that is made again in a namespace that it joins finds its devices there: they MUST NOT be moved out before.
 * To tell them from others of the same name, each `create` that has moved devices into a joined namespace leaves a record
 * below the state root, and nothing on the device. It names the namespace by its cookie and the device by its index, kind
 * and hardware addresses. Not by the index alone: the next device that is made there may get that, once the first is gone.
 * So a device without a hardware address, or with another one now, is not known again.
 *
 * @see config-linux.md#configLinuxNetworkDevices
 * @module
 */
import { open } from "../../ffi/open.ts";
import { lockExclusive } from "../../ffi/lock.ts";
import { O } from "../../ffi/constants.ts";
import type { Link } from "../../ffi/netlink/route_link.ts";
import { readSmallFile } from "../../ffi/small_file.ts";
import type { NetDeviceMove } from "../plan/net_devices.ts";
import { isSameNamespace, type NamespaceIdentity, NetNamespace } from "./net_namespace.ts";

/** A device that was moved. */
export interface KnownDevice {
  /** Its key in `linux.netDevices`. */
  readonly hostName: string;
  /** The name that the configuration had for it; null if none. */
  readonly wanted: string | null;
  /** The name that it got. */
  readonly name: string;
  readonly ifindex: number;
  readonly kind: string;
  /** Its hardware address in hexadecimal, and the one that it was made with where the kernel knows that. */
  readonly address: string;
  readonly permAddress: string;
}

interface Record {
  readonly version: 1;
  readonly bootId: string;
  readonly namespace: NamespaceIdentity;
  /** Where it is found: when that leads elsewhere, the record is done with. */
  readonly path: string;
  readonly devices: readonly KnownDevice[];
}

/** No container's ID has this character. */
const PREFIX = "@net_devices-";

/** What is known of a namespace. Without a cookie (before Linux 5.14) nothing is. */
export function readKnownDevices(
  root: string,
  namespace: NamespaceIdentity,
): readonly KnownDevice[] {
  if (namespace.cookie === undefined) return [];
  const record = readRecord(`${root}/${PREFIX}${namespace.cookie}.json`);
  const isCurrent = record?.bootId === bootId() && isSameNamespace(record.namespace, namespace);
  return isCurrent ? record.devices : [];
}

/** Adds devices to the record of a namespace, and drops the records of those that are gone. */
export function rememberDevices(
  root: string,
  { namespace, path, devices }: Pick<Record, "namespace" | "path" | "devices">,
): void {
  if (namespace.cookie === undefined || devices.length === 0) return;
  using directory = open(root, O.O_RDONLY | O.O_DIRECTORY);
  // Two containers may join one namespace at once.
  lockExclusive(directory.fd);
  const isNew = ({ ifindex }: KnownDevice) => !devices.some((other) => other.ifindex === ifindex);
  const all = [...readKnownDevices(root, namespace).filter(isNew), ...devices];
  const record: Record = { version: 1, bootId: bootId(), namespace, path, devices: all };
  const name = `${root}/${PREFIX}${namespace.cookie}.json`;
  Deno.writeTextFileSync(`${name}.new`, JSON.stringify(record), { mode: 0o600 });
  Deno.renameSync(`${name}.new`, name);
  for (const { name } of [...Deno.readDirSync(root)]) {
    if (name.startsWith(PREFIX) && isDone(`${root}/${name}`)) Deno.removeSync(`${root}/${name}`);
  }
}

/** The device that a move has been made for already. */
export function findKnown(
  move: NetDeviceMove,
  known: readonly KnownDevice[],
  present: readonly Link[],
): Link | undefined {
  const device = known.find(({ hostName, wanted }) =>
    hostName === move.hostName && wanted === (move.name ?? null)
  );
  return device && present.find((link) => link.name === device.name && isKnownAs(link, device));
}

/** Whether it is that device, whatever its name is now. */
export function isKnownAs(link: Link, device: KnownDevice): boolean {
  return link.index === device.ifindex && link.kind === device.kind && device.address !== "" &&
    link.address.toHex() === device.address && link.permAddress.toHex() === device.permAddress;
}

function readRecord(path: string): Record | undefined {
  let record: Partial<Record>;
  try {
    record = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    // Cut off by a full disk, it is as good as none.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
  return record?.version === 1 ? record as Record : undefined;
}

function isDone(path: string): boolean {
  const record = readRecord(path);
  if (record === undefined) return true;
  if (record.bootId !== bootId()) return true;
  try {
    using fd = open(record.path, 0);
    using namespace = NetNamespace.of(fd);
    return !isSameNamespace(namespace.identity(), record.namespace);
  } catch {
    return true;
  }
}

function bootId(): string {
  return readSmallFile("/proc/sys/kernel/random/boot_id") ?? "";
}
