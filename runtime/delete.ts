/**
 * `delete`: removes a container.
 *
 * @module
 */
import { destroy } from "./destroy.ts";
import * as log from "./log.ts";
import type { DeleteOptions } from "./options.ts";
import { currentStatus, StatusError } from "./status.ts";
import { Container, DoesNotExist } from "./store.ts";

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
  const state = container.readStateIfAny();
  if (state === undefined) {
    // A create that was killed before it had made anything but the directory.
    if (!force) throw new DoesNotExist(id);
    return container.remove();
  }
  const status = currentStatus(container, state);
  if (status !== "stopped" && status !== "created" && !force) {
    throw new StatusError(`cannot delete container ${id} that is not stopped: ${status}`, status);
  }
  destroy(container, state, log.warn);
}
