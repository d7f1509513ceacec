/**
 * Values in GLib's text format, as far as properties of units need it: `true`, `5`, `uint64 5`, `'text'`, `['a', 'b']`,
 * `('/dev/null', 'rw')`, `@as []`.
 *
 * @see https://docs.gtk.org/glib/gvariant-text-format.html
 * @module
 */
import { splitSignature } from "../../ffi/systemd/signature.ts";
import type { BusValue, Variant } from "../../ffi/systemd/value.ts";
import { shown } from "../../spec/shown.ts";

/** Keyword → type of D-Bus. */
const TYPES: Readonly<Record<string, string>> = {
  boolean: "b",
  byte: "y",
  int16: "n",
  uint16: "q",
  int32: "i",
  uint32: "u",
  int64: "x",
  uint64: "t",
  double: "d",
  string: "s",
  objectpath: "o",
  signature: "g",
};

/** Type → least and greatest value. */
const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  y: [0n, 0xffn],
  n: [-(2n ** 15n), 2n ** 15n - 1n],
  q: [0n, 2n ** 16n - 1n],
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  u: [0n, 2n ** 32n - 1n],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};

/** What was read, before its type is known: an untyped number takes that of its neighbours in an array. */
type Node =
  | { readonly kind: "boolean"; readonly value: boolean; readonly type?: string }
  | { readonly kind: "number"; readonly text: string; readonly type?: string }
  | { readonly kind: "string"; readonly value: string; readonly type?: string }
  | { readonly kind: "array" | "tuple"; readonly items: readonly Node[]; readonly type?: string };

/**
 * Reads one value.
 *
 * @throws {SyntaxError} Whose message goes on after "is no value: ".
 */
export function parseGvariant(text: string): Variant {
  const reader = new Reader(text);
  const node = reader.readValue();
  reader.expectEnd();
  const signature = node.type ?? typeOf(node);
  return { signature, value: valueOf(node, signature) };
}

