/**
 * `delete`: removes a container.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { SOCK } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import { connectUnix, setTimeouts, socket } from "../ffi/socket.ts";
import { destroy } from "./destroy.ts";
import * as log from "./log.ts";
import type { DeleteOptions } from "./options.ts";
import { currentStatus, StatusError } from "./status.ts";
import { recoverDevices } from "./steps/recover_net_devices.ts";
import { BrokenState, Container, START_SOCKET, type StoredState } from "./store.ts";

/**
 * Removes what create made. One that still runs is refused, unless `force` says to kill it; one that was never started is
 * killed in any case, as callers expect.
 *
 * @see runtime.md#runtimeDelete
 */
export function remove({ root, id, force }: DeleteOptions): void {
  // With `force`, one that does not exist is what the caller wanted.
  using container = force ? Container.openLockedIfAny(root, id) : Container.openLocked(root, id);
  if (container === undefined) return;
  const state = force ? readStateOrWarn(container) : container.readState();
  if (state === undefined) {
    recoverDevices({ container, state, warn: log.warn });
    dismissInit(container);
    return container.remove();
  }
  const status = currentStatus(container, state);
  if (status !== "stopped" && status !== "created" && !force) {
    throw new StatusError(`cannot delete container ${id} that is not stopped: ${status}`, status);
  }
  destroy(container, state, log.warn);
}

/** Undefined when a create was killed before it had made anything but the directory, and when there is nothing to go by. */
function readStateOrWarn(container: Container): StoredState | undefined {
  try {
    return container.readStateIfAny();
  } catch (error) {
    if (!(error instanceof BrokenState)) throw error;
    log.warn(`${error.message}; a process or a cgroup of the container may be left behind`);
    return undefined;
  }
}

/** Arbitrary: a live init accepts at once. Milliseconds. */
const PATIENCE = 1000;

/**
 * Ends an init of which nothing is known but that it may listen for `start`: it exits when who connects hangs up. A pid
 * would not do, since without its start time it could be anybody's.
 */
function dismissInit(container: Container): void {
  using connection = socket(SOCK.AF_UNIX, SOCK.SOCK_SEQPACKET);
  setTimeouts(connection.fd, PATIENCE);
  try {
    connectUnix(connection.fd, container.path(START_SOCKET));
  } catch (error) {
    if (!isErrno(error, E.ENOENT, E.ECONNREFUSED, E.EAGAIN)) throw error;
  }
}
