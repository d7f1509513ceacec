/**
 * A connection to a D-Bus, or to a service directly.
 *
 * @see sd-bus(3)
 * @module
 */
import { check } from "../check.ts";
import { Printed, SyscallError } from "../errno.ts";
import { type Scratch, scratch } from "../memory.ts";
import { addressAt, addressFrom, checkSdBus, sdBus, stringAt } from "./libsystemd.ts";
import { appendValues, type BusValue, readValues, readVariant } from "./value.ts";

/** A call that was answered with an error. */
export class BusError extends Error {
  override readonly name = "BusError";
  /** D-Bus's name of the error, such as `org.freedesktop.systemd1.NoSuchUnit`. */
  readonly code: string;
  /** What the other side said about it. */
  readonly text: string;

  constructor(call: string, code: string, text: string) {
    super(`${call}: ${code} (${text})`);
    this.code = code;
    this.text = text;
  }
}

/** Whether an error is an answer of one of these names. */
export function isBusError(error: unknown, ...codes: readonly string[]): error is BusError {
  return error instanceof BusError && codes.includes(error.code);
}

/** Where there is something to talk to. */
export interface BusAddress {
  /** As D-Bus writes addresses: `unix:path=/run/dbus/system_bus_socket`. */
  readonly address: string;
  /** Whether a bus is there, which has to be greeted; otherwise it is the service itself. */
  readonly isBus: boolean;
}

/** One object of a service, in one of its interfaces. */
export interface BusObject {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
}

/** What a call takes and gives. */
export interface BusCall {
  readonly member: string;
  /** Of the arguments. */
  readonly signature?: string;
  readonly args?: readonly BusValue[];
  /** Of what is read from the answer; a `v` before a basic type opens the variant around it. */
  readonly returns?: string;
}

/** Microseconds. Arbitrary; libdbus waits as long. */
const CALL_TIMEOUT = 25_000_000;

/** An open connection. It belongs to the process that made it: a fork cannot use it. */
export class Bus implements Disposable {
  #bus: number;

  private constructor(bus: number) {
    this.#bus = bus;
  }

  /** Connects; whether anybody answers turns out at the first call. */
  static connect({ address, isBus }: BusAddress): Bus {
    const bus = new Bus(addressFrom("sd_bus_new", "&bus", (place) => sdBus("sd_bus_new", place)));
    try {
      using m = scratch();
      checkSdBus(
        "sd_bus_set_address",
        `bus, ${JSON.stringify(address)}`,
        bus.#bus,
        m.cstring(address),
      );
      checkSdBus("sd_bus_set_bus_client", `bus, ${isBus}`, bus.#bus, isBus ? 1 : 0);
      checkSdBus("sd_bus_start", "bus", bus.#bus);
      return bus;
    } catch (error) {
      bus[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.#bus !== 0) sdBus("sd_bus_flush_close_unref", this.#bus);
    this.#bus = 0;
  }

  /**
   * Calls a method and waits for its answer.
   *
   * @throws {BusError} When the answer is an error, or there is none.
   */
  call(object: BusObject, call: BusCall): BusValue[] {
    const { member, signature = "", args = [], returns = "" } = call;
    using message = this.#newCall(object, member);
    appendValues(message.address, signature, args);
    const name = `${member}(${typeof args[0] === "string" ? JSON.stringify(args[0]) : ""}${
      args.length > 1 ? ", …" : ""
    })`;
    using reply = this.#send(message, name);
    return /^v[^v]$/.test(returns)
      ? [readVariant(reply.address, returns.slice(1))]
      : readValues(reply.address, returns);
  }

  #newCall(object: BusObject, member: string): Message {
    const { destination, path, interface: name } = object;
    const create = (place: number, m: Scratch): number => {
      const words = [destination, path, name, member].map((text) => m.cstring(text));
      return sdBus("sd_bus_message_new_method_call", this.#bus, place, ...words);
    };
    const shown = `bus, &m, "${destination}", "${path}", "${name}", "${member}"`;
    return new Message(addressFrom("sd_bus_message_new_method_call", shown, create));
  }

  /** Not repeated when a signal interrupts it: the other side may have done it by then. */
  #send(message: Message, name: string): Message {
    using m = scratch();
    // typedef struct { const char *name; const char *message; int _need_free; } sd_bus_error;
    const error = m.zeros(24);
    const reply = m.zeros(8);
    const result = sdBus("sd_bus_call", this.#bus, message.address, CALL_TIMEOUT, error, reply);
    if (result >= 0) return new Message(addressAt(m, reply));
    const code = stringAt(addressAt(m, error));
    const text = stringAt(addressAt(m, error + 8)) ?? "no reason was given";
    sdBus("sd_bus_error_free", error);
    // Errors of the connection come under a name of the library's own making, and in the reader's language.
    if (code === undefined || code.startsWith("System.Error.")) {
      throw new SyscallError("sd_bus_call", [new Printed(name)], -result);
    }
    throw new BusError(name, code, text);
  }

  /**
   * Waits for a signal. Those that came in since the connection was made are looked at as well.
   *
   * @param signature Of its arguments.
   * @param milliseconds How long at most.
   * @returns Its arguments; undefined when the time is over.
   */
  waitForSignal(
    { interface: name, member, signature }: {
      readonly interface: string;
      readonly member: string;
      readonly signature: string;
    },
    isWanted: (args: readonly BusValue[]) => boolean,
    milliseconds: number,
  ): readonly BusValue[] | undefined {
    const end = performance.now() + milliseconds;
    for (;;) {
      for (let next = this.#next(); next !== "nothing"; next = this.#next()) {
        if (next === undefined) continue;
        using message = next;
        if (!message.isSignal(name, member)) continue;
        const args = readValues(message.address, signature);
        if (isWanted(args)) return args;
      }
      const left = end - performance.now();
      if (left <= 0) return undefined;
      checkSdBus("sd_bus_wait", "bus, …", this.#bus, Math.ceil(left * 1000));
    }
  }

  /** The next message that came in; undefined if the library took it, or did something else. */
  #next(): Message | undefined | "nothing" {
    using m = scratch();
    const place = m.zeros(8);
    const result = check(
      sdBus("sd_bus_process", this.#bus, place),
      "sd_bus_process",
      new Printed("bus, &m"),
    );
    if (result === 0) return "nothing";
    const address = addressAt(m, place);
    return address === 0 ? undefined : new Message(address);
  }
}

/** `sd_bus_message` */
class Message implements Disposable {
  readonly address: number;

  constructor(address: number) {
    this.address = address;
  }

  [Symbol.dispose](): void {
    sdBus("sd_bus_message_unref", this.address);
  }

  isSignal(name: string, member: string): boolean {
    using m = scratch();
    const words = [this.address, m.cstring(name), m.cstring(member)];
    return sdBus("sd_bus_message_is_signal", ...words) > 0;
  }
}
