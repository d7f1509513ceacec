/**
 * Pseudo-terminals.
 *
 * @module
 */
import { check, retry } from "./check.ts";
import { IOCTL, O } from "./constants.ts";
import { E, Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { addressOf, syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/** Rows and columns. */
export interface WindowSize {
  readonly ws_row: number;
  readonly ws_col: number;
}

/**
 * The other end of an open ptmx, without looking up a name: the container's /dev/pts is not to be trusted.
 *
 * @see ioctl_tty(2) TIOCGPTPEER, Linux 4.13
 */
export function openPeer(master: OwnedFd): OwnedFd {
  const how = O.O_RDWR | O.O_NOCTTY | O.O_CLOEXEC;
  const fd = syscall(NR.ioctl, master.fd, IOCTL.TIOCGPTPEER, how);
  return new OwnedFd(check(fd, "ioctl", master, new Printed("TIOCGPTPEER")), "pty");
}

/** Unlocks the other end. @see unlockpt(3) */
export function unlockPeer(master: OwnedFd): void {
  using m = scratch();
  check(
    syscall(NR.ioctl, master.fd, IOCTL.TIOCSPTLCK, m.zeros(8)),
    "ioctl",
    master,
    new Printed("TIOCSPTLCK"),
  );
}

/** The number N of `/dev/pts/N`. @see ptsname(3) */
export function peerNumber(master: OwnedFd): number {
  using m = scratch();
  const number = m.zeros(8);
  check(
    syscall(NR.ioctl, master.fd, IOCTL.TIOCGPTN, number),
    "ioctl",
    master,
    new Printed("TIOCGPTN"),
  );
  return m.view(number, 4).getInt32(0, true);
}

/** Sets the window size. @see ioctl_tty(2) TIOCSWINSZ */
export function setWindowSize(fd: number, size: WindowSize): void {
  using m = scratch();
  const winsize = m.zeros(8);
  const view = m.view(winsize, 8);
  view.setUint16(0, size.ws_row, true);
  view.setUint16(2, size.ws_col, true);
  check(syscall(NR.ioctl, fd, IOCTL.TIOCSWINSZ, winsize), "ioctl", fd, new Printed("TIOCSWINSZ"));
}

/** The window size, or undefined when the descriptor is no terminal. @see ioctl_tty(2) TIOCGWINSZ */
export function getWindowSize(fd: number): WindowSize | undefined {
  using m = scratch();
  const winsize = m.zeros(8);
  const result = syscall(NR.ioctl, fd, IOCTL.TIOCGWINSZ, winsize);
  if (result === -E.ENOTTY || result === -E.EINVAL) return undefined;
  check(result, "ioctl", fd, new Printed("TIOCGWINSZ"));
  const view = m.view(winsize, 8);
  return { ws_row: view.getUint16(0, true), ws_col: view.getUint16(2, true) };
}

/** `struct termios` of the kernel: c_iflag, c_oflag, c_cflag, c_lflag, c_line, c_cc[19]. */
const TERMIOS_SIZE = 36;

/** The settings of a terminal, to be given back later; undefined when the descriptor is none. */
export function getTermios(fd: number): Uint8Array<ArrayBuffer> | undefined {
  using m = scratch();
  const termios = m.zeros(TERMIOS_SIZE);
  const result = syscall(NR.ioctl, fd, IOCTL.TCGETS, termios);
  if (result === -E.ENOTTY) return undefined;
  check(result, "ioctl", fd, new Printed("TCGETS"));
  return m.u8(termios, TERMIOS_SIZE).slice();
}

/** Gives a terminal settings. @see ioctl_tty(2) TCSETS */
export function setTermios(fd: number, termios: Uint8Array): void {
  using m = scratch();
  check(
    syscall(NR.ioctl, fd, IOCTL.TCSETS, m.bytes(termios)),
    "ioctl",
    fd,
    new Printed("TCSETS"),
  );
}

/**
 * Raw settings made from others, as cfmakeraw(3) does, but output processing stays: the container's terminal leaves NL
 * alone (see {@linkcode clearOnlcr}), so this one has to add the CR.
 */
export function makeRaw(termios: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const raw = termios.slice();
  const view = new DataView(raw.buffer);
  const clear = (at: number, bits: number) =>
    view.setUint32(at, view.getUint32(at, true) & ~bits, true);
  // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON
  clear(0, 0o1 | 0o2 | 0o10 | 0o40 | 0o100 | 0o200 | 0o400 | 0o2000);
  // ECHO ECHONL ICANON ISIG IEXTEN
  clear(12, 0o10 | 0o100 | 0o2 | 0o1 | 0o100000);
  // CSIZE PARENB, then CS8
  clear(8, 0o60 | 0o400);
  view.setUint32(8, view.getUint32(8, true) | 0o60, true);
  // VTIME (c_cc[5]) 0 and VMIN (c_cc[6]) 1: a read returns with the first byte.
  raw[17 + 5] = 0;
  raw[17 + 6] = 1;
  return raw;
}

const ONLCR = 0o4;

/** Turns NL → CR NL off in a new pty: a container's output must reach the caller as it was written. @see termios(3) */
export function clearOnlcr(fd: number): void {
  const termios = getTermios(fd);
  if (termios === undefined) return;
  const view = new DataView(termios.buffer);
  view.setUint32(4, view.getUint32(4, true) & ~ONLCR, true);
  setTermios(fd, termios);
}

const F_GETFL = 3;
const F_SETFL = 4;

/** A read or write that would have to wait fails with EAGAIN instead. @see fcntl(2) F_SETFL */
export function setNonblocking(fd: number): void {
  const how = check(syscall(NR.fcntl, fd, F_GETFL), "fcntl", fd, new Printed("F_GETFL"));
  check(syscall(NR.fcntl, fd, F_SETFL, how | O.O_NONBLOCK), "fcntl", fd, new Printed("F_SETFL"));
}

/** Writes as much as there is room for now; returns how much that was. When nobody is left to read, it is as if all was read. */
export function writeSome(fd: number, bytes: Uint8Array<ArrayBuffer>): number {
  const result = retry(() => syscall(NR.write, fd, addressOf(bytes), bytes.length));
  if (result === -E.EAGAIN) return 0;
  if (result === -E.EIO || result === -E.EPIPE) return bytes.length;
  return check(result, "write", fd, new Printed("…"), bytes.length);
}
