/**
 * As much of Protocol Buffers as CRIU's messages need: varints and strings, nested messages, repeated fields.
 *
 * A message is described by a table in the names of its `.proto` file; the table gives the codec and the TypeScript type.
 * Fields that a table does not have are skipped, as the format demands.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 * @module
 */

/** A scalar of the format, or a nested message. `int` is int32, uint32 and enum alike: on the wire they are one. */
export type Kind = "int" | "bool" | "string" | Schema;

/** A message's fields by name: number and kind. */
export interface Schema {
  readonly [name: string]:
    | readonly [number: number, kind: Kind]
    | readonly [number: number, kind: Kind, repeated: "repeated"];
}

type Value<K> = K extends "int" ? number
  : K extends "bool" ? boolean
  : K extends "string" ? string
  : K extends Schema ? Message<K>
  : never;

/** The values of a message. Every field may be absent: what must be there is the receiver's to demand. */
export type Message<S extends Schema> = {
  readonly [N in keyof S]?: S[N] extends readonly [number, infer K, "repeated"]
    ? readonly Value<K>[]
    : S[N] extends readonly [number, infer K] ? Value<K>
    : never;
};

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** The bytes of a message. */
export function encode<S extends Schema>(schema: S, message: Message<S>): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  for (const [name, [number, kind, repeated]] of Object.entries(schema)) {
    const value: unknown = message[name];
    if (value === undefined) continue;
    for (const one of repeated === undefined ? [value] : value as unknown[]) {
      encodeField(out, number, kind, one);
    }
  }
  return new Uint8Array(out);
}

function encodeField(out: number[], number: number, kind: Kind, value: unknown): void {
  if (kind === "int" || kind === "bool") {
    pushVarint(out, BigInt(number << 3 | VARINT));
    // A negative number is sent as 64 bits, also where its type has 32.
    pushVarint(out, BigInt.asUintN(64, BigInt(Number(value))));
    return;
  }
  const bytes = kind === "string"
    ? new TextEncoder().encode(value as string)
    : encode(kind, value as Message<Schema>);
  pushVarint(out, BigInt(number << 3 | LENGTH));
  pushVarint(out, BigInt(bytes.length));
  for (const byte of bytes) out.push(byte);
}

/** Seven bits a byte, the low ones first; all but the last have the top bit set. */
function pushVarint(out: number[], value: bigint): void {
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
}

/** Reads a message; throws on bytes that are none. */
export function decode<S extends Schema>(schema: S, bytes: Uint8Array): Message<S> {
  const fields = new Map(
    Object.entries(schema).map(([name, field]) => [field[0], { name, field }]),
  );
  const message: Record<string, unknown> = {};
  const reader = new Reader(bytes);
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const raw = reader.value(tag & 7);
    const found = fields.get(tag >>> 3);
    if (found === undefined) continue;
    const { name, field: [, kind, repeated] } = found;
    const value = decodeValue(kind, raw);
    if (repeated === undefined) message[name] = value;
    else (message[name] ??= [] as unknown[], message[name] as unknown[]).push(value);
  }
  return message as Message<S>;
}

function decodeValue(kind: Kind, raw: bigint | Uint8Array): unknown {
  const isNumber = kind === "int" || kind === "bool";
  if (isNumber !== (typeof raw === "bigint")) {
    throw new Error("a field has another type than known");
  }
  if (typeof raw === "bigint") return kind === "bool" ? raw !== 0n : Number(BigInt.asIntN(32, raw));
  return kind === "string" ? new TextDecoder().decode(raw) : decode(kind as Schema, raw);
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    // 64 bits are ten bytes at most.
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error("a number has no end");
  }

  /** What follows a tag; fixed-size values, which no field that we know has, come as their bytes. */
  value(type: number): bigint | Uint8Array {
    if (type === VARINT) return this.varint();
    if (type === LENGTH) return this.#take(Number(this.varint()));
    if (type === FIXED32 || type === FIXED64) return this.#take(type === FIXED32 ? 4 : 8);
    throw new Error(`a field has the unknown wire type ${type}`);
  }

  #take(count: number): Uint8Array {
    const from = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new Error("the message was cut off");
    return this.#bytes.subarray(from, this.#at);
  }
}
