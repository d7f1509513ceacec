/**
 * Protocol Buffers, as far as the checks need them: the messages of a `.proto` text of version 3, with numbers, booleans,
 * strings, messages, lists and maps of strings.
 *
 * @module
 */
import { concat, toBytes } from "./tar.ts";

/** A message as JavaScript has it. What is not there has its default, as the format says. */
// deno-lint-ignore no-explicit-any -- the types are in the .proto text
export type Message = Record<string, any>;

interface Field {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly isList: boolean;
  readonly isMap: boolean;
}

/** A call of a service. */
export interface Method {
  readonly request: string;
  readonly response: string;
}

const VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;

/** Numbers of up to 64 bits, booleans among them. Those of the checks are exact as JavaScript has them. */
const NUMBERS: readonly string[] = ["bool", "int32", "int64", "uint32", "uint64"];

/** What a `.proto` text declares. */
export class Schema {
  /** "package.Service" for each method's name. */
  readonly methods = new Map<string, Method & { readonly service: string }>();
  readonly #messages = new Map<string, readonly Field[]>();

  constructor(text: string) {
    let scope = "", service = "";
    let fields: Field[] = [];
    for (const line of text.split("\n")) {
      const [, word, name = "", rest = ""] = /^\s*(package|service|message|rpc) ([\w.]+)(.*)$/
        .exec(line) ?? [];
      if (word === "package") scope = name;
      else if (word === "service") service = `${scope}.${name}`;
      else if (word === "message") this.#messages.set(name, fields = []);
      else if (word === "rpc") {
        const [, request, response] = /^\((\w+)\) returns \((\w+)\)/.exec(rest)!;
        this.methods.set(name, { service, request: request!, response: response! });
      } else fields.push(...readField(line));
    }
  }

  #fields(type: string): readonly Field[] {
    const fields = this.#messages.get(type);
    if (fields === undefined) throw new Error(`Cannot find the message ${type}`);
    return fields;
  }

  /** Makes the bytes of a message; a property that the message does not have is an error. */
  encode(type: string, message: Message): Uint8Array<ArrayBuffer> {
    const fields = this.#fields(type);
    for (const name of Object.keys(message)) {
      if (!fields.some((field) => field.name === name)) throw new Error(`No ${name} in ${type}`);
    }
    return concat(fields.flatMap((field) => {
      const value = message[field.name];
      if (value === undefined) return [];
      if (field.isMap) {
        return Object.entries(value).map(([key, text]) =>
          this.#encodeOne(field, concat([tagged(1, toBytes(key)), tagged(2, toBytes(`${text}`))]))
        );
      }
      return (field.isList ? value : [value]).map((one: unknown) => this.#encodeOne(field, one));
    }));
  }

  #encodeOne({ number, type, isMap }: Field, value: unknown): Uint8Array {
    if (isMap) return tagged(number, value as Uint8Array);
    if (NUMBERS.includes(type)) {
      return concat([varint(BigInt(number << 3 | VARINT)), varint(BigInt(value as number))]);
    }
    const content = type === "string"
      ? toBytes(value as string)
      : this.encode(type, value as Message);
    return tagged(number, content);
  }

  /** Reads the bytes of a message; fields that the text does not declare are passed over. */
  decode(type: string, bytes: Uint8Array): Message {
    const fields = this.#fields(type);
    const message: Message = {};
    for (const field of fields) {
      if (field.isList) message[field.name] = [];
      else if (field.isMap) message[field.name] = {};
      else if (NUMBERS.includes(field.type)) {
        message[field.name] = field.type === "bool" ? false : 0;
      } else if (field.type === "string") message[field.name] = "";
    }
    for (const { number, value } of readRecords(bytes)) {
      const field = fields.find((field) => field.number === number);
      if (field !== undefined) this.#put(message, field, value);
    }
    return message;
  }

  #put(message: Message, field: Field, value: bigint | Uint8Array): void {
    const { name, type } = field;
    if (field.isMap) {
      const [key, text] = [1, 2].map((number) => {
        const record = [...readRecords(value as Uint8Array)].find((one) => one.number === number);
        return new TextDecoder().decode(record?.value as Uint8Array | undefined);
      });
      message[name][key!] = text;
    } else if (field.isList && typeof value !== "bigint" && NUMBERS.includes(type)) {
      // Lists of numbers are packed.
      for (let at = 0; at < value.length;) {
        const [one, end] = readVarint(value, at);
        message[name].push(toNumber(type, one));
        at = end;
      }
    } else {
      const one = typeof value === "bigint"
        ? toNumber(type, value)
        : type === "string"
        ? new TextDecoder().decode(value)
        : this.decode(type, value);
      if (field.isList) message[name].push(one);
      else message[name] = one;
    }
  }
}

function readField(line: string): Field[] {
  const pattern = /^\s*(?:(repeated) )?(?:(map)<string, string>|(\w+)) (\w+) = (\d+);/;
  const [, list, map, type = "map", name, number] = pattern.exec(line) ?? [];
  if (name === undefined) return [];
  return [{
    number: Number(number),
    name,
    type,
    isList: list !== undefined,
    isMap: map !== undefined,
  }];
}

function tagged(number: number, content: Uint8Array): Uint8Array {
  return concat([varint(BigInt(number << 3 | BYTES)), varint(BigInt(content.length)), content]);
}

/** Seven bits a byte, the lowest first; negative numbers as 64 bits. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

function readVarint(bytes: Uint8Array, start: number): [value: bigint, end: number] {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length; at++, shift += 7n) {
    value |= BigInt(bytes[at]! & 0x7f) << shift;
    if (bytes[at]! < 0x80) return [value, at + 1];
  }
  throw new Error("Cannot read a number: it is cut off");
}

function toNumber(type: string, value: bigint): number | boolean {
  if (type === "bool") return value !== 0n;
  return Number(type.startsWith("u") ? value : BigInt.asIntN(64, value));
}

function* readRecords(
  bytes: Uint8Array,
): Generator<{ number: number; value: bigint | Uint8Array }> {
  for (let at = 0; at < bytes.length;) {
    const [tag, start] = readVarint(bytes, at);
    const [number, kind] = [Number(tag >> 3n), Number(tag & 7n)];
    if (kind === VARINT) {
      const [value, end] = readVarint(bytes, start);
      yield { number, value };
      at = end;
      continue;
    }
    if (kind !== FIXED64 && kind !== FIXED32 && kind !== BYTES) {
      throw new Error(`Cannot read a record of the kind ${kind}`);
    }
    const [size, from] = kind === BYTES
      ? readVarint(bytes, start)
      : [kind === FIXED64 ? 8n : 4n, start];
    const end = from + Number(size);
    if (end > bytes.length) throw new Error("Cannot read a record: it is cut off");
    yield { number, value: bytes.subarray(from, end) };
    at = end;
  }
}
