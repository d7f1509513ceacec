/**
 * Requests and their answers over a {@linkcode Transport}: sequence numbers, acks, dumps.
 *
 * @see netlink(7), https://docs.kernel.org/userspace-api/netlink/intro.html
 * @module
 */
import { E, SyscallError } from "../errno.ts";
import { NLM_F, NLMSG, RDMA_NL, RDMA_NLDEV_CMD, RTM } from "./constants.ts";
import { NetlinkError, NetlinkFormatError } from "./errors.ts";
import { decodeMessages, decodeRefusal, encodeMessage, type Message } from "./message.ts";
import type { Transport } from "./transport.ts";

/** RDMA_NL_GET_TYPE(client, op) */
function rdmaType(op: number): number {
  return (RDMA_NL.RDMA_NL_NLDEV << 10) + op;
}

/** Message types by their names, of both protocols. */
const TYPES = {
  ...RTM,
  RDMA_NLDEV_CMD_GET: rdmaType(RDMA_NLDEV_CMD.RDMA_NLDEV_CMD_GET),
  RDMA_NLDEV_CMD_SET: rdmaType(RDMA_NLDEV_CMD.RDMA_NLDEV_CMD_SET),
  RDMA_NLDEV_CMD_PORT_GET: rdmaType(RDMA_NLDEV_CMD.RDMA_NLDEV_CMD_PORT_GET),
  RDMA_NLDEV_CMD_SYS_GET: rdmaType(RDMA_NLDEV_CMD.RDMA_NLDEV_CMD_SYS_GET),
} as const;

/** What is asked of the kernel. */
export interface Request {
  readonly type: keyof typeof TYPES;
  /** `NLM_F_*` beyond those that the kind of request implies. */
  readonly flags?: number;
  readonly payload: Uint8Array;
  /** The arguments as an error prints them: `{ifi_index=5, IFLA_IFNAME="c0"}`. */
  readonly args: string;
}

/** Arbitrary. A dump that is disturbed so often is of a table that does not come to rest. */
const DUMP_ATTEMPTS = 50;

/** Speaks with the kernel over one socket, one request at a time. */
export class Connection implements Disposable {
  readonly #transport: Transport;
  #seq = 0;

  /** Takes the transport over, and closes it with itself. */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  [Symbol.dispose](): void {
    this.#transport[Symbol.dispose]();
  }

  /** Has the kernel do something; returns when it is done, throws `NetlinkError` when it is refused. */
  execute(request: Request): void {
    const seq = this.#send(request, NLM_F.NLM_F_ACK);
    for (;;) {
      for (const message of decodeMessages(this.#transport.receive())) {
        if (message.seq !== seq || message.type !== NLMSG.NLMSG_ERROR) continue;
        return refuse(request, message);
      }
    }
  }

  /** Asks for one thing; `NetlinkError` if the kernel does not have it. */
  get(request: Request): Message {
    const seq = this.#send(request, 0);
    for (;;) {
      for (const message of decodeMessages(this.#transport.receive())) {
        if (message.seq !== seq) continue;
        if (message.type !== NLMSG.NLMSG_ERROR) return keep(message);
        refuse(request, message);
        throw new NetlinkFormatError(`Cannot use the answer to ${request.type}: it is empty`);
      }
    }
  }

  /**
   * Asks for all there is. The kernel answers in many datagrams, and other processes may change the
   * table in between; then it says so, and the whole dump is read again.
   */
  dump(request: Request): Message[] {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const seq = this.#send(request, NLM_F.NLM_F_DUMP);
      const messages = this.#dumped(request, seq);
      if (messages !== undefined) return messages;
    }
    const refusal = { errno: E.EINTR, extack: `${DUMP_ATTEMPTS} dumps in a row were disturbed` };
    throw new NetlinkError(request.type, request.args, refusal);
  }

  #send(request: Request, flags: number): number {
    this.#seq = (this.#seq + 1) >>> 0;
    this.#transport.send(encodeMessage({
      type: TYPES[request.type],
      flags: NLM_F.NLM_F_REQUEST | flags | (request.flags ?? 0),
      seq: this.#seq,
      payload: request.payload,
    }));
    return this.#seq;
  }

  /** One dump to its end; undefined if it is not consistent. */
  #dumped(request: Request, seq: number): Message[] | undefined {
    const messages: Message[] = [];
    let interrupted = false;
    for (;;) {
      const datagram = this.#nextOfDump();
      if (datagram === undefined) {
        interrupted = true;
        continue;
      }
      for (const message of decodeMessages(datagram)) {
        // An answer to an earlier request that was given up.
        if (message.seq !== seq) continue;
        // The last message may be the one that tells.
        if (message.flags & NLM_F.NLM_F_DUMP_INTR) interrupted = true;
        if (message.type === NLMSG.NLMSG_ERROR || message.type === NLMSG.NLMSG_DONE) {
          refuse(request, message);
          return interrupted ? undefined : messages;
        }
        if (!interrupted) messages.push(keep(message));
      }
    }
  }

  /** The next datagram, or undefined when some were lost: the rest must still be read to its end. */
  #nextOfDump(): Uint8Array | undefined {
    try {
      return this.#transport.receive();
    } catch (error) {
      if (error instanceof SyscallError && error.errno === E.ENOBUFS) return undefined;
      throw error;
    }
  }
}

function refuse(request: Request, message: Message): void {
  const refusal = decodeRefusal(message);
  if (refusal !== undefined) throw new NetlinkError(request.type, request.args, refusal);
}

/** The transport's buffer is used again, so a message that outlives the next call is copied. */
function keep(message: Message): Message {
  return { ...message, payload: message.payload.slice() };
}
