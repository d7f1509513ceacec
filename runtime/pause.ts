/**
 * `pause`: has all processes of a container stand still.
 *
 * @module
 */
import { Cgroup } from "./cgroup/manager.ts";
import type { ContainerRef } from "./options.ts";
import { currentStatus, StatusError } from "./status.ts";
import { Container } from "./store.ts";

/**
 * Freezes the container's cgroup and all below it; returns when everything in it stands still. One that was not started yet
 * can be paused as well.
 */
export function pause({ root, id }: ContainerRef): void {
  using container = Container.openLocked(root, id);
  const state = container.readState();
  const status = currentStatus(container, state);
  if (status !== "running" && status !== "created") {
    // The last three words are those that clients look for.
    throw new StatusError("Cannot pause the container: container not running", status);
  }
  const cgroup = state.cgroup && Cgroup.deserialize(state.cgroup);
  if (!cgroup?.isUsed) throw new Error("Cannot pause the container: It has no cgroup");
  cgroup.freeze();
}
