/**
 * The one at `listenerPath`: takes the listener, and answers the system calls of a container.
 *
 * @module
 */
import { check, retry } from "../../ffi/check.ts";
import { POLL, SOCK } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { syscall } from "../../ffi/libc.ts";
import { scratch } from "../../ffi/memory.ts";
import { NR } from "../../ffi/numbers.ts";
import { poll } from "../../ffi/process.ts";
import { accept, bindUnix, listen, recvmsg, socket } from "../../ffi/socket.ts";
import { Struct } from "../../ffi/struct.ts";
import { seccomp_data } from "../../ffi/seccomp/layouts.ts";
import type { ContainerProcessState } from "../../spec/state.ts";
import { waitFor } from "./receiver.ts";

/** `struct seccomp_notif`. @see seccomp_unotify(2) */
const seccomp_notif = new Struct("seccomp_notif", {
  id: "u64",
  pid: "u32",
  flags: "u32",
  data: seccomp_data,
});

/** `struct seccomp_notif_resp`. @see seccomp_unotify(2) */
const seccomp_notif_resp = new Struct("seccomp_notif_resp", {
  id: "u64",
  val: "s64",
  error: "s32",
  flags: "u32",
});

const SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
const SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;

/** A socket that listens at a path. */
export class Receiver implements Disposable {
  readonly #socket: OwnedFd;

  constructor(path: string) {
    this.#socket = socket(SOCK.AF_UNIX, SOCK.SOCK_STREAM);
    bindUnix(this.#socket.fd, path);
    listen(this.#socket.fd, 8);
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  /** Accepts a connection, and closes it without reading. */
  refuse(): void {
    waitFor(this.#socket, "a connection");
    accept(this.#socket.fd).close();
  }

  /** Whether a connection is waiting to be accepted. */
  hasMore(): boolean {
    return poll([{ fd: this.#socket.fd, events: POLL.POLLIN }], 0)[0] !== 0;
  }

  /** Takes one connection to its end: how much came, and the descriptors of its first part. */
  receive(): { state: ContainerProcessState; listener: Listener } {
    waitFor(this.#socket, "a connection");
    using connection = accept(this.#socket.fd);
    let text = "";
    const decoder = new TextDecoder();
    let fds: readonly OwnedFd[] | undefined;
    for (;;) {
      waitFor(connection, "the rest of the message, or its end");
      const received = recvmsg(connection.fd);
      if (received.bytes.length === 0) break;
      text += decoder.decode(received.bytes, { stream: true });
      if (fds !== undefined && received.fds.length > 0) throw new Error("more descriptors came");
      fds ??= received.fds;
    }
    const [fd, ...others] = fds ?? [];
    if (fd === undefined || others.length > 0) throw new Error("not one descriptor came");
    return { state: JSON.parse(text), listener: new Listener(fd) };
  }
}

/** A system call that waits for its answer. */
export interface Notification {
  readonly id: bigint;
  readonly pid: number;
  readonly nr: number;
}

/** What the call is to return. */
export type Answer = { readonly value: number } | { readonly errno: number } | "continue";

/** The descriptor by which calls are answered. */
export class Listener implements Disposable {
  readonly #fd: OwnedFd;

  constructor(fd: OwnedFd) {
    this.#fd = fd;
  }

  [Symbol.dispose](): void {
    this.#fd.close();
  }

  /** Waits for the next call. */
  next(): Notification {
    waitFor(this.#fd, "a system call");
    using m = scratch();
    const notif = m.zeros(seccomp_notif.size);
    const result = retry(() => syscall(NR.ioctl, this.#fd.fd, SECCOMP_IOCTL_NOTIF_RECV, notif));
    check(result, "ioctl", this.#fd, "SECCOMP_IOCTL_NOTIF_RECV");
    const { id, pid, data } = seccomp_notif.decode(m.view(notif, seccomp_notif.size));
    return { id, pid, nr: data.nr };
  }

  /** Answers a call. */
  answer({ id }: Notification, answer: Answer): void {
    using m = scratch();
    const resp = m.bytes(seccomp_notif_resp.encode(
      answer === "continue"
        ? { id, flags: SECCOMP_USER_NOTIF_FLAG_CONTINUE }
        : "errno" in answer
        ? { id, error: -answer.errno }
        : { id, val: BigInt(answer.value) },
    ));
    const result = syscall(NR.ioctl, this.#fd.fd, SECCOMP_IOCTL_NOTIF_SEND, resp);
    check(result, "ioctl", this.#fd, "SECCOMP_IOCTL_NOTIF_SEND");
  }
}
