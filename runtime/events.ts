/**
 * `events`: what a container uses, and when it runs out of memory.
 *
 * @module
 */
import { POLL } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { poll } from "../ffi/process.ts";
import { stringifyJson } from "../spec/json.ts";
import { Cgroup } from "./cgroup/manager.ts";
import { OomWatch } from "./cgroup/oom.ts";
import { type ContainerStats, readStats } from "./container_stats.ts";
import * as log from "./log.ts";
import type { ContainerRef, EventsOptions } from "./options.ts";
import { holdProcess } from "./process_status.ts";
import { currentStatus, StatusError } from "./status.ts";
import { Container, type StoredState } from "./store.ts";

/** A line of `events`. */
export interface ContainerEvent {
  readonly type: "stats" | "oom";
  /** The container's ID. */
  readonly id: string;
  /** Of `stats` only. */
  readonly data?: ContainerStats;
}

/** One line of JSON. */
export function formatEvent(event: ContainerEvent): string {
  return stringifyJson(event) + "\n";
}

/** The line with a container's statistics. */
export function reportStats({ root, id }: ContainerRef): string {
  const [state, pidfd] = openRunning(root, id);
  using init = pidfd;
  const line = statsLine(state, init);
  if (line === undefined) throw notRunning(id);
  return line;
}

/** Prints statistics in every interval, and each time that memory runs out, until the container has stopped. */
export function events({ root, id, interval, print }: EventsOptions): void {
  const [state, pidfd] = openRunning(root, id);
  using init = pidfd;
  using oom = watchMemory(state);
  for (let next = performance.now() + interval;;) {
    // In whole milliseconds: a shorter wait would come back with nothing to do.
    const left = Math.max(0, Math.ceil(next - performance.now()));
    const [ended] = poll([{ fd: init.fd, events: POLL.POLLIN }, ...oom?.wanted() ?? []], left);
    // Also at the end: often it is why the end came.
    for (let count = oom?.take() ?? 0; count > 0; count--) print(formatEvent({ type: "oom", id }));
    if (ended !== 0) return;
    if (performance.now() < next) continue;
    const line = statsLine(state, init);
    if (line === undefined) return;
    print(line);
    // What took longer than an interval leaves out those that have passed.
    next = Math.max(next + interval, performance.now());
  }
}

/** The state, and init's pidfd, which is readable when the container has stopped. */
function openRunning(root: string, id: string): [StoredState, OwnedFd] {
  using container = Container.open(root, id);
  const state = container.readState();
  const status = currentStatus(container, state);
  const pidfd = status === "stopped" || status === "creating"
    ? undefined
    : holdProcess(state.pid ?? 0, state.startTime);
  if (pidfd === undefined) throw notRunning(id, status);
  return [state, pidfd];
}

function notRunning(id: string, status: StatusError["status"] = "stopped"): StatusError {
  // The words are those that clients look for.
  return new StatusError(`container with id ${id} is not running`, status);
}

/** Undefined when the container has stopped: its cgroups may be gone already, in part or all. */
function statsLine(state: StoredState, init: OwnedFd): string | undefined {
  const hasStopped = (): boolean => poll([{ fd: init.fd, events: POLL.POLLIN }], 0)[0] !== 0;
  try {
    const line = formatEvent({ type: "stats", id: state.id, data: readStats(state) });
    return hasStopped() ? undefined : line;
  } catch (error) {
    if (hasStopped()) return undefined;
    throw error;
  }
}

function watchMemory({ cgroup }: StoredState): OomWatch | undefined {
  const watch = cgroup && OomWatch.open(Cgroup.deserialize(cgroup));
  if (watch === undefined) {
    log.warn("There will be no events of type oom: no cgroup of the container counts memory");
  }
  return watch;
}
