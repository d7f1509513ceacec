/**
 * The caller's terminal and the container's, connected.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { POLL } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { read } from "../ffi/open.ts";
import { poll, type PollFd } from "../ffi/process.ts";
import {
  clearOnlcr,
  getTermios,
  getWindowSize,
  makeRaw,
  setNonblocking,
  setTermios,
  setWindowSize,
  writeSome,
} from "../ffi/terminal.ts";

const STDIN = 0;
const STDOUT = 1;
/** The control character that makes a terminal report the end of input: c_cc[VEOF], Ctrl-D unless changed. */
const END_OF_INPUT = new Uint8Array([4]);

/** Copies between stdio and the master of the container's terminal; the caller's terminal is raw meanwhile. */
export class TerminalProxy implements Disposable {
  readonly #master: OwnedFd;
  readonly #saved: Uint8Array<ArrayBuffer> | undefined;
  readonly #buffer = new Uint8Array(32768);
  #inputOpen = true;
  #outputOpen = true;
  /** Input that the container's terminal had no room for. */
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** @param size What the configuration asks for; without it the caller's terminal sets the size. */
  constructor(
    master: OwnedFd,
    size: { readonly height: number; readonly width: number } | undefined,
  ) {
    this.#master = master;
    clearOnlcr(master.fd);
    // Else a program that writes before it reads could stand against us for ever, both with a full buffer before them.
    setNonblocking(master.fd);
    if (size === undefined) this.resize();
    this.#saved = getTermios(STDIN);
    if (this.#saved !== undefined) setTermios(STDIN, makeRaw(this.#saved));
  }

  /** Gives the caller's terminal its settings back. */
  [Symbol.dispose](): void {
    if (this.#saved !== undefined) setTermios(STDIN, this.#saved);
    this.#master.close();
  }

  /** Takes the caller's size over. */
  resize(): void {
    const size = getWindowSize(STDIN) ?? getWindowSize(STDOUT);
    if (size !== undefined) setWindowSize(this.#master.fd, size);
  }

  /** What to poll for: {@linkcode move} takes the answer. */
  wanted(): PollFd[] {
    const wanted: PollFd[] = [];
    const hasPending = this.#pending.length > 0;
    if (this.#outputOpen) {
      wanted.push({ fd: this.#master.fd, events: POLL.POLLIN | (hasPending ? POLL.POLLOUT : 0) });
    }
    if (this.#inputOpen && !hasPending) wanted.push({ fd: STDIN, events: POLL.POLLIN });
    return wanted;
  }

  /** Copies what is there. */
  move(wanted: readonly PollFd[], events: readonly number[]): void {
    wanted.forEach(({ fd }, i) => {
      const event = events[i] ?? 0;
      if (event === 0) return;
      if (fd === STDIN) return this.#moveInput();
      if ((event & POLL.POLLOUT) !== 0) this.#flush();
      if ((event & ~POLL.POLLOUT) !== 0) this.#moveOutput();
    });
  }

  /** Copies what the container wrote before it ended. */
  drain(): void {
    while (this.#outputOpen) {
      const [events] = poll([{ fd: this.#master.fd, events: POLL.POLLIN }], 0);
      if (events === 0) return;
      this.#moveOutput();
    }
  }

  #moveInput(): void {
    const count = readOrEnd(STDIN, this.#buffer);
    if (count === undefined) return;
    this.#inputOpen = count > 0;
    // A file or pipe as stdin: the end of it is the end of what the terminal's reader gets.
    this.#pending = count > 0 ? this.#buffer.slice(0, count) : END_OF_INPUT;
    this.#flush();
  }

  #flush(): void {
    this.#pending = this.#pending.subarray(writeSome(this.#master.fd, this.#pending));
  }

  #moveOutput(): void {
    const count = readOrEnd(this.#master.fd, this.#buffer);
    if (count === undefined) return;
    this.#outputOpen = count > 0;
    for (let done = 0; done < count;) {
      done += writeSome(STDOUT, this.#buffer.subarray(done, count));
      // The caller's stdout may be non-blocking, and full.
      if (done < count) poll([{ fd: STDOUT, events: POLL.POLLOUT }]);
    }
  }
}

/** Undefined when there is nothing yet. A master whose other end nobody holds any more says EIO: that is its end. */
function readOrEnd(fd: number, buffer: Uint8Array<ArrayBuffer>): number | undefined {
  try {
    return read(fd, buffer);
  } catch (error) {
    if (isErrno(error, E.EIO, E.EBADF)) return 0;
    if (isErrno(error, E.EAGAIN)) return undefined;
    throw error;
  }
}
