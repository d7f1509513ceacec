/**
 * The capability sets of this process.
 *
 * @module
 */
import { check } from "./check.ts";
import { PR } from "./constants.ts";
import { Printed } from "./errno.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/** `_LINUX_CAPABILITY_VERSION_3`. */
const CAPABILITY_VERSION_3 = 0x20080522;

/** Three of the sets as masks, capability N as bit N. */
export interface Capabilities {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}

/** `int capget(cap_user_header_t hdrp, cap_user_data_t datap);` of the caller. @see capget(2) */
export function getCapabilities(): Capabilities {
  using m = scratch();
  const header = m.zeros(8);
  m.view(header, 8).setUint32(0, CAPABILITY_VERSION_3, true);
  const data = m.zeros(24);
  check(syscall(NR.capget, header, data), "capget", new Printed("{pid=0}"));
  const view = m.view(data, 24);
  const set = (at: number) =>
    BigInt(view.getUint32(at, true)) | BigInt(view.getUint32(at + 12, true)) << 32n;
  return { effective: set(0), permitted: set(4), inheritable: set(8) };
}

/** Whether the bounding set has a capability; false for one that the kernel does not know. @see PR_CAPBSET_READ(2const) */
export function hasBoundingCapability(number: number): boolean {
  return syscall(NR.prctl, PR.PR_CAPBSET_READ, number, 0, 0, 0) === 1;
}
