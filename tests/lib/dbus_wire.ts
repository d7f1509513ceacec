/**
 * D-Bus's wire format, read and written independently of libsystemd. Little-endian only.
 *
 * @see https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol
 * @module
 */
import { splitSignature } from "../../ffi/systemd/signature.ts";

/** A value as tests look at it; variants are `{ signature, value }`. */
// deno-lint-ignore no-explicit-any -- what a message holds, only its signature says
export type Value = any;

/** The header fields that matter here, by their codes. */
const FIELDS = {
  1: ["path", "o"],
  2: ["interface", "s"],
  3: ["member", "s"],
  4: ["error", "s"],
  5: ["reply", "u"],
  6: ["destination", "s"],
  7: ["sender", "s"],
  8: ["signature", "g"],
} as const;

/** What kind of message it is. */
export const TYPE = { call: 1, return: 2, error: 3, signal: 4 } as const;

/** One message. */
export interface WireMessage {
  readonly type: number;
  readonly serial: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly error?: string;
  readonly reply?: number;
  readonly destination?: string;
  readonly sender?: string;
  readonly signature?: string;
  readonly body: readonly Value[];
}

function alignment(type: string): number {
  const [first = ""] = type;
  if ("ygv".includes(first)) return 1;
  if ("nq".includes(first)) return 2;
  return "xtd({".includes(first) ? 8 : 4;
}

class Writer {
  readonly bytes: number[] = [];

  align(to: number): void {
    while (this.bytes.length % to !== 0) this.bytes.push(0);
  }

  number(value: number | bigint, size: number): void {
    this.align(size);
    let rest = BigInt.asUintN(size * 8, BigInt(value));
    for (let i = 0; i < size; i++, rest >>= 8n) this.bytes.push(Number(rest & 0xffn));
  }

  write(type: string, value: Value): void {
    const [first] = type;
    if (first === "y") return this.number(value, 1);
    if (first === "n" || first === "q") return this.number(value, 2);
    if (first === "x" || first === "t") return this.number(value, 8);
    if (first === "b") return this.number(value ? 1 : 0, 4);
    if (first === "g" || first === "s" || first === "o") {
      const text = new TextEncoder().encode(value);
      this.number(text.length, first === "g" ? 1 : 4);
      this.bytes.push(...text, 0);
      return;
    }
    if (first === "v") {
      this.write("g", value.signature);
      return this.write(value.signature, value.value);
    }
    if (first === "a") {
      this.number(0, 4);
      const length = this.bytes.length - 4;
      this.align(alignment(type.slice(1)));
      const start = this.bytes.length;
      for (const item of value) this.write(type.slice(1), item);
      const size = new Writer();
      size.number(this.bytes.length - start, 4);
      this.bytes.splice(length, 4, ...size.bytes);
      return;
    }
    if (first === "(") {
      this.align(8);
      return splitSignature(type.slice(1, -1)).forEach((each, i) => this.write(each, value[i]));
    }
    this.number(value, 4);
  }
}

class Reader {
  at: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  align(to: number): void {
    this.at = Math.ceil(this.at / to) * to;
  }

  #number(size: 1 | 2 | 4): number {
    this.align(size);
    const method = ({ 1: "getUint8", 2: "getUint16", 4: "getUint32" } as const)[size];
    const value = this.#view[method](this.at, true);
    this.at += size;
    return value;
  }

  read(type: string): Value {
    const [first] = type;
    if (first === "y") return this.#number(1);
    if (first === "n") return this.#number(2) << 16 >> 16;
    if (first === "q") return this.#number(2);
    if (first === "i") return this.#number(4) | 0;
    if (first === "b") return this.#number(4) !== 0;
    if (first === "u") return this.#number(4);
    if (first === "x" || first === "t" || first === "d") {
      this.align(8);
      this.at += 8;
      if (first === "d") return this.#view.getFloat64(this.at - 8, true);
      const value = this.#view.getBigUint64(this.at - 8, true);
      return String(first === "x" ? BigInt.asIntN(64, value) : value);
    }
    if (first === "g" || first === "s" || first === "o") {
      const length = this.#number(first === "g" ? 1 : 4);
      const { buffer, byteOffset } = this.#view;
      const text = new Uint8Array(buffer, byteOffset + this.at, length);
      this.at += length + 1;
      return new TextDecoder().decode(text);
    }
    if (first === "v") {
      const signature = this.read("g");
      return { signature, value: this.read(signature) };
    }
    if (first === "a") {
      const length = this.#number(4);
      this.align(alignment(type.slice(1)));
      const end = this.at + length;
      const items: Value[] = [];
      while (this.at < end) items.push(this.read(type.slice(1)));
      return items;
    }
    this.align(8);
    return splitSignature(type.slice(1, -1)).map((each) => this.read(each));
  }
}

/** Makes the bytes of a message. */
export function encodeMessage(message: WireMessage): Uint8Array {
  const { signature = "", body } = message;
  const content = new Writer();
  splitSignature(signature).forEach((type, i) => content.write(type, body[i]));
  const fields = Object.entries(FIELDS).flatMap(([code, [name, type]]) => {
    const value = message[name];
    return value === undefined ? [] : [[Number(code), { signature: type, value }]];
  });
  const header = new Writer();
  header.bytes.push("l".charCodeAt(0), message.type, 0, 1);
  header.number(content.bytes.length, 4);
  header.number(message.serial, 4);
  header.write("a(yv)", fields);
  header.align(8);
  return Uint8Array.from([...header.bytes, ...content.bytes]);
}

/** Reads the first message of some bytes; undefined when they are not all of it. 64-bit integers come as texts. */
export function decodeMessage(
  bytes: Uint8Array,
): { message: WireMessage; length: number } | undefined {
  if (bytes.length < 16) return undefined;
  const start = new DataView(bytes.buffer, bytes.byteOffset, 16);
  if (start.getUint8(0) !== "l".charCodeAt(0)) throw new Error("Not little-endian");
  const bodyStart = Math.ceil((16 + start.getUint32(12, true)) / 8) * 8;
  const length = bodyStart + start.getUint32(4, true);
  if (bytes.length < length) return undefined;
  const named: Record<string, Value> = {};
  for (const [code, { value }] of new Reader(bytes, 12).read("a(yv)")) {
    const field = FIELDS[code as keyof typeof FIELDS];
    if (field !== undefined) named[field[0]] = value;
  }
  const reader = new Reader(bytes.slice(bodyStart, length));
  const body = splitSignature(named.signature ?? "").map((type) => reader.read(type));
  const message = {
    type: start.getUint8(1),
    serial: start.getUint32(8, true),
    ...named,
    body,
  };
  return { message, length };
}
