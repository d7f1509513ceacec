/**
 * Network devices on a serial line, which is a pseudo-terminal: SLIP, and CAN by SLCAN. The kernel takes them for hardware.
 *
 * @module
 */
import { check } from "../../ffi/check.ts";
import { O } from "../../ffi/constants.ts";
import { Printed } from "../../ffi/errno.ts";
import { syscall } from "../../ffi/libc.ts";
import { scratch } from "../../ffi/memory.ts";
import { NR } from "../../ffi/numbers.ts";
import { open } from "../../ffi/open.ts";
import { openPeer, unlockPeer } from "../../ffi/terminal.ts";

/** Line disciplines. @see include/uapi/linux/tty.h */
const DISCIPLINES = { SLIP: 1, SLCAN: 17 } as const;

const TIOCSETD = 0x5423, SIOCGIFNAME = 0x8910, IFNAMSIZ = 16;

/** A line; its device ends with it, wherever that is. */
export interface SerialLine extends Disposable {
  /** The device's name, that the kernel chose. */
  readonly name: string;
}

/** Makes a device, in the initial network namespace. */
export function serialLine(discipline: keyof typeof DISCIPLINES): SerialLine {
  using opened = new DisposableStack();
  const master = opened.use(open("/dev/ptmx", O.O_RDWR | O.O_NOCTTY));
  unlockPeer(master);
  const peer = opened.use(openPeer(master));
  using m = scratch();
  const number = m.zeros(8);
  m.view(number, 4).setInt32(0, DISCIPLINES[discipline], true);
  const what = new Printed(`TIOCSETD, N_${discipline}`);
  check(syscall(NR.ioctl, peer.fd, TIOCSETD, number), "ioctl", peer, what);
  const name = m.zeros(IFNAMSIZ);
  check(
    syscall(NR.ioctl, peer.fd, SIOCGIFNAME, name),
    "ioctl",
    peer,
    new Printed("SIOCGIFNAME"),
  );
  const view = m.view(name, IFNAMSIZ);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, IFNAMSIZ);
  const all = opened.move();
  return {
    name: new TextDecoder().decode(bytes.slice(0, bytes.indexOf(0))),
    [Symbol.dispose]: () => all.dispose(),
  };
}
