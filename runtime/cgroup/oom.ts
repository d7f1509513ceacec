/**
 * Hearing that a cgroup runs out of memory.
 *
 * @see Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control"
 * @see Documentation/admin-guide/cgroup-v2.rst, "memory.events"
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { O, POLL } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { eventfd, readCount } from "../../ffi/eventfd.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open, readAll, rewind } from "../../ffi/open.ts";
import { poll, type PollFd } from "../../ffi/process.ts";
import { isThere, writeCgroupFile } from "./file.ts";
import type { Cgroup } from "./manager.ts";

/** Counts how often memory ran out, from {@linkcode open} on. */
export abstract class OomWatch implements Disposable {
  /** Starts to listen; undefined where no cgroup of the container has the controller. */
  static open(cgroup: Cgroup): OomWatch | undefined {
    const place = cgroup.find("memory");
    if (place === undefined) return undefined;
    return place.version === 1
      ? new OomControl(place.directory)
      : new MemoryEvents(place.directory);
  }

  /** What to wait for. */
  abstract wanted(): PollFd[];

  /** How often it has happened since the last call; does not wait. */
  abstract take(): number;

  /** Stops to listen. */
  abstract [Symbol.dispose](): void;
}

/** v1: an eventfd that counts whenever a process finds no memory left, be it killed for it or kept waiting. */
export class OomControl extends OomWatch {
  readonly #directory: string;
  readonly #counter: OwnedFd;
  #isOver = false;

  constructor(directory: string) {
    super();
    this.#directory = directory;
    this.#counter = eventfd();
    try {
      using control = open(`${directory}/memory.oom_control`, O.O_RDONLY);
      const registration = `${this.#counter.fd} ${control.fd}`;
      writeCgroupFile(directory, "cgroup.event_control", registration);
    } catch (error) {
      this.#counter.close();
      throw error;
    }
  }

  override wanted(): PollFd[] {
    return this.#isOver ? [] : [{ fd: this.#counter.fd, events: POLL.POLLIN }];
  }

  override take(): number {
    if (poll(this.wanted(), 0)[0] !== POLL.POLLIN) return 0;
    const count = Number(readCount(this.#counter.fd));
    if (isThere(this.#directory)) return count;
    // The removal of a cgroup counts as well, once and last.
    this.#isOver = true;
    return count - 1;
  }

  override [Symbol.dispose](): void {
    this.#counter.close();
  }
}

/** v2: `memory.events` says by poll(2) that it has changed; of what it counts, `oom_kill` are the processes killed. */
export class MemoryEvents extends OomWatch {
  readonly #file: OwnedFd;
  #seen = 0;
  #isOver = false;

  constructor(directory: string) {
    super();
    this.#file = open(`${directory}/memory.events`, O.O_RDONLY);
    this.take();
  }

  override wanted(): PollFd[] {
    return this.#isOver ? [] : [{ fd: this.#file.fd, events: POLL.POLLPRI }];
  }

  override take(): number {
    if (this.#isOver) return 0;
    const before = this.#seen;
    // To look is also to have the next change announced.
    this.#seen = this.#read() ?? before;
    return this.#seen - before;
  }

  /** Undefined when the cgroup is gone. */
  #read(): number | undefined {
    try {
      rewind(this.#file.fd);
      const text = new TextDecoder().decode(readAll(this.#file.fd));
      return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
    } catch (error) {
      if (!isErrno(error, E.ENODEV)) throw error;
      this.#isOver = true;
      return undefined;
    }
  }

  override [Symbol.dispose](): void {
    this.#file.close();
  }
}