const TOKEN =
  /\s*(?:(?<word>[A-Za-z][A-Za-z0-9]*)|@(?<type>[a-z(){}]+)|(?<number>[-+]?(?:0x[0-9a-fA-F]+|[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?))|(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<sign>[[\](),]))/y;

type Token = Readonly<Record<"word" | "type" | "number" | "string" | "sign", string | undefined>>;

// Arbitrary: nobody nests deeper, and who reads a value by recursion must not be made to go on without end.
const DEEPEST = 32;

class Reader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readValue(): Node {
    if (++this.#depth > DEEPEST) throw new SyntaxError("it is nested too deep");
    const node = this.#readAny();
    this.#depth--;
    return node;
  }

  #readAny(): Node {
    const token = this.#next();
    if (token.type !== undefined) return withType(this.readValue(), checkType(token.type));
    if (token.number !== undefined) return { kind: "number", text: token.number };
    if (token.string !== undefined) return { kind: "string", value: unquote(token.string) };
    if (token.sign === "[") return { kind: "array", items: this.#readItems("]") };
    if (token.sign === "(") return { kind: "tuple", items: this.#readItems(")") };
    if (token.word === "true" || token.word === "false") {
      return { kind: "boolean", value: token.word === "true" };
    }
    const type = TYPES[token.word ?? ""];
    if (type === undefined) throw new SyntaxError(`"${token.word ?? token.sign}" is not expected`);
    return withType(this.readValue(), type);
  }

  #readItems(end: string): Node[] {
    const items: Node[] = [];
    for (let more = !this.#skip(end); more;) {
      items.push(this.readValue());
      if (this.#skip(end)) break;
      if (!this.#skip(",")) throw new SyntaxError(`"," or "${end}" is missing`);
      // A tuple of one ends in a comma: (1,)
      more = !(end === ")" && this.#skip(end));
    }
    return items;
  }

  #skip(sign: string): boolean {
    const token = this.#peek();
    if (token?.sign !== sign) return false;
    this.#at = TOKEN.lastIndex;
    return true;
  }

  expectEnd(): void {
    const rest = this.#text.slice(this.#at).trim();
    if (rest !== "") throw new SyntaxError(`${shown(rest)} is too much`);
  }

  #next(): Token {
    const token = this.#peek();
    if (token === undefined) {
      const rest = this.#text.slice(this.#at).trim();
      throw new SyntaxError(
        rest === "" ? "something is missing at its end" : `${shown(rest)} is not expected`,
      );
    }
    this.#at = TOKEN.lastIndex;
    return token;
  }

  /** Leaves the end of what it has found in the pattern. */
  #peek(): Token | undefined {
    TOKEN.lastIndex = this.#at;
    return TOKEN.exec(this.#text)?.groups as Token | undefined;
  }
}

/** Of D-Bus: the longest signature that a message may have. */
const LONGEST = 255;

function checkType(type: string): string {
  try {
    if (type.length <= LONGEST && splitSignature(type).length === 1) return type;
  } catch {
    // Said below.
  }
  throw new SyntaxError(`"@${type}" is no type`);
}

function withType(node: Node, type: string): Node {
  if (node.type !== undefined && node.type !== type) {
    throw new SyntaxError(`it has two types, "${type}" and "${node.type}"`);
  }
  return { ...node, type };
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, escaped: string) => {
    if (escaped.length > 1) return String.fromCharCode(parseInt(escaped.slice(1), 16));
    return { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", a: "\x07" }[escaped] ?? escaped;
  });
}

/** The type that a value has by itself: of numbers without a prefix, int32 or double. */
function typeOf(node: Node): string {
  if (node.type !== undefined) return node.type;
  switch (node.kind) {
    case "boolean":
      return "b";
    case "string":
      return "s";
    case "number":
      return isInteger(node.text) ? "i" : "d";
    case "tuple":
      if (node.items.length === 0) throw new SyntaxError("a tuple may not be empty");
      return `(${node.items.map(typeOf).join("")})`;
    case "array": {
      const [first] = node.items;
      if (first === undefined) {
        throw new SyntaxError('an empty array needs its type, as in "@as []"');
      }
      // One item with a type is enough, and elsewhere an integer among fractions is one of them.
      const types = node.items.map(typeOf);
      const own = node.items.find(({ type }) => type !== undefined)?.type;
      return `a${own ?? (types.includes("d") && types.includes("i") ? "d" : types[0])}`;
    }
  }
}

function isInteger(text: string): boolean {
  return /^[-+]?(?:0x[0-9a-fA-F]+|[0-9]+)$/.test(text);
}

function valueOf(node: Node, type: string): BusValue {
  if (node.type !== undefined && node.type !== type) throw mismatch(node, type);
  if (node.kind === "boolean" && type === "b") return node.value;
  if (node.kind === "string" && "sog".includes(type)) return stringOf(node.value);
  if (node.kind === "number") return numberOf(node.text, type);
  if (node.kind === "array" && type.startsWith("a")) {
    const values = node.items.map((item) => valueOf(item, type.slice(1)));
    return type === "ay" ? Uint8Array.from(values as number[]) : values;
  }
  if (node.kind === "tuple" && type.startsWith("(")) {
    const types = splitSignature(type.slice(1, -1));
    if (types.length === node.items.length) {
      return node.items.map((item, index) => valueOf(item, types[index]!));
    }
  }
  throw mismatch(node, type);
}

function mismatch(node: Node, type: string): SyntaxError {
  return new SyntaxError(`a ${node.kind} does not have the type "${type}"`);
}

function stringOf(text: string): string {
  if (text.includes("\0")) throw new SyntaxError("it holds a NUL");
  return text;
}

function numberOf(text: string, type: string): number | bigint {
  if (type === "d") return Number(text);
  const range = INTEGERS[type];
  if (range === undefined || !isInteger(text)) {
    throw new SyntaxError(`the number ${text} does not have the type "${type}"`);
  }
  const digits = text.replace(/^[-+]/, "");
  const value = text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
  if (value < range[0] || value > range[1]) {
    throw new SyntaxError(`the number ${text} is beyond the type "${type}"`);
  }
  return type === "x" || type === "t" ? value : Number(value);
}
