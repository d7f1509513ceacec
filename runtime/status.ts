/**
 * Where a container is in its life, and which operation that allows.
 *
 * @module
 */
import type { ContainerStatus } from "../spec/state.ts";
import { isPaused } from "./cgroup/freezer.ts";
import { isAlive } from "./process_status.ts";
import type { Container, StoredState } from "./store.ts";

/**
 * The status now: what was stored, corrected by what the process is doing.
 *
 * @see runtime.md#runtimeState
 */
export function currentStatus(container: Container, state: StoredState): ContainerStatus {
  // `creating` lasts as long as a create holds the lock; one that was killed leaves it behind without a live init.
  if (!state.pid || !isAlive(state.pid, state.startTime)) return "stopped";
  if (state.status === "creating") return "creating";
  if (state.cgroup !== undefined && isPaused(state.cgroup)) return "paused";
  return container.isWaiting() ? "created" : "running";
}

/** An operation that the container's status does not allow; it had no effect. */
export class StatusError extends Error {
  override readonly name = "StatusError";
  /** The status that stands in the way. */
  readonly status: ContainerStatus;

  constructor(message: string, status: ContainerStatus) {
    super(message);
    this.status = status;
  }
}
