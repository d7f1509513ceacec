/**
 * C structs as field lists: one list in C order gives the size, the offsets, the codec and the
 * TypeScript type, so that a layout is written down once and a wrong field name does not compile.
 *
 * Both machines that we run on (x86-64 and aarch64) are little-endian with natural alignment.
 */

/** The scalars of the kernel's headers; `ptr` and `usize` are words whose value is a JS number. */
export type Scalar = "u8" | "s8" | "u16" | "s16" | "u32" | "s32" | "u64" | "s64" | "ptr" | "usize";

/** What a field can be: a scalar, a byte array such as `"u8[14]"`, or a struct within the struct. */
// deno-lint-ignore no-explicit-any -- the field list of a nested struct is of no concern here
export type FieldType = Scalar | `u8[${number}]` | Struct<any>;

/** A field list: names in C spelling, in C order. */
export type Fields = { readonly [name: string]: FieldType };

/** The TypeScript type of one field. */
export type FieldValue<T extends FieldType> = T extends "u64" | "s64" ? bigint
  : T extends `u8[${number}]` ? Uint8Array
  : T extends Struct<infer F> ? StructValues<F>
  : number;

/** What `decode` returns: every field with its value. */
export type StructValues<F extends Fields> = { -readonly [K in keyof F]: FieldValue<F[K]> };

/** What `encode` takes: fields that are left out (at any depth) are zero. */
export type StructInput<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends Struct<infer G> ? StructInput<G> : FieldValue<F[K]>;
};

interface Codec {
  readonly size: number;
  readonly alignment: number;
  readonly fits: (value: unknown) => boolean;
  readonly get: (view: DataView, at: number) => unknown;
  readonly set: (view: DataView, at: number, value: never) => void;
}

interface PlacedField {
  readonly name: string;
  readonly type: string;
  readonly offset: number;
  readonly codec: Codec;
}

/** A C struct that was declared by its fields. */
export class Struct<const F extends Fields> {
  /** The struct's tag in C. */
  readonly name: string;
  /** `sizeof`, in bytes, with the padding at the end. */
  readonly size: number;
  /** `_Alignof`, in bytes. */
  readonly alignment: number;
  /** `offsetof` of each field, in bytes. */
  readonly offsets: { readonly [K in keyof F]: number };
  /** `sizeof` each field, in bytes. */
  readonly sizes: { readonly [K in keyof F]: number };
  readonly #fields: readonly PlacedField[];

  /** Lays the fields out as the C compiler does: each at the next multiple of its alignment. */
  constructor(name: string, fields: F) {
    const placed: PlacedField[] = [];
    const offsets: Record<string, number> = {};
    const sizes: Record<string, number> = {};
    let end = 0;
    let alignment = 1;
    for (const [field, type] of Object.entries(fields)) {
      const codec = codecOf(type, `${name}.${field}`);
      const offset = alignUp(end, codec.alignment);
      placed.push({
        name: field,
        type: typeof type === "string" ? type : type.name,
        offset,
        codec,
      });
      offsets[field] = offset;
      sizes[field] = codec.size;
      end = offset + codec.size;
      alignment = Math.max(alignment, codec.alignment);
    }
    this.name = name;
    this.size = alignUp(end, alignment);
    this.alignment = alignment;
    this.offsets = offsets as { readonly [K in keyof F]: number };
    this.sizes = sizes as { readonly [K in keyof F]: number };
    this.#fields = placed;
  }

  /**
   * Writes the struct at `offset` of `target` (a new array if there is none) and returns its bytes.
   * Fields left out and padding are zero: the kernel refuses dirty bytes in extensible structs, and
   * reused memory must not leak into them. A value that does not fit is a `RangeError`.
   */
  encode(values: StructInput<F>, target?: Uint8Array | DataView, offset = 0): Uint8Array {
    const view = viewOf(target ?? new Uint8Array(this.size));
    this.#refuseShort("encode", view, offset);
    const bytes = new Uint8Array(view.buffer, view.byteOffset + offset, this.size);
    bytes.fill(0);
    for (const { name, type, offset: fieldOffset, codec } of this.#fields) {
      const value = values[name as keyof F];
      if (value === undefined) continue;
      if (!codec.fits(value)) {
        throw new RangeError(
          `Cannot encode ${this.name}.${name}: ${value} does not fit into ${type}`,
        );
      }
      codec.set(view, offset + fieldOffset, value as never);
    }
    return bytes;
  }

