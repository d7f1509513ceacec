/**
 * Following a device that moves to another namespace, by the kernel's own notification.
 *
 * @module
 */
import { E, SyscallError } from "../errno.ts";
import { RTM } from "./constants.ts";
import { decodeMessages } from "./message.ts";
import { decodeLink } from "./route_link.ts";
import type { Transport } from "./transport.ts";

/** Where a device went. */
export type Departure =
  /** It has this index now, in the namespace that it was sent to. */
  | { readonly kind: "moved"; readonly index: number }
  /** It is where it was. */
  | { readonly kind: "stayed" }
  /** Notifications were lost; the device must be looked for. */
  | { readonly kind: "unknown" };

/**
 * Listens to RTMGRP_LINK of one namespace.
 *
 * The answer to a move does not say where the device is: a rename that failed comes after a move
 * that did not, the index changes if it is taken at the destination, and a name out of a template is
 * the kernel's choice. The RTM_DELLINK that the old namespace sees has the new index
 * (IFLA_NEW_IFINDEX, which old kernels lack), and is queued before the answer.
 */
export class LinkMonitor implements Disposable {
  readonly #transport: Transport;

  /** Takes over a transport that is a member of RTMGRP_LINK since before the move. */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  /** Reads what has been queued, and says what became of the device with the index. */
  departureOf(index: number): Departure {
    let departure: Departure = { kind: "stayed" };
    for (;;) {
      try {
        const datagram = this.#transport.receiveNow();
        if (datagram === undefined) return departure;
        for (const message of decodeMessages(datagram)) {
          if (message.type !== RTM.RTM_DELLINK) continue;
          const link = decodeLink(message);
          if (link.index !== index) continue;
          // A bridge, too, reports a port that left with RTM_DELLINK, and without a new index.
          if (link.newIndex !== undefined) departure = { kind: "moved", index: link.newIndex };
        }
      } catch (error) {
        if (!(error instanceof SyscallError && error.errno === E.ENOBUFS)) throw error;
        departure = departure.kind === "stayed" ? { kind: "unknown" } : departure;
      }
    }
  }
}
