/**
 * Unix sockets, and descriptors sent over them.
 *
 * @module
 */
import { check, retry } from "./check.ts";
import { SOCK } from "./constants.ts";
import { Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { addressOf, syscall } from "./libc.ts";
import { type Scratch, scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/** `int socket(int domain, int type, int protocol);`, close-on-exec. @see socket(2) */
export function socket(domain: number, type: number, protocol = 0): OwnedFd {
  const fd = syscall(NR.socket, domain, type | SOCK.SOCK_CLOEXEC, protocol);
  return new OwnedFd(check(fd, "socket", domain, type, protocol), "socket");
}

/** `int socketpair(AF_UNIX, type, 0, int sv[2]);`, close-on-exec. @see socketpair(2) */
export function socketpair(type: number): [OwnedFd, OwnedFd] {
  using m = scratch();
  const sv = m.zeros(8);
  check(
    syscall(NR.socketpair, SOCK.AF_UNIX, type | SOCK.SOCK_CLOEXEC, 0, sv),
    "socketpair",
    new Printed("AF_UNIX"),
    type,
  );
  const view = m.view(sv, 8);
  return [
    new OwnedFd(view.getInt32(0, true), "socketpair"),
    new OwnedFd(view.getInt32(4, true), "socketpair"),
  ];
}

/** The most that fits `sun_path` with its NUL (unix(7)). */
const SUN_PATH_MAX = 107;

/** `struct sockaddr_un`: family, then the path, or NUL and an abstract name. Returns its address and length. */
function sockaddr_un(m: Scratch, path: string): [number, number] {
  const name = new TextEncoder().encode(path);
  if (name.length > SUN_PATH_MAX) {
    throw new RangeError(
      `Cannot use ${
        JSON.stringify(path)
      } as a socket: its path is longer than ${SUN_PATH_MAX} bytes`,
    );
  }
  const address = m.zeros(2 + SUN_PATH_MAX + 1);
  m.view(address, 2).setUint16(0, SOCK.AF_UNIX, true);
  m.u8(address + 2, name.length).set(name);
  // An abstract name is as long as it is; a path ends with NUL.
  return [address, 2 + name.length + (path.startsWith("\0") ? 0 : 1)];
}

/** `bind(2)` of a Unix socket to a path. */
export function bindUnix(fd: number, path: string): void {
  using m = scratch();
  const [address, length] = sockaddr_un(m, path);
  check(syscall(NR.bind, fd, address, length), "bind", fd, path);
}

/** `connect(2)` of a Unix socket to a path. */
export function connectUnix(fd: number, path: string): void {
  using m = scratch();
  const [address, length] = sockaddr_un(m, path);
  check(
    retry(() => syscall(NR.connect, fd, address, length)),
    "connect",
    fd,
    path,
  );
}

/** `int listen(int sockfd, int backlog);` @see listen(2) */
export function listen(fd: number, backlog: number): void {
  check(syscall(NR.listen, fd, backlog), "listen", fd, backlog);
}

/** `int accept4(int sockfd, NULL, NULL, SOCK_CLOEXEC);` @see accept4(2) */
export function accept(fd: number): OwnedFd {
  const result = retry(() => syscall(NR.accept4, fd, 0, 0, SOCK.SOCK_CLOEXEC));
  return new OwnedFd(check(result, "accept4", fd), "socket");
}

/** `shutdown(sockfd, SHUT_WR)`: the peer reads the end, this side can still read. @see shutdown(2) */
export function shutdownWrite(fd: number): void {
  check(syscall(NR.shutdown, fd, 1), "shutdown", fd, new Printed("SHUT_WR"));
}

/** Room for the control message of as many descriptors: CMSG_SPACE(n * sizeof(int)). */
function cmsgSpace(fds: number): number {
  return 16 + ((fds * 4 + 7) & ~7);
}

/** As many as one message carries: SCM_MAX_FD. @see unix(7) */
const MAX_FDS = 253;

/** `struct msghdr` with one buffer and room for control data. @see recvmsg(2) */
function msghdr(m: Scratch, data: number, length: number, control: number, size: number): number {
  const iovec = m.words([data, length]);
  return m.words([0, 0, iovec, 1, control, size, 0]);
}

/**
 * Sends bytes, and descriptors with them (SCM_RIGHTS). At least one byte must go along: an empty message carries no
 * control data on a stream.
 *
 * @see sendmsg(2), unix(7)
 */
export function sendmsg(fd: number, bytes: Uint8Array, fds: readonly number[] = []): void {
  using m = scratch();
  const data = m.bytes(bytes);
  let control = 0;
  if (fds.length > 0) {
    control = m.zeros(cmsgSpace(fds.length));
    const view = m.view(control, cmsgSpace(fds.length));
    view.setBigUint64(0, BigInt(16 + fds.length * 4), true);
    view.setInt32(8, SOCK.SOL_SOCKET, true);
    view.setInt32(12, SOCK.SCM_RIGHTS, true);
    fds.forEach((passed, i) => view.setInt32(16 + i * 4, passed, true));
  }
  const header = msghdr(m, data, bytes.length, control, control === 0 ? 0 : cmsgSpace(fds.length));
  // MSG_NOSIGNAL: a peer that is gone is an error to report, not a reason to die silently.
  const result = retry(() => syscall(NR.sendmsg, fd, header, SOCK.MSG_NOSIGNAL));
  check(result, "sendmsg", fd, new Printed("…"), new Printed("MSG_NOSIGNAL"));
  // A stream may take less, and so may one whose peer left in the middle: the rest then tells.
  if (result < bytes.length) sendmsg(fd, bytes.subarray(result));
}

/** What one recvmsg(2) brought. */
export interface Received {
  /** Empty at the end of a stream, or when the last peer of a SOCK_SEQPACKET is gone. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly fds: readonly OwnedFd[];
}

/**
 * Receives one message with its descriptors, which are close-on-exec.
 *
 * @see recvmsg(2), unix(7)
 */
export function recvmsg(fd: number, size = 65536): Received {
  using m = scratch();
  const data = m.zeros(size);
  const control = m.zeros(cmsgSpace(MAX_FDS));
  const header = msghdr(m, data, size, control, cmsgSpace(MAX_FDS));
  const length = check(
    retry(() => syscall(NR.recvmsg, fd, header, SOCK.MSG_CMSG_CLOEXEC)),
    "recvmsg",
    fd,
  );
  const fds = receivedFds(m, control, Number(m.view(header, 56).getBigUint64(40, true)));
  const flags = m.view(header, 56).getInt32(48, true);
  const cut = (flags & SOCK.MSG_TRUNC) !== 0;
  // Of the descriptors: one more than the process may have open is lost without another word.
  if (cut || (flags & SOCK.MSG_CTRUNC) !== 0) {
    // They came all the same, and would stay.
    for (const passed of fds) passed.close();
    throw new RangeError(
      `Cannot receive ${
        cut ? `a message of more than ${size} bytes` : "all descriptors of a message"
      }`,
    );
  }
  return { bytes: m.u8(data, length).slice(), fds };
}

function receivedFds(m: Scratch, control: number, length: number): OwnedFd[] {
  const fds: OwnedFd[] = [];
  if (length < 16) return fds;
  const view = m.view(control, length);
  const end = Number(view.getBigUint64(0, true));
  const rights = view.getInt32(8, true) === SOCK.SOL_SOCKET &&
    view.getInt32(12, true) === SOCK.SCM_RIGHTS;
  for (let at = 16; rights && at + 4 <= end; at += 4) {
    fds.push(new OwnedFd(view.getInt32(at, true)));
  }
  return fds;
}

const SO_SNDTIMEO = 21;
const SO_RCVTIMEO = 20;

/** Bounds how long a send or receive may block, in milliseconds. @see socket(7) */
export function setTimeouts(fd: number, milliseconds: number): void {
  using m = scratch();
  const timeval = m.words([Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1000]);
  for (const option of [SO_SNDTIMEO, SO_RCVTIMEO]) {
    check(
      syscall(NR.setsockopt, fd, SOCK.SOL_SOCKET, option, timeval, 16),
      "setsockopt",
      fd,
      option,
    );
  }
}

/** Receives into a buffer of the caller's; for netlink, whose datagrams are large. Returns the length. @see recv(2) */
export function recv(fd: number, buffer: Uint8Array<ArrayBuffer>, how = 0): number {
  const address = addressOf(buffer);
  return check(
    retry(() => syscall(NR.recvfrom, fd, address, buffer.length, how, 0, 0)),
    "recvfrom",
    fd,
    new Printed("…"),
    buffer.length,
  );
}
