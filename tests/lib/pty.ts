/**
 * A program on a terminal of its own, driven by a test that plays the person in front of it.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { execve, fork, setControllingTerminal } from "../../ffi/fork.ts";
import { dup3, open, read, write } from "../../ffi/open.ts";
import { exitCode, setsid, wait4 } from "../../ffi/process.ts";
import { resetSigpipe } from "../../ffi/signals.ts";
import {
  getTermios,
  openPeer,
  setWindowSize,
  unlockPeer,
  type WindowSize,
} from "../../ffi/terminal.ts";
import { chdir } from "../../ffi/directory.ts";
import { waitFor } from "./receiver.ts";

/** The master side of a terminal. */
export class Screen implements Disposable {
  readonly #master: OwnedFd;
  #text = "";

  constructor(master: OwnedFd) {
    this.#master = master;
  }

  [Symbol.dispose](): void {
    this.#master.close();
  }

  /** Types something. */
  type(text: string): void {
    write(this.#master.fd, new TextEncoder().encode(text));
  }

  /** Changes the size; whoever is in the foreground gets SIGWINCH. */
  resize(size: WindowSize): void {
    setWindowSize(this.#master.fd, size);
  }

  /** Reads until the text is there; returns what came before it and takes both away. */
  until(text: string): string {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const at = this.#text.indexOf(text);
      if (at >= 0) {
        const before = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + text.length);
        return before;
      }
      waitFor(this.#master, text);
      const count = read(this.#master.fd, buffer);
      this.#text += new TextDecoder().decode(buffer.subarray(0, count));
    }
  }
}

/** A program that was started on a terminal. */
export class OnTerminal extends Screen {
  readonly pid: number;
  readonly #pidfd: OwnedFd;
  readonly #peer: OwnedFd;

  /** Starts `words` in a session of its own, whose controlling terminal and stdio this is. */
  constructor(words: readonly string[], cwd: string, size: WindowSize) {
    const master = open("/dev/ptmx", O.O_RDWR | O.O_NOCTTY);
    super(master);
    unlockPeer(master);
    this.#peer = openPeer(master);
    setWindowSize(master.fd, size);
    const peer = this.#peer;
    const child = fork({ flags: 0 }, () => {
      setsid();
      setControllingTerminal(peer.fd);
      for (const fd of [0, 1, 2]) dup3(peer.fd, fd, 0);
      resetSigpipe();
      chdir(cwd);
      execve(words[0]!, words, ["PATH=/usr/bin:/bin"]);
    });
    this.pid = child.pid;
    this.#pidfd = child.pidfd;
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#peer.close();
    this.#pidfd.close();
  }

  /** The settings now, as hexadecimal digits. */
  settings(): string {
    return getTermios(this.#peer.fd)!.toHex();
  }

  /** Waits for the end of the program. */
  exitCode(): number {
    waitFor(this.#pidfd, "the end of the program");
    return exitCode(wait4(this.pid)!);
  }
}
