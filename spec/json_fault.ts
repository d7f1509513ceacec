/**
 * Finds the first fault of a JSON text, with its place.
 *
 * Slow and exact, beside the engine's own parser: its messages differ between versions, often lack
 * the place, and it accepts a member that appears twice. Only used once something is known, or
 * suspected, to be wrong.
 *
 * @module
 */

/** A place in a text and what is wrong there. */
export interface JsonFault extends JsonPosition {
  /** One phrase. */
  readonly reason: string;
}

/** A place in a text, both numbers from 1. */
export interface JsonPosition {
  /** How many newlines come before, and one. */
  readonly line: number;
  /** UTF-16 units since the last newline, and one. */
  readonly column: number;
}

/**
 * How deep values may be nested. Arbitrary: a config needs about 8 levels, and without a limit the
 * recursive readers of a text of brackets run out of stack.
 */
export const MAX_DEPTH = 128;

/** The line and column of an offset. */
export function positionAt(text: string, offset: number): JsonPosition {
  const before = text.slice(0, Math.max(offset, 0));
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - start + 1 };
}

/** The first fault of `text`; `undefined` when it is JSON without a member that appears twice. */
export function findFault(text: string): JsonFault | undefined {
  const reader = new Reader(text);
  try {
    reader.document();
    return undefined;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { ...positionAt(text, fault.offset), reason: fault.message };
  }
}

class Fault extends Error {
  readonly offset: number;
  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// From the space upwards, without the quote and the backslash, or an escape.
const STRING = /"(?:[ !#-[\]-\u{10FFFF}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
// As far as a string is right, to show where it goes wrong.
const STRING_START = /"(?:[ !#-[\]-\u{10FFFF}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy;
const WORD = /true|false|null/y;

/** A recursive descent over RFC 8259's grammar; the methods are named after its rules. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    if (this.#text.startsWith("\uFEFF")) throw new Fault(0, "expected no byte order mark");
    this.#value(0);
    if (this.#at < this.#text.length) throw this.#unexpected("end of text");
  }

  #value(depth: number): void {
    this.#skip(SPACE);
    const first = this.#text[this.#at];
    if (depth > MAX_DEPTH && (first === "{" || first === "[")) {
      throw new Fault(this.#at, `nested deeper than ${MAX_DEPTH} levels`);
    }
    if (first === "{") this.#object(depth);
    else if (first === "[") this.#array(depth);
    else if (first === '"') this.#string("string");
    else if (!this.#skip(NUMBER) && !this.#skip(WORD)) throw this.#unexpected("value");
    this.#skip(SPACE);
  }

  #object(depth: number): void {
    const names = new Set<string>();
    this.#at++;
    this.#skip(SPACE);
    if (this.#take("}")) return;
    do {
      this.#skip(SPACE);
      const start = this.#at;
      const name = this.#string("member name");
      if (names.has(name)) throw new Fault(start, `duplicate member name ${JSON.stringify(name)}`);
      names.add(name);
      this.#skip(SPACE);
      if (!this.#take(":")) throw this.#unexpected('":"');
      this.#value(depth + 1);
    } while (this.#take(","));
    if (!this.#take("}")) throw this.#unexpected('"," or "}"');
  }

  #array(depth: number): void {
    this.#at++;
    this.#skip(SPACE);
    if (this.#take("]")) return;
    do this.#value(depth + 1); while (this.#take(","));
    if (!this.#take("]")) throw this.#unexpected('"," or "]"');
  }

  #string(what: string): string {
    const start = this.#at;
    if (this.#skip(STRING)) return JSON.parse(this.#text.slice(start, this.#at));
    if (!this.#skip(STRING_START)) throw this.#unexpected(what);
    const bad = this.#text[this.#at];
    if (bad === undefined) throw new Fault(start, "string without an end");
    const reason = bad === "\\" ? "invalid escape in string" : "control character in string";
    throw new Fault(this.#at, reason);
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #unexpected(expected: string): Fault {
    const code = this.#text.codePointAt(this.#at);
    const got = code === undefined ? "end of text" : JSON.stringify(String.fromCodePoint(code));
    return new Fault(this.#at, `expected ${expected}, got ${got}`);
  }
}
