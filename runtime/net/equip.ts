/**
 * Giving a device that is down its addresses, and setting it up.
 *
 * @module
 */
import { E } from "../../ffi/errno.ts";
import type { Connection } from "../../ffi/netlink/connection.ts";
import { IFA_F } from "../../ffi/netlink/constants.ts";
import { isNetlinkErrno } from "../../ffi/netlink/errors.ts";
import { type Address, setAddress } from "../../ffi/netlink/route_address.ts";
import { changeLink } from "../../ffi/netlink/route_link.ts";
import { addableAddress, inOrderOfAge, isRoutedLate, isVerified } from "./addresses.ts";
import { writeDeviceSysctl } from "./device_sysctls.ts";
import type { NetNamespace } from "./net_namespace.ts";

/** What a device is to have. */
export interface Equipment {
  /** In the order of a dump. */
  readonly addresses: readonly Address[];
  readonly up: boolean;
  /** Runs each part; one that catches what the part throws lets the others go on. */
  readonly attempt: (part: () => void) => void;
}

/** Equips the device with the index, which is down and called `name`. */
export function equipDevice(
  namespace: NetNamespace,
  index: number,
  name: string,
  { addresses, up, attempt }: Equipment,
): void {
  const { connection } = namespace;
  const enableIpv6 = () => writeDeviceSysctl(namespace, name, "ipv6/conf/DEV/disable_ipv6", "0");
  for (const address of inOrderOfAge(addresses)) {
    attempt(() => addAddress(connection, address, index, enableIpv6));
  }
  if (!up) return;
  // Not before all addresses are there: from here on the device talks.
  attempt(() => changeLink(connection, index, { up: true }));
  for (const address of addresses.filter(isRoutedLate)) {
    attempt(() => setAddress(connection, addableAddress(address, index)));
  }
}

/**
 * A fresh IPv6 address is tentative for about two seconds, in which nobody can bind to it. One that
 * has been through duplicate address detection on this very link is added with IFA_F_NODAD, and the
 * flag then taken back where the address did not have it, which does not start the detection again.
 */
function addAddress(
  connection: Connection,
  address: Address,
  index: number,
  enableIpv6: () => void,
): void {
  const exact = addableAddress(address, index);
  const { flags } = exact;
  const first = isVerified(address) ? { ...exact, flags: flags | IFA_F.IFA_F_NODAD } : exact;
  try {
    setAddress(connection, first);
  } catch (error) {
    // "IPv6 is disabled on this device": container hosts often have that as a default.
    if (!isNetlinkErrno(error, E.EACCES)) throw error;
    enableIpv6();
    setAddress(connection, first);
  }
  if (first.flags !== flags) setAddress(connection, exact);
}
