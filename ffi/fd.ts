/**
 * Descriptors that close themselves.
 *
 * @module
 */
import { syscall } from "./libc.ts";
import { NR } from "./numbers.ts";

/** Owns a descriptor: `using fd = open(…)` closes it at the end of the block. */
export class OwnedFd implements Disposable {
  #fd: number;
  /** The path it was opened by, for messages only; it says nothing about what the descriptor refers to now. */
  readonly path: string | undefined;

  constructor(fd: number, path?: string) {
    this.#fd = fd;
    this.path = path;
  }

  /** The number. Using it after `close` or `release` is a bug, and throws. */
  get fd(): number {
    if (this.#fd < 0) throw new TypeError("Cannot use a descriptor after it was closed");
    return this.#fd;
  }

  /** Gives the number away: the caller closes it now. */
  release(): number {
    const fd = this.fd;
    this.#fd = -1;
    return fd;
  }

  /** Closes the descriptor; a second call does nothing. @see close(2) */
  close(): void {
    if (this.#fd < 0) return;
    // The kernel frees the number even when it reports an error, so there is nothing to retry.
    syscall(NR.close, this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** As strace -y prints a descriptor: the number with its path. */
  toString(): string {
    return this.path === undefined ? String(this.#fd) : `${this.#fd}<${this.path}>`;
  }
}
