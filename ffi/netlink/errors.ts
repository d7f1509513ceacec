/**
 * What goes wrong on a netlink socket: the kernel refuses, or a message makes no sense.
 *
 * @module
 */
import { errnoName, errnoText } from "../errno.ts";

/** The kernel's whole answer to a refused request. */
export interface Refusal {
  /** Positive error number. */
  readonly errno: number;
  /** The kernel's sentence on what is wrong, if it has one (extended ack). */
  readonly extack?: string | undefined;
  /** Where in the request the offending attribute starts, in bytes, if the kernel says so. */
  readonly offset?: number | undefined;
}

/**
 * A request that the kernel refused, printed as the call with its arguments, the errno and the
 * kernel's sentence: `RTM_NEWLINK({ifi_index=5}): EBUSY (Device or resource busy): The ifindex …`.
 */
export class NetlinkError extends Error {
  override readonly name = "NetlinkError";
  /** The message type in the kernel's spelling. */
  readonly operation: string;
  /** The request's arguments as printed. */
  readonly args: string;
  /** The positive error number. */
  readonly errno: number;
  /** The error number's name. */
  readonly code: string;
  /** The kernel's sentence (extended ack); undefined where the kernel has none. */
  readonly extack: string | undefined;
  /** Where in the request the offending attribute starts, in bytes. */
  readonly offset: number | undefined;

  constructor(operation: string, args: string, refusal: Refusal) {
    const { errno, extack, offset } = refusal;
    const code = errnoName(errno);
    // Some of the kernel's sentences end in a full stop and some do not.
    const sentence = extack === undefined ? "" : `: ${extack.replace(/\.$/, "")}`;
    super(`${operation}(${args}): ${code} (${errnoText(errno)})${sentence}`);
    this.operation = operation;
    this.args = args;
    this.errno = errno;
    this.code = code;
    this.extack = extack;
    this.offset = offset;
  }
}

/** Bytes that are no netlink message: a length beyond the buffer, a value of the wrong size. */
export class NetlinkFormatError extends Error {
  override readonly name = "NetlinkFormatError";
}

/** Whether an error is a refused request with one of the given errnos. */
export function isNetlinkErrno(
  error: unknown,
  ...errnos: readonly number[]
): error is NetlinkError {
  return error instanceof NetlinkError && errnos.includes(error.errno);
}
