/**
 * Bringing devices back from the container's network namespace, and making them what they were.
 *
 * @module
 */
import { getLink } from "../../ffi/netlink/route_link.ts";
import { NetDeviceError, sentence } from "./net_device_error.ts";
import type { NetNamespace } from "./net_namespace.ts";
import { restoreDevice } from "./restore.ts";
import { addableRoute, restoreRoutes } from "./routes.ts";
import { dependentRoutes, type DeviceSnapshot, type Snapshot } from "./snapshot.ts";
import { transfer } from "./transfer.ts";

/** A device that is not as it was. */
export interface Astray {
  /** Its key in `linux.netDevices`. */
  readonly hostName: string;
  readonly snapshot: DeviceSnapshot;
  /** Where it is; undefined is the host already. */
  readonly from: NetNamespace | undefined;
  /** Its index there. */
  readonly index: number;
}

/**
 * Gives back all of them. One that cannot be brought back does not keep the others.
 *
 * @param astray In the order in which they went.
 * @returns What went wrong.
 */
export function giveBack(
  host: NetNamespace,
  astray: readonly Astray[],
  { routes, takenAt }: Pick<Snapshot, "routes" | "takenAt">,
): unknown[] {
  const seconds = (performance.now() - takenAt) / 1000;
  const errors: unknown[] = [];
  const failure = ({ hostName }: Astray) => (error: unknown) => {
    errors.push(new NetDeviceError(hostName, `give back "${hostName}"`, error));
  };
  const returned: Astray[] = [];
  for (const device of astray.toReversed()) {
    const fail = failure(device);
    try {
      returned.unshift({ ...device, index: bringBack(host, device, fail) });
    } catch (error) {
      fail(error);
    }
  }
  // Not in reverse: of two devices in one subnet, the one that comes first gets the traffic.
  for (const device of returned) {
    const fail = failure(device);
    try {
      restoreDevice(host, device.index, device.snapshot, seconds).forEach(fail);
    } catch (error) {
      fail(error);
    }
  }
  const indices = new Map(returned.map(({ index, snapshot: { link } }) => [link.index, index]));
  const lost = dependentRoutes(routes, returned.map(({ snapshot }) => snapshot))
    .map((route) => addableRoute(route, seconds, indices))
    .filter((route) => route !== undefined);
  const failures = restoreRoutes(host.connection, lost).map((error) =>
    new Error(`Cannot give back a route of the network devices: ${sentence(error)}`, {
      cause: error,
    })
  );
  return [...errors, ...failures];
}

/** Returns the device's index on the host. */
function bringBack(
  host: NetNamespace,
  { from, index, snapshot }: Astray,
  fail: (error: unknown) => void,
): number {
  if (from === undefined) return index;
  const { name, addrGenMode } = snapshot.link;
  const link = getLink(from.connection, index);
  const change = { name: link.name === name ? undefined : name, addrGenMode };
  const first = transfer(from, host, link, change);
  if (first.error !== undefined) fail(first.error);
  if (first.index !== undefined) return first.index;
  // Its name is taken on the host. The kernel's own way out when a namespace dies is this one.
  const second = transfer(from, host, link, { name: "dev%d", addrGenMode });
  if (second.index !== undefined) return second.index;
  throw second.error;
}
