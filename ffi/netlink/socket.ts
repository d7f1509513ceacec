/**
 * The kernel's end of a {@linkcode Transport}: an AF_NETLINK socket.
 *
 * A netlink socket belongs to the network namespace in which it was made, for ever and whoever uses
 * it from wherever.
 *
 * @see netlink(7)
 * @module
 */
import { check, retry } from "../check.ts";
import { E, Printed, SyscallError } from "../errno.ts";
import type { OwnedFd } from "../fd.ts";
import { addressOf, syscall } from "../libc.ts";
import { scratch } from "../memory.ts";
import { NR } from "../numbers.ts";
import { socket } from "../socket.ts";
import { Struct } from "../struct.ts";
import { NETLINK } from "./constants.ts";
import type { Transport } from "./transport.ts";

/** `struct sockaddr_nl`; the kernel itself has the port 0. @see netlink(7) */
export const sockaddr_nl = new Struct("sockaddr_nl", {
  nl_family: "u16",
  nl_pad: "u16",
  nl_pid: "u32",
  nl_groups: "u32",
});

/** The kernel fills dumps up to 32 KiB a datagram if the reader offers as much (Linux 4.9). */
const BUFFER_SIZE = 64 << 10;

const MSG_DONTWAIT = 0x40;
/** Has recvfrom return the datagram's true length, so that one that was cut is noticed. */
const MSG_TRUNC = 0x20;

/** One buffer for all sockets: a datagram is decoded before the next one is asked for. */
let shared: { readonly bytes: Uint8Array<ArrayBuffer>; readonly address: number } | undefined;

function buffer(): NonNullable<typeof shared> {
  if (shared === undefined) {
    const bytes = new Uint8Array(BUFFER_SIZE);
    shared = { bytes, address: addressOf(bytes) };
  }
  return shared;
}

/** A netlink socket of the network namespace that the calling thread is in. */
class NetlinkSocket implements Transport {
  readonly #fd: OwnedFd;

  constructor(protocol: number, groups: number) {
    const fd = socket(NETLINK.AF_NETLINK, NETLINK.SOCK_RAW, protocol);
    try {
      bind(fd, groups);
      setOption(fd, "NETLINK_EXT_ACK");
      setOption(fd, "NETLINK_CAP_ACK");
      setOption(fd, "NETLINK_GET_STRICT_CHK");
    } catch (error) {
      fd.close();
      throw error;
    }
    this.#fd = fd;
  }

  send(datagram: Uint8Array<ArrayBuffer>): void {
    using m = scratch();
    const address = m.bytes(datagram);
    const size = datagram.length;
    const result = retry(() => syscall(NR.sendto, this.#fd.fd, address, size, 0, 0, 0));
    check(result, "sendto", this.#fd, new Printed("…"), size);
  }

  receive(): Uint8Array {
    for (;;) {
      const datagram = this.#receive(0);
      if (datagram !== undefined) return datagram;
    }
  }

  receiveNow(): Uint8Array | undefined {
    try {
      return this.#receive(MSG_DONTWAIT);
    } catch (error) {
      if (error instanceof SyscallError && error.errno === E.EAGAIN) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#fd.close();
  }

  /** One datagram, or undefined for one that does not come from the kernel. */
  #receive(how: number): Uint8Array | undefined {
    using m = scratch();
    const { bytes, address } = buffer();
    const name = m.bytes(sockaddr_nl.encode({}));
    const nameSize = m.words([sockaddr_nl.size]);
    const result = retry(() =>
      syscall(NR.recvfrom, this.#fd.fd, address, BUFFER_SIZE, how | MSG_TRUNC, name, nameSize)
    );
    const size = check(result, "recvfrom", this.#fd, new Printed("…"), BUFFER_SIZE);
    if (size > BUFFER_SIZE) {
      throw new RangeError(
        `Cannot receive a netlink datagram of ${size} bytes: ${BUFFER_SIZE} fit`,
      );
    }
    // Any privileged process may send to this port; only the kernel's word counts.
    if (sockaddr_nl.decode(m.u8(name, sockaddr_nl.size)).nl_pid !== 0) return undefined;
    return bytes.subarray(0, size);
  }
}

/** An rtnetlink socket of the network namespace that the calling thread is in. */
export class RouteSocket extends NetlinkSocket {
  /** @param groups Bits of the multicast groups to join: RTMGRP_LINK. */
  constructor(groups = 0) {
    super(NETLINK.NETLINK_ROUTE, groups);
  }
}

/** A socket of the RDMA subsystem; EPROTONOSUPPORT where the kernel has none. */
export class RdmaSocket extends NetlinkSocket {
  constructor() {
    super(NETLINK.NETLINK_RDMA, 0);
  }
}

/** `bind(2)` to a port that the kernel chooses. */
function bind(fd: OwnedFd, groups: number): void {
  using m = scratch();
  const name = sockaddr_nl.encode({ nl_family: NETLINK.AF_NETLINK, nl_groups: groups });
  const printed = new Printed(`{sa_family=AF_NETLINK, nl_pid=0, nl_groups=${groups}}`);
  check(syscall(NR.bind, fd.fd, m.bytes(name), name.length), "bind", fd, printed, name.length);
}

/** Switches an option on, where the kernel has it: without, errors have no sentence, dumps no filter. */
function setOption(
  fd: OwnedFd,
  option: "NETLINK_EXT_ACK" | "NETLINK_CAP_ACK" | "NETLINK_GET_STRICT_CHK",
): void {
  using m = scratch();
  const one = m.words([1]);
  const { SOL_NETLINK } = NETLINK;
  const result = syscall(NR.setsockopt, fd.fd, SOL_NETLINK, NETLINK[option], one, 4);
  if (result !== -E.ENOPROTOOPT) {
    check(result, "setsockopt", fd, new Printed("SOL_NETLINK"), new Printed(option), 1);
  }
}
