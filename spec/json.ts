/**
 * JSON, exactly: UTF-8 or nothing, 64-bit integers to the last digit, no member twice.
 *
 * @see RFC 8259
 * @module
 */

import { findFault, type JsonFault, MAX_DEPTH, positionAt } from "./json_fault.ts";

/** Text that is no JSON, or JSON that the runtime-spec forbids. The message is one line. */
export class JsonError extends SyntaxError {
  /** What the class is called. */
  override readonly name = "JsonError";
  /** Line of the fault, from 1. */
  readonly line: number;
  /** Column of the fault in UTF-16 units, from 1. */
  readonly column: number;
  /** What is wrong there, without the position. */
  readonly reason: string;

  /** Takes the place and the reason from `fault`. */
  constructor(fault: JsonFault) {
    super(`Cannot parse JSON: line ${fault.line}, column ${fault.column}: ${fault.reason}`);
    this.line = fault.line;
    this.column = fault.column;
    this.reason = fault.reason;
  }
}

/** The text of a UTF-8 file. Throws a {@linkcode JsonError} where it is none. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    throw new JsonError({ ...positionAt(text, text.indexOf("\uFFFD")), reason: "invalid UTF-8" });
  }
}

/**
 * Parses JSON. An integer beyond ±(2^53 - 1) becomes a bigint: `RLIM_INFINITY` is
 * 18446744073709551615, which `JSON.parse` alone would round up to 2^64.
 *
 * Throws a {@linkcode JsonError} for invalid text, for an object that names a member twice
 * (glossary: MUST NOT), of which `JSON.parse` silently keeps the last, and for values nested deeper
 * than 128 levels.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw faultOf(text, cause);
  }
  const members = countMembers(value, 0);
  // Each member in the text has `":`, and so may the inside of a string: if the text has no more of
  // them than the value has members, none was dropped. Only otherwise is the slow reading needed.
  if (members === TOO_DEEP || (text.match(/"[ \t\r\n]*:/g)?.length ?? 0) !== members) {
    const fault = findFault(text);
    if (fault !== undefined) throw new JsonError(fault);
  }
  // 16 digits are the shortest that can be beyond 2^53. The reviver costs a call for every value.
  return /\d{16}/.test(text) ? JSON.parse(text, keepInteger) : value;
}

/**
 * Writes JSON; a bigint as the integer that it is, which `JSON.stringify` alone refuses.
 * `indent` is the number of spaces, or the string, of one level; without it all is on one line.
 */
export function stringifyJson(value: unknown, indent?: number | string): string {
  return JSON.stringify(value, writeBigint, indent);
}

const TOO_DEEP = -1;

function countMembers(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth > MAX_DEPTH) return TOO_DEEP;
  const values = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : values.length;
  for (const item of values) {
    const inner = countMembers(item, depth + 1);
    if (inner === TOO_DEEP) return TOO_DEEP;
    count += inner;
  }
  return count;
}

/** JSON.parse's third argument, which TypeScript's library does not describe yet. */
interface Source {
  readonly source?: string;
}

function keepInteger(_key: string, value: unknown, { source }: Source = {}): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  // 40 digits are an arbitrary limit above 2^64's 20: BigInt() of a million digits takes seconds.
  return source !== undefined && /^-?\d{1,40}$/.test(source) ? BigInt(source) : value;
}

const rawJSON = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

function writeBigint(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(String(value)) : value;
}

function faultOf(text: string, cause: unknown): unknown {
  const fault = findFault(text);
  return fault === undefined ? cause : new JsonError(fault);
}
