/**
 * Values of D-Bus, and putting them into messages and out of them.
 *
 * @see https://dbus.freedesktop.org/doc/dbus-specification.html#type-system
 * @module
 */
import { scratch } from "../memory.ts";
import { addressAt, checkSdBus, stringAt } from "./libsystemd.ts";
import { splitSignature } from "./signature.ts";

/**
 * A value; its signature says which. Integers of 64 bits are bigints. Arrays and structs are arrays; an array of bytes is a
 * Uint8Array; an array of dictionary entries is an array of pairs.
 */
export type BusValue =
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Variant
  | readonly BusValue[];

/** A value that brings its signature along. */
export interface Variant {
  readonly signature: string;
  readonly value: BusValue;
}

/** The types that are strings to C. */
const STRINGS = "sog";

/** How C holds the numbers; a boolean is an int there. */
const NUMBERS: Readonly<Record<string, (view: DataView, value: BusValue) => void>> = {
  y: (view, value) => view.setUint8(0, Number(value)),
  b: (view, value) => view.setInt32(0, value === true ? 1 : 0, true),
  n: (view, value) => view.setInt16(0, Number(value), true),
  q: (view, value) => view.setUint16(0, Number(value), true),
  i: (view, value) => view.setInt32(0, Number(value), true),
  u: (view, value) => view.setUint32(0, Number(value), true),
  x: (view, value) => view.setBigInt64(0, BigInt(value as bigint), true),
  t: (view, value) => view.setBigUint64(0, BigInt(value as bigint), true),
  d: (view, value) => view.setFloat64(0, Number(value), true),
};

/** Adds values to a message, as many as the signature has types. */
export function appendValues(
  message: number,
  signature: string,
  values: readonly BusValue[],
): void {
  splitSignature(signature).forEach((type, index) => {
    const value = values[index];
    if (value === undefined) throw new TypeError(`Cannot append type "${type}": there is no value`);
    appendValue(message, type, value);
  });
}

function appendValue(message: number, type: string, value: BusValue): void {
  const [first = ""] = type;
  if (first === "v") {
    const { signature, value: inner } = value as Variant;
    return inContainer(message, "v", signature, () => appendValue(message, signature, inner));
  }
  if (value instanceof Uint8Array && type === "ay") return appendBytes(message, value);
  const values = value as readonly BusValue[];
  if (first === "a") {
    const element = type.slice(1);
    return inContainer(message, "a", element, () => {
      for (const item of values) appendValue(message, element, item);
    });
  }
  if (first === "(" || first === "{") {
    const contents = type.slice(1, -1);
    const kind = first === "(" ? "r" : "e";
    return inContainer(message, kind, contents, () => appendValues(message, contents, values));
  }
  appendBasic(message, first, value);
}

function inContainer(message: number, kind: string, contents: string, fill: () => void): void {
  using m = scratch();
  const words = [message, kind.charCodeAt(0), m.cstring(contents)];
  checkSdBus("sd_bus_message_open_container", `m, '${kind}', "${contents}"`, ...words);
  fill();
  checkSdBus("sd_bus_message_close_container", "m", message);
}

function appendBytes(message: number, bytes: Uint8Array): void {
  using m = scratch();
  const words = [message, "y".charCodeAt(0), m.bytes(bytes), bytes.length];
  checkSdBus("sd_bus_message_append_array", `m, 'y', …, ${bytes.length}`, ...words);
}

function appendBasic(message: number, type: string, value: BusValue): void {
  using m = scratch();
  const words = [message, type.charCodeAt(0)];
  if (STRINGS.includes(type)) {
    words.push(m.cstring(value as string));
  } else {
    const number = m.zeros(8);
    NUMBERS[type]?.(m.view(number, 8), value);
    words.push(number);
  }
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  checkSdBus("sd_bus_message_append_basic", `m, '${type}', ${shown}`, ...words);
}

/** Takes values out of a message: strings, booleans, `u`, `t`, and variants of those, which lose their signature. */
export function readValues(message: number, signature: string): BusValue[] {
  return splitSignature(signature).map((type) => readBasic(message, type));
}

/** Reads a variant whose content has a known type. */
export function readVariant(message: number, type: string): BusValue {
  using m = scratch();
  const words = [message, "v".charCodeAt(0), m.cstring(type)];
  checkSdBus("sd_bus_message_enter_container", `m, 'v', "${type}"`, ...words);
  const value = readBasic(message, type);
  checkSdBus("sd_bus_message_exit_container", "m", message);
  return value;
}

function readBasic(message: number, type: string): BusValue {
  using m = scratch();
  const place = m.zeros(8);
  const words = [message, type.charCodeAt(0), place];
  checkSdBus("sd_bus_message_read_basic", `m, '${type}'`, ...words);
  if (STRINGS.includes(type)) return stringAt(addressAt(m, place)) ?? "";
  const view = m.view(place, 8);
  if (type === "t") return view.getBigUint64(0, true);
  return type === "b" ? view.getInt32(0, true) !== 0 : view.getUint32(0, true);
}
