/**
 * The listener of a filter: the descriptor by which somebody outside answers SCMP_ACT_NOTIFY.
 *
 * ```text
 *  tape                              start                              at listenerPath
 *    │                                 │ ── connect ──────────────────────▶ │
 *    │ ◀─────────────────────── "G" ── │                                    │
 *    │ seccomp(NEW_LISTENER) = fd      │                                    │
 *    │ ── "L", fd ───────────────────▶ │ ── container process state, fd ──▶ │
 *    │ ◀─────────────────────── "G" ── │    (closes the connection)         │
 *    │ execve                          │                                    │
 * ```
 *
 * The tape waits for the second "G": no call of the program may come before somebody can answer it. What it calls itself
 * while the filter is in force already stands in seccomp_records.ts.
 *
 * @module
 */
import type { OwnedFd } from "../ffi/fd.ts";
import { recvmsg, sendmsg } from "../ffi/socket.ts";
import type { ContainerProcessState, State } from "../spec/state.ts";
import { OCI_VERSION_MAX } from "../spec/version.ts";
import type { ListenerPlan } from "./plan/seccomp_filter.ts";
import { connectToPath } from "./stream_socket.ts";

/** The name that the receiver looks for (MUST). */
const SECCOMP_FD = "seccompFd";

/** Connects to the receiver. Each process with a filter takes a connection of its own: it MUST NOT be reused. */
export function connectToListener({ path }: ListenerPlan): OwnedFd {
  try {
    return connectToPath(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`linux.seccomp.listenerPath: ${why}`, { cause: error });
  }
}

/** The process that a listener belongs to. */
export interface NotifyingProcess {
  /** As we see it. */
  readonly pid: number;
  /** Of its container. */
  readonly state: State;
}

/** Sends the listener, and closes the connection. @see config-linux.md#containerprocessstate */
export function sendListener(
  connection: OwnedFd,
  listener: OwnedFd,
  { metadata }: ListenerPlan,
  { pid, state }: NotifyingProcess,
): void {
  using _connection = connection;
  const message: ContainerProcessState = {
    ociVersion: OCI_VERSION_MAX,
    fds: [SECCOMP_FD],
    pid,
    ...(metadata === undefined || metadata === "" ? {} : { metadata }),
    state,
  };
  // In one call: all descriptors MUST come with the first.
  sendmsg(connection.fd, new TextEncoder().encode(JSON.stringify(message)), [listener.fd]);
}

/**
 * Waits for the last word of a tape: a report, or nothing if execve(2) has succeeded. On the way the tape may hand out its
 * listener.
 *
 * @param wait Waits until there is something to read, where that may be broken off.
 */
export function hearTape(
  socket: OwnedFd,
  forward: (listener: OwnedFd) => void,
  wait: (socket: OwnedFd) => void = () => {},
): Uint8Array<ArrayBuffer> {
  for (;;) {
    wait(socket);
    const { bytes, fds } = recvmsg(socket.fd);
    const [listener] = fds;
    if (listener === undefined) return bytes;
    try {
      forward(listener);
    } finally {
      // A copy of ours would keep the container's calls waiting when the receiver is gone.
      listener.close();
    }
    sendmsg(socket.fd, new TextEncoder().encode("G"));
  }
}
