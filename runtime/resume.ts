/**
 * `resume`: lets a paused container go on.
 *
 * @module
 */
import { Cgroup } from "./cgroup/manager.ts";
import type { ContainerRef } from "./options.ts";
import { currentStatus, StatusError } from "./status.ts";
import { Container } from "./store.ts";

/** Thaws the container's cgroup. What stands still because a cgroup above is frozen goes on when that is thawed. */
export function resume({ root, id }: ContainerRef): void {
  using container = Container.openLocked(root, id);
  const state = container.readState();
  const status = currentStatus(container, state);
  if (status !== "paused" || state.cgroup === undefined) {
    // The last three words are those that clients look for.
    throw new StatusError("Cannot resume the container: container not paused", status);
  }
  Cgroup.deserialize(state.cgroup).thaw();
}
