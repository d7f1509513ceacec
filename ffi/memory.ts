/**
 * Memory that C can see: one arena, whose address is taken once.
 *
 * Taking an address costs a call into Deno, so every string and struct of a system call is written into one buffer. A
 * wrapper takes a {@linkcode Scratch} with `using`; what it placed is free again at the end of the block. A fork has
 * the arena at the same address.
 *
 * @module
 */
import { addressOf } from "./libc.ts";

/** Arbitrary; untouched pages cost nothing. A container's whole argv and environ pass through it (2 MiB at most). */
const SIZE = 8 << 20;

const encoder = new TextEncoder();

interface Arena {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly base: number;
  top: number;
}

let arena: Arena | undefined;

function open(): Arena {
  const bytes = new Uint8Array(SIZE);
  return { bytes, view: new DataView(bytes.buffer), base: addressOf(bytes), top: 0 };
}

/** A stretch of the arena for the length of one block. Addresses are absolute. */
export class Scratch implements Disposable {
  readonly #arena: Arena;
  readonly #mark: number;

  constructor() {
    this.#arena = arena ??= open();
    this.#mark = this.#arena.top;
  }

  [Symbol.dispose](): void {
    this.#arena.top = this.#mark;
  }

  #take(size: number): number {
    const { top, base } = this.#arena;
    // 8: every struct of the kernel's interface is content with that.
    const next = (top + size + 7) & ~7;
    if (next > SIZE) throw new RangeError(`Cannot place ${size} bytes: the arena is full`);
    this.#arena.top = next;
    return base + top;
  }

  /** `size` zeroed bytes. */
  zeros(size: number): number {
    const address = this.#take(size);
    const at = address - this.#arena.base;
    this.#arena.bytes.fill(0, at, at + size);
    return address;
  }

  /** A copy of the bytes. */
  bytes(bytes: Uint8Array): number {
    const address = this.#take(bytes.length);
    this.#arena.bytes.set(bytes, address - this.#arena.base);
    return address;
  }

  /** A NUL-terminated string, or NULL. A string with a NUL inside would mean another string to C, so it throws. */
  cstring(text: string | null): number {
    if (text === null) return 0;
    if (text.includes("\0")) {
      throw new TypeError(`Cannot pass ${JSON.stringify(text)} to C: it holds a NUL`);
    }
    const address = this.#take(text.length * 3 + 1);
    const at = address - this.#arena.base;
    const { written } = encoder.encodeInto(text, this.#arena.bytes.subarray(at));
    this.#arena.bytes[at + written] = 0;
    this.#arena.top = (at + written + 8) & ~7;
    return address;
  }

  /** A `char *[]`, ended by NULL. */
  cstrings(texts: readonly string[]): number {
    const addresses = texts.map((text) => this.cstring(text));
    return this.words([...addresses, 0]);
  }

  /** An array of 64-bit words. */
  words(words: readonly number[]): number {
    const address = this.#take(words.length * 8);
    const at = address - this.#arena.base;
    words.forEach((word, i) => this.#arena.view.setBigUint64(at + i * 8, BigInt(word), true));
    return address;
  }

  /** The bytes at an address of this arena; valid until the block ends. */
  u8(address: number, size: number): Uint8Array<ArrayBuffer> {
    const at = address - this.#arena.base;
    return this.#arena.bytes.subarray(at, at + size);
  }

  /** A view of the bytes at an address of this arena; valid until the block ends. */
  view(address: number, size: number): DataView {
    return new DataView(this.#arena.bytes.buffer, address - this.#arena.base, size);
  }
}

/** Opens a stretch of the arena: `using m = scratch();`. */
export function scratch(): Scratch {
  return new Scratch();
}
