/**
 * The other side of `--console-socket` and `--pidfd-socket`: listens, and takes one message with one descriptor.
 *
 * @module
 */
import { O, POLL, SOCK } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open } from "../../ffi/open.ts";
import { poll } from "../../ffi/process.ts";
import { accept, bindUnix, listen, recvmsg, socket } from "../../ffi/socket.ts";
import { PATIENCE } from "./sandbox.ts";

/** What came over the socket. */
export interface Delivery {
  readonly text: string;
  readonly fd: OwnedFd;
  /** `/proc/self/fdinfo` of the descriptor. */
  readonly fdinfo: string;
}

/** A listening socket. */
export interface Receiver extends Disposable {
  /** Waits for a connection, and for its message. */
  readonly take: () => Delivery;
}

/** Waits until there is something to read. */
export function waitFor({ fd }: OwnedFd, what: string): void {
  const [events = 0] = poll([{ fd, events: POLL.POLLIN }], PATIENCE);
  if ((events & POLL.POLLIN) === 0) throw new Error(`nothing came: ${what}`);
}

/** Listens at a path. */
export function receive(path: string): Receiver {
  const listener = socket(SOCK.AF_UNIX, SOCK.SOCK_STREAM);
  const slash = path.lastIndexOf("/");
  using directory = open(path.slice(0, slash), O.O_PATH | O.O_DIRECTORY);
  bindUnix(listener.fd, `/proc/self/fd/${directory.fd}/${path.slice(slash + 1)}`);
  listen(listener.fd, 5);
  const taken: OwnedFd[] = [];
  return {
    take(): Delivery {
      waitFor(listener, "a connection");
      using connection = accept(listener.fd);
      waitFor(connection, "a message, or the end");
      const { bytes, fds: [fd] } = recvmsg(connection.fd);
      if (fd === undefined) throw new Error("No descriptor came along");
      taken.push(fd);
      const fdinfo = Deno.readTextFileSync(`/proc/self/fdinfo/${fd.fd}`);
      return { text: new TextDecoder().decode(bytes), fd, fdinfo };
    },
    [Symbol.dispose](): void {
      for (const fd of taken) fd.close();
      listener.close();
    },
  };
}
