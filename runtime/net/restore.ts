/**
 * Making a device that came back what it was.
 *
 * Every part is tried, whatever became of the others; what failed is returned.
 *
 * @module
 */
import type { Attribute } from "../../ffi/netlink/attribute.ts";
import type { Connection } from "../../ffi/netlink/connection.ts";
import { IFF, IFLA_BRPORT, NDA } from "../../ffi/netlink/constants.ts";
import {
  addAltNameRequest,
  changeLink,
  getLink,
  type Link,
  type LinkChange,
} from "../../ffi/netlink/route_link.ts";
import { setNeighbour } from "../../ffi/netlink/route_neighbour.ts";
import { agedAddress, isRemade } from "./addresses.ts";
import { writeDeviceSysctls } from "./device_sysctls.ts";
import { equipDevice } from "./equip.ts";
import type { NetNamespace } from "./net_namespace.ts";
import type { DeviceSnapshot } from "./snapshot.ts";

/**
 * Restores one device, which is in `namespace` with the index. Its routes are not its own alone, and
 * come when all devices are back.
 *
 * @param seconds How long ago the snapshot was taken.
 */
export function restoreDevice(
  namespace: NetNamespace,
  index: number,
  { link: was, addresses, neighbours, sysctls }: DeviceSnapshot,
  seconds: number,
): unknown[] {
  const { connection } = namespace;
  const errors: unknown[] = [];
  const attempt = (part: () => void) => {
    try {
      part();
    } catch (error) {
      errors.push(error);
    }
  };
  restoreLink(connection, index, was, attempt);
  const { name } = getLink(connection, index);
  errors.push(...writeDeviceSysctls(namespace, name, sysctls));
  const { addrGenMode } = was;
  // After the settings: writing the secret of stable addresses changes the mode.
  if (addrGenMode !== undefined) attempt(() => changeLink(connection, index, { addrGenMode }));
  // Before it is up: some masters take no device that is.
  if (was.master !== 0) attempt(() => enslave(connection, index, was));
  equipDevice(namespace, index, name, {
    addresses: addresses.filter((address) => !isRemade(address))
      .map((address) => agedAddress(address, seconds))
      .filter((address) => address !== undefined),
    up: (was.flags & IFF.IFF_UP) !== 0,
    attempt,
  });
  for (const neighbour of neighbours) {
    const attributes = neighbour.attributes.filter(({ type }) =>
      type !== NDA.NDA_CACHEINFO && type !== NDA.NDA_PROBES
    );
    attempt(() => setNeighbour(connection, { ...neighbour, index, attributes }));
  }
  return errors;
}

/** Puts back what survives a move, unless somebody changed it meanwhile. */
function restoreLink(
  connection: Connection,
  index: number,
  was: Link,
  attempt: (part: () => void) => void,
): void {
  const is = getLink(connection, index);
  const change: LinkChange = {
    mtu: was.mtu === is.mtu ? undefined : was.mtu,
    txqlen: was.txqlen === is.txqlen ? undefined : was.txqlen,
    group: was.group === is.group ? undefined : was.group,
    alias: was.alias === is.alias ? undefined : was.alias,
  };
  if (Object.values(change).some((value) => value !== undefined)) {
    attempt(() => changeLink(connection, index, change));
  }
  if (is.name !== was.name) attempt(() => changeLink(connection, index, { name: was.name }));
  for (const name of was.altNames.filter((name) => !is.altNames.includes(name))) {
    attempt(() => connection.execute(addAltNameRequest(index, name)));
  }
}

/** Makes the device a port of its master again, with the settings that a bridge keeps for each port. */
function enslave(connection: Connection, index: number, was: Link): void {
  changeLink(connection, index, { master: was.master });
  if (was.slaveKind !== "bridge") return;
  const settable = new Set<number>(Object.values(IFLA_BRPORT));
  const present = getLink(connection, index).slaveData;
  const data = was.slaveData.filter((setting) =>
    settable.has(setting.type) && !present.some((other) => isSame(other, setting))
  );
  if (data.length > 0) changeLink(connection, index, { slave: { kind: was.slaveKind, data } });
}

function isSame(a: Attribute, b: Attribute): boolean {
  return a.type === b.type && a.value.toHex() === b.value.toHex();
}
