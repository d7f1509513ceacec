/**
 * What carries netlink datagrams: the kernel's socket, or in tests a peer that answers in its place.
 *
 * @module
 */

/** Sends and receives whole datagrams. */
export interface Transport extends Disposable {
  /** Sends one datagram to the kernel. */
  send(datagram: Uint8Array<ArrayBuffer>): void;
  /** Waits for the next datagram; the bytes are valid until the next call. Overrun is ENOBUFS. */
  receive(): Uint8Array;
  /** The next datagram if one is there already. Overrun is ENOBUFS. */
  receiveNow(): Uint8Array | undefined;
}
