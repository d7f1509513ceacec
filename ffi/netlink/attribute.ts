/**
 * Netlink attributes: type, length, value, padded to four bytes.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-+-+---------------------------+
 * |       nla_len (with header)   |N|O|         nla_type          |
 * +-------------------------------+-+-+---------------------------+
 * |                    value, padded to four bytes                |
 * +---------------------------------------------------------------+
 * ```
 *
 * N: NLA_F_NESTED, the value is attributes itself; O: NLA_F_NET_BYTEORDER.
 *
 * @see netlink(7), include/uapi/linux/netlink.h
 * @module
 */
import { Struct } from "../struct.ts";
import { NLA_ALIGN, NLA_HDRLEN } from "./align.ts";
import { NLA } from "./constants.ts";
import { NetlinkFormatError } from "./errors.ts";

/** `struct nlattr`, the same bytes as rtnetlink's `struct rtattr`. */
export const nlattr = new Struct("nlattr", { nla_len: "u16", nla_type: "u16" });

/** One attribute, as it was decoded or as it is to be encoded. */
export interface Attribute {
  /** The type without flags, in the spelling of its message: an `IFLA_*`, an `IFA_*`. */
  readonly type: number;
  /** `NLA_F_*` bits of the type; what was decoded with them is encoded with them again. */
  readonly flags?: number;
  readonly value: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An attribute with an 8-bit value. */
export function u8(type: number, value: number): Attribute {
  return { type, value: Uint8Array.of(value) };
}

/** An attribute with a 32-bit value in host order. */
export function u32(type: number, value: number): Attribute {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return { type, value: bytes };
}

/** An attribute with a string, which ends in NUL on the wire. */
export function string(type: number, text: string): Attribute {
  return { type, value: encoder.encode(`${text}\0`) };
}

/** An attribute that holds attributes. */
export function nested(type: number, attributes: readonly Attribute[]): Attribute {
  return { type, flags: NLA.NLA_F_NESTED, value: encodeAttributes(attributes) };
}

/** The bytes of attributes, one after the other, each padded. */
export function encodeAttributes(attributes: readonly Attribute[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const { value } of attributes) size += NLA_ALIGN(NLA_HDRLEN + value.length);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { type, flags = 0, value } of attributes) {
    const length = NLA_HDRLEN + value.length;
    nlattr.encode({ nla_len: length, nla_type: type | flags }, bytes, at);
    bytes.set(value, at + NLA_HDRLEN);
    at += NLA_ALIGN(length);
  }
  return bytes;
}

/**
 * Reads attributes and remembers the first thing that is wrong with them, so that the loop which
 * reads stays flat: iterate, take values, and call `finish` once at the end.
 */
export class AttributeDecoder implements Iterable<Attribute> {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #error: NetlinkFormatError | undefined;

  /** @param what Names the attributes in errors: "IFLA_LINKINFO". */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** The attributes in their order; a malformed one ends the iteration. */
  *[Symbol.iterator](): Generator<Attribute> {
    const bytes = this.#bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length;) {
      const left = bytes.length - at;
      // Less than a header is left only where somebody cut the message: the kernel pads.
      const length = left < NLA_HDRLEN ? left : view.getUint16(at, true);
      if (length < NLA_HDRLEN || length > left) {
        this.#fail(`an attribute of ${length} bytes at offset ${at} of ${bytes.length}`);
        return;
      }
      const type = view.getUint16(at + 2, true);
      yield {
        type: type & NLA.NLA_TYPE_MASK,
        flags: type & ~NLA.NLA_TYPE_MASK,
        value: bytes.subarray(at + NLA_HDRLEN, at + length),
      };
      // The last attribute may lack its padding.
      at += NLA_ALIGN(length);
    }
  }

  /** The 8-bit value; 0 and a remembered error when the size is wrong. */
  u8({ type, value }: Attribute): number {
    return this.#sized(type, value, 1)?.getUint8(0) ?? 0;
  }

  /** The 32-bit value in host order; 0 and a remembered error when the size is wrong. */
  u32({ type, value }: Attribute): number {
    return this.#sized(type, value, 4)?.getUint32(0, true) ?? 0;
  }

  /** The signed 32-bit value in host order; 0 and a remembered error when the size is wrong. */
  s32({ type, value }: Attribute): number {
    return this.#sized(type, value, 4)?.getInt32(0, true) ?? 0;
  }

  /** The string up to its NUL. */
  string({ value }: Attribute): string {
    const end = value.indexOf(0);
    return decoder.decode(end < 0 ? value : value.subarray(0, end));
  }

  /** The attributes within; what is wrong with them is remembered here. */
  *nested({ value }: Attribute, what: string): Generator<Attribute> {
    const inner = new AttributeDecoder(value, what);
    yield* inner;
    this.#error ??= inner.#error;
  }

  /** Throws the first error there was. */
  finish(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  #sized(type: number, value: Uint8Array, size: number): DataView | undefined {
    if (value.length === size) return new DataView(value.buffer, value.byteOffset, size);
    this.#fail(`attribute ${type} has ${value.length} bytes and not ${size}`);
    return undefined;
  }

  #fail(why: string): void {
    this.#error ??= new NetlinkFormatError(`Cannot decode ${this.#what}: ${why}`);
  }
}
