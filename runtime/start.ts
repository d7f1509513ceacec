/**
 * `start`: lets init become the user's program.
 *
 * @module
 */
import { SOCK } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { connectUnix, sendmsg, socket } from "../ffi/socket.ts";
import { parseJson } from "../spec/json.ts";
import type { Config } from "../spec/schema/config.ts";
import { destroy } from "./destroy.ts";
import { hasHooks, type HookSite, ownEnvironment, runHooks } from "./hooks.ts";
import { Stopped, watchSignals } from "./interruption.ts";
import * as log from "./log.ts";
import { hasNotifyDirectory, NotifyProxy } from "./notify_socket.ts";
import type { ContainerRef } from "./options.ts";
import { planSeccomp, type SeccompPlan } from "./plan/seccomp_filter.ts";
import { holdProcess } from "./process_status.ts";
import { connectToListener, hearTape, sendListener } from "./seccomp_listener.ts";
import { managerSocket } from "./service_manager.ts";
import { publicState } from "./state.ts";
import { currentStatus, StatusError } from "./status.ts";
import { runSteps, type Step, StepError } from "./step.ts";
import { stepTrace } from "./trace.ts";
import { runInContainer } from "./join.ts";
import { Container, START_SOCKET, type StoredState } from "./store.ts";
import { reportToFailure } from "./sync.ts";
import type { SpecRef } from "../spec/anchors.ts";

/** What the steps of `start` work on. */
interface Starting {
  readonly container: Container;
  state: StoredState;
  config: Config;
  /** "read the configuration" */
  seccomp: SeccompPlan | undefined;
  /** "connect to the listener of system calls" */
  listenerConnection: OwnedFd | undefined;
  /** "connect to init" */
  connection: OwnedFd;
  /** "listen for sd_notify" */
  notify: NotifyProxy | undefined;
}

/** What `start` does. */
export const START_STEPS: readonly Step<Starting>[] = [
  {
    name: "check that the container is created",
    spec: "runtime.md#runtimeStart",
    run: checkCreated,
  },
  { name: "read the configuration", spec: "runtime.md#runtimeLifecycle", run: readConfig },
  {
    name: "run the startContainer hooks",
    spec: "config.md#configHooksStartContainer",
    when: (s) => hasHooks(s.config.hooks, "startContainer"),
    run: orElseDestroy(runStartContainerHooks),
  },
  // After the hooks, which have connections of their own: a receiver may well take one after the other. Before init is
  // spoken to: as long as nobody has, the container stays created, and `start` can be tried again.
  {
    name: "connect to the listener of system calls",
    spec: "config-linux.md#containerprocessstate",
    when: (s) => s.seccomp?.listener !== undefined,
    run: connectListener,
  },
  {
    name: "listen for sd_notify",
    spec: "de-facto",
    // Only a container that was created so can see the socket.
    when: (s) => managerSocket() !== undefined && hasNotifyDirectory(s.container),
    run: listenForNotify,
  },
  { name: "connect to init", spec: "internal", run: connect },
  { name: "execute the program", spec: "runtime.md#runtimeStart", run: execute },
  {
    name: "run the poststart hooks",
    spec: "config.md#configHooksPoststart",
    when: (s) => hasHooks(s.config.hooks, "poststart"),
    run: orElseDestroy(runPoststartHooks),
  },
];

/** Starts a created container; when this returns its program runs, and is ready if a service manager wants to know. */
export function start({ root, id }: ContainerRef): void {
  using container = Container.openLocked(root, id);
  using notify = startContainer(container);
  if (notify !== undefined) waitUntilReady(container, notify);
}

/** The container is everybody's meanwhile: the program may take its time. */
export function waitUntilReady(container: Container, notify: NotifyProxy): void {
  const { pid = 0, startTime } = container.readState();
  container.unlock();
  using init = holdProcess(pid, startTime);
  if (init !== undefined) notify.wait(init);
}

