/**
 * `kill`: sends a signal to a container.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { E } from "../ffi/errno.ts";
import { pidfd_send_signal } from "../ffi/process.ts";
import { isPaused } from "./cgroup/freezer.ts";
import { Cgroup } from "./cgroup/manager.ts";
import type { KillOptions } from "./options.ts";
import { holdProcess, isAlive } from "./process_status.ts";
import { StatusError } from "./status.ts";
import { Container, type StoredState } from "./store.ts";

const SIGKILL = 9;
/** The last three words are those that clients look for. */
const NOT_RUNNING = "Cannot signal the container: container not running";

/**
 * Signals init; all processes of the container when asked to, or when it is SIGKILL and init's death would leave them
 * behind (a shared PID namespace).
 *
 * @see runtime.md#runtimeKill
 */
export function kill({ root, id, signal, all }: KillOptions): void {
  using container = Container.open(root, id);
  const state = container.readState();
  // Whoever creates it would take init's death for a failure of its own; the spec allows `created` and `running` only.
  if (state.status === "creating" && !all) throw new StatusError(NOT_RUNNING, "creating");
  const everybody = all || (signal === SIGKILL && !state.ownPidNamespace);
  if (everybody && signalCgroup(state, signal)) return;
  if (all && !reachesAll(state, signal)) {
    throw new Error(
      "Cannot signal all processes of the container: It has no cgroup to find them by",
    );
  }
  signalInit(state, signal, all);
}

/** False when the container has no cgroup to find its processes by. */
function signalCgroup({ cgroup }: StoredState, signal: number): boolean {
  return cgroup !== undefined && Cgroup.deserialize(cgroup).kill(signal);
}

/** Whether without a cgroup init is all there is to signal: its PID namespace dies with it, and one that has ended is enough. */
function reachesAll({ pid = 0, startTime, ownPidNamespace }: StoredState, signal: number): boolean {
  return signal === SIGKILL && ownPidNamespace || !isAlive(pid, startTime);
}

function signalInit(
  { pid = 0, startTime, cgroup }: StoredState,
  signal: number,
  all: boolean,
): void {
  using pidfd = holdProcess(pid, startTime);
  try {
    if (pidfd !== undefined) {
      pidfd_send_signal(pidfd, signal);
      // v1 lets what is frozen die only when it is thawed.
      if (signal === SIGKILL && cgroup !== undefined && isPaused(cgroup)) {
        Cgroup.deserialize(cgroup).thaw();
      }
      return;
    }
  } catch (error) {
    if (!isErrno(error, E.ESRCH)) throw error;
  }
  // With --all nobody being left is what the caller wanted.
  if (!all) throw new StatusError(NOT_RUNNING, "stopped");
}