  /** Reads the struct at `offset`; byte arrays are copies. Too few bytes are a `RangeError`. */
  decode(source: Uint8Array | DataView, offset = 0): StructValues<F> {
    const view = viewOf(source);
    this.#refuseShort("decode", view, offset);
    const values: Record<string, unknown> = {};
    for (const { name, offset: fieldOffset, codec } of this.#fields) {
      values[name] = codec.get(view, offset + fieldOffset);
    }
    return values as StructValues<F>;
  }

  #refuseShort(action: string, view: DataView, offset: number): void {
    const left = view.byteLength - offset;
    if (offset >= 0 && left >= this.size) return;
    throw new RangeError(
      `Cannot ${action} struct ${this.name}: it has ${this.size} bytes, there are ${left} at offset ${offset}`,
    );
  }
}

const WORD = 2 ** 32;
const INT = 2 ** 31;

// JavaScript's bitwise operators give signed 32-bit results, so a flag word with bit 31 set comes
// here as a negative number: unsigned words take it and store it as C would convert it.
const SCALARS: Record<Scalar, Codec> = {
  u8: scalar(1, 0, 0xff, (v, at) => v.getUint8(at), (v, at, n) => v.setUint8(at, n)),
  s8: scalar(1, -0x80, 0x7f, (v, at) => v.getInt8(at), (v, at, n) => v.setInt8(at, n)),
  u16: scalar(
    2,
    0,
    0xffff,
    (v, at) => v.getUint16(at, true),
    (v, at, n) => v.setUint16(at, n, true),
  ),
  s16: scalar(
    2,
    -0x8000,
    0x7fff,
    (v, at) => v.getInt16(at, true),
    (v, at, n) => v.setInt16(at, n, true),
  ),
  u32: scalar(
    4,
    -INT,
    WORD - 1,
    (v, at) => v.getUint32(at, true),
    (v, at, n) => v.setUint32(at, n, true),
  ),
  s32: scalar(
    4,
    -INT,
    INT - 1,
    (v, at) => v.getInt32(at, true),
    (v, at, n) => v.setInt32(at, n, true),
  ),
  u64: bigScalar(2n ** 64n - 1n, (v, at) => v.getBigUint64(at, true)),
  s64: bigScalar(2n ** 63n - 1n, (v, at) => v.getBigInt64(at, true)),
  ptr: scalar(8, 0, Number.MAX_SAFE_INTEGER, getWord, setWord),
  usize: scalar(8, 0, Number.MAX_SAFE_INTEGER, getWord, setWord),
};

function scalar(
  size: number,
  low: number,
  high: number,
  get: (view: DataView, at: number) => number,
  set: (view: DataView, at: number, value: number) => void,
): Codec {
  const fits = (value: unknown) =>
    Number.isInteger(value) && value as number >= low && value as number <= high;
  return { size, alignment: size, fits, get, set };
}

function bigScalar(high: bigint, get: (view: DataView, at: number) => bigint): Codec {
  return {
    size: 8,
    alignment: 8,
    fits: (value) => typeof value === "bigint" && value >= -(2n ** 63n) && value <= high,
    get,
    set: (view, at, value: bigint) => view.setBigUint64(at, value, true),
  };
}

function getWord(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * WORD;
}

function setWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % WORD, true);
  view.setUint32(at + 4, Math.floor(value / WORD), true);
}

function codecOf(type: FieldType, what: string): Codec {
  if (type instanceof Struct) return structCodec(type);
  const codec = type.startsWith("u8[") ? byteArray(type) : SCALARS[type as Scalar];
  if (codec === undefined) {
    throw new TypeError(`Cannot lay out ${what}: there is no type "${type}"`);
  }
  return codec;
}

function byteArray(type: string): Codec | undefined {
  const digits = /^u8\[(\d+)\]$/.exec(type)?.[1];
  if (digits === undefined) return undefined;
  const size = Number(digits);
  return {
    size,
    alignment: 1,
    fits: (value) => value instanceof Uint8Array && value.length <= size,
    get: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, size).slice(),
    set: (view, at, value: Uint8Array) =>
      new Uint8Array(view.buffer, view.byteOffset + at, size).set(value),
  };
}

// deno-lint-ignore no-explicit-any -- the field list of a nested struct is of no concern here
function structCodec(struct: Struct<any>): Codec {
  return {
    size: struct.size,
    alignment: struct.alignment,
    fits: (value) => typeof value === "object",
    get: (view, at) => struct.decode(view, at),
    set: (view, at, value) => void struct.encode(value, view, at),
  };
}

function viewOf(bytes: Uint8Array | DataView): DataView {
  return bytes instanceof DataView
    ? bytes
    : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function alignUp(n: number, alignment: number): number {
  return Math.ceil(n / alignment) * alignment;
}
