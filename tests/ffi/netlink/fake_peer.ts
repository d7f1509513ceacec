/** A peer in the kernel's place, and bytes written as tables. */
import { E, SyscallError } from "../../../ffi/errno.ts";
import { decodeMessages, encodeMessage, type Message } from "../../../ffi/netlink/message.ts";
import type { Transport } from "../../../ffi/netlink/transport.ts";

/** The bytes of a hex dump; what follows `#` on a line is comment. */
export function hex(dump: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(dump.replaceAll(/#.*$/gm, "").replaceAll(/\s/g, ""));
}

/** A lost datagram: the next receive fails with ENOBUFS. */
export const OVERRUN = "overrun";

/** What the peer does next. */
export type Reply = readonly Partial<Message>[] | typeof OVERRUN;

/** Answers every request with the datagrams that `answer` makes of it; `seq` is the request's unless given. */
export class FakePeer implements Transport {
  readonly requests: Message[] = [];
  readonly #answer: (request: Message) => readonly Reply[];
  readonly #queue: (Uint8Array | typeof OVERRUN)[] = [];
  closed = false;

  constructor(answer: (request: Message) => readonly Reply[]) {
    this.#answer = answer;
  }

  send(datagram: Uint8Array<ArrayBuffer>): void {
    for (const request of decodeMessages(datagram)) {
      this.requests.push(request);
      for (const reply of this.#answer(request)) this.push(reply, request.seq);
    }
  }

  /** Queues a datagram nobody asked for. */
  push(reply: Reply, seq = 0): void {
    this.#queue.push(
      reply === OVERRUN
        ? reply
        : concatenate(reply.map((message) =>
          encodeMessage({ type: 0, flags: 0, seq, payload: new Uint8Array(0), ...message })
        )),
    );
  }

  receive(): Uint8Array {
    const next = this.receiveNow();
    if (next === undefined) throw new Error("the test's peer has nothing more to say");
    return next;
  }

  receiveNow(): Uint8Array | undefined {
    const next = this.#queue.shift();
    if (next === OVERRUN) throw new SyscallError("recvfrom", [3], E.ENOBUFS);
    return next;
  }

  [Symbol.dispose](): void {
    this.closed = true;
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
