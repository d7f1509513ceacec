/**
 * Netlink messages: a header of 16 bytes, a payload, padding to four bytes; several may share a
 * datagram.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------------------------------------------------------+
 * |                    nlmsg_len (with header)                    |
 * +-------------------------------+-------------------------------+
 * |          nlmsg_type           |          nlmsg_flags          |
 * +-------------------------------+-------------------------------+
 * |                           nlmsg_seq                           |
 * +---------------------------------------------------------------+
 * |                           nlmsg_pid                           |
 * +---------------------------------------------------------------+
 * ```
 *
 * @see netlink(7), include/uapi/linux/netlink.h
 * @module
 */
import { Struct } from "../struct.ts";
import { NLMSG_ALIGN, NLMSG_HDRLEN, NLMSG_LENGTH } from "./align.ts";
import { AttributeDecoder } from "./attribute.ts";
import { NLM_F, NLMSG, NLMSGERR_ATTR } from "./constants.ts";
import { NetlinkFormatError, type Refusal } from "./errors.ts";

/** `struct nlmsghdr`. */
export const nlmsghdr = new Struct("nlmsghdr", {
  nlmsg_len: "u32",
  nlmsg_type: "u16",
  nlmsg_flags: "u16",
  nlmsg_seq: "u32",
  nlmsg_pid: "u32",
});

/**
 * `struct nlmsgerr`: what an NLMSG_ERROR carries. The request follows unless NLM_F_CAPPED is set,
 * then attributes if NLM_F_ACK_TLVS is.
 *
 * ```
 * +---------------------------------------------------------------+
 * |                  error (negative errno, or 0)                 |
 * +---------------------------------------------------------------+
 * |               msg: the request's nlmsghdr, 16 bytes           |
 * +---------------------------------------------------------------+
 * ```
 */
export const nlmsgerr = new Struct("nlmsgerr", { error: "s32", msg: nlmsghdr });

/** One message. */
export interface Message {
  /** An `RTM_*`, or an `NLMSG_*`. */
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly payload: Uint8Array;
}

/** The bytes of one message, padded. The kernel fills in `nlmsg_pid` on its way. */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const length = NLMSG_LENGTH(message.payload.length);
  const bytes = new Uint8Array(NLMSG_ALIGN(length));
  nlmsghdr.encode({
    nlmsg_len: length,
    nlmsg_type: message.type,
    nlmsg_flags: message.flags,
    nlmsg_seq: message.seq,
  }, bytes);
  bytes.set(message.payload, NLMSG_HDRLEN);
  return bytes;
}

/** The messages of a datagram; one that does not fit in it is a `NetlinkFormatError`. */
export function decodeMessages(datagram: Uint8Array): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < datagram.length;) {
    const left = datagram.length - at;
    const header = left < NLMSG_HDRLEN ? undefined : nlmsghdr.decode(datagram, at);
    const length = header?.nlmsg_len ?? left;
    if (header === undefined || length < NLMSG_HDRLEN || length > left) {
      throw new NetlinkFormatError(
        `Cannot decode a netlink datagram: a message of ${length} bytes at offset ${at} of ${datagram.length}`,
      );
    }
    messages.push({
      type: header.nlmsg_type,
      flags: header.nlmsg_flags,
      seq: header.nlmsg_seq,
      payload: datagram.subarray(at + NLMSG_HDRLEN, at + length),
    });
    at += NLMSG_ALIGN(length);
  }
  return messages;
}

/**
 * What an NLMSG_ERROR or NLMSG_DONE says: undefined is success, for an error of 0 is an ack.
 * Without the option NETLINK_EXT_ACK the sentence is absent, and the errno is all there is.
 */
export function decodeRefusal(message: Message): Refusal | undefined {
  const { type, flags, payload } = message;
  const what = type === NLMSG.NLMSG_DONE ? "NLMSG_DONE" : "NLMSG_ERROR";
  const size = type === NLMSG.NLMSG_DONE ? 4 : nlmsgerr.size;
  if (payload.length < size) {
    throw new NetlinkFormatError(`Cannot decode ${what}: ${payload.length} bytes are no answer`);
  }
  const errno = -new DataView(payload.buffer, payload.byteOffset).getInt32(0, true);
  if (errno <= 0) return undefined;
  if (!(flags & NLM_F.NLM_F_ACK_TLVS)) return { errno };
  const capped = type === NLMSG.NLMSG_DONE || (flags & NLM_F.NLM_F_CAPPED) !== 0;
  const tlvs = capped ? size : 4 + NLMSG_ALIGN(nlmsgerr.decode(payload).msg.nlmsg_len);
  const attributes = new AttributeDecoder(payload.subarray(tlvs), what);
  let extack: string | undefined;
  let offset: number | undefined;
  for (const attribute of attributes) {
    if (attribute.type === NLMSGERR_ATTR.NLMSGERR_ATTR_MSG) extack = attributes.string(attribute);
    if (attribute.type === NLMSGERR_ATTR.NLMSGERR_ATTR_OFFS) offset = attributes.u32(attribute);
  }
  attributes.finish();
  return { errno, extack, offset };
}