/** The same with the container open and locked, for `run`. @returns Who hears when the program is ready, if it is to say so. */
export function startContainer(container: Container): NotifyProxy | undefined {
  using _watch = watchSignals();
  const starting = { container } as Starting;
  try {
    runSteps(START_STEPS, starting, stepTrace());
    return starting.notify;
  } catch (error) {
    starting.notify?.[Symbol.dispose]();
    throw error;
  } finally {
    starting.connection?.close();
    starting.listenerConnection?.close();
  }
}

function checkCreated(s: Starting): void {
  s.state = s.container.readState();
  const status = currentStatus(s.container, s.state);
  // What a create that was killed in its last moment has left: the devices are the container's.
  if (status === "created") return s.container.removeNetDevices();
  const why = status === "running"
    ? "cannot start an already running container"
    : status === "stopped"
    ? "cannot start a container that has stopped"
    : `cannot start a container in the ${status} state`;
  throw new StatusError(why, status);
}

/** As it was at create, where it was validated: later edits of the bundle MUST NOT matter. */
function readConfig(s: Starting): void {
  s.config = parseJson(s.container.readConfig()) as Config;
  if (s.config.process === undefined) throw new Error("process property must not be empty");
  const { seccomp } = s.config.linux ?? {};
  s.seccomp = seccomp && planSeccomp(seccomp);
}

function connectListener(s: Starting): void {
  s.listenerConnection = connectToListener(s.seccomp!.listener!);
}

/** Init accepts this one connection, and reports over it until its execve(2) closes it. */
function connect(s: Starting): void {
  s.connection = socket(SOCK.AF_UNIX, SOCK.SOCK_SEQPACKET);
  connectUnix(s.connection.fd, s.container.path(START_SOCKET));
}

/** Before the program runs, since it finds the socket or gives up. */
function listenForNotify(s: Starting): void {
  s.notify = new NotifyProxy(s.container, managerSocket()!, s.state.pid ?? 0);
}

function site(s: Starting): HookSite {
  return { state: publicState(s.state), cwd: s.state.bundle, environment: ownEnvironment() };
}

/** In the container's namespaces, by its tree, as its user: what they run is the image's (runtime.md#runtimeLifecycle, 7). */
function runStartContainerHooks(s: Starting): void {
  runInContainer(s.state, s.config, (run, pid) => {
    const there = site(s);
    runHooks(s.config.hooks, "startContainer", {
      state: { ...there.state, pid },
      cwd: "/",
      // Ours would be told to whatever the image has put there.
      environment: s.config.process?.env ?? [],
      run,
    });
  });
}

function runPoststartHooks(s: Starting): void {
  runHooks(s.config.hooks, "poststart", site(s));
}

/** A hook that fails stops the container and leads to its destruction (runtime.md#runtimeLifecycle: 12, 13). */
function orElseDestroy(action: (s: Starting) => void): (s: Starting) => void {
  return (s) => {
    try {
      action(s);
    } catch (error) {
      // Before the program runs, a start that is told to stop is one that was never tried.
      if (error instanceof Stopped && s.container.isWaiting()) throw error;
      destroy(s.container, s.state, log.warn);
      throw error;
    }
  };
}

/** Says go, and waits for the end of the connection (execve succeeded) or for a report (something did not). */
function execute(s: Starting): void {
  // First: if we are killed in between, init reads the end and goes; the other way round it would run and look `created`.
  s.container.stopWaiting();
  sendmsg(s.connection.fd, new TextEncoder().encode("G"));
  const bytes = hearTape(s.connection, (listener) => {
    const process = { pid: s.state.pid ?? 0, state: publicState(s.state) };
    sendListener(s.listenerConnection!, listener, s.seccomp!.listener!, process);
  });
  if (bytes.length === 0) return;
  const { first = 0, labels = [] } = s.state.tape ?? {};
  const { step, spec, message } = reportToFailure(bytes, labels, first);
  throw new StepError(step, spec as SpecRef, new Error(message));
}
