/**
 * `run`: create, start, and unless detached stay until the program ends.
 *
 * @module
 */
import { exitCode, prctl } from "../ffi/process.ts";
import { recvmsg } from "../ffi/socket.ts";
import type { Creation, Foreground } from "./creation.ts";
import { createContainer } from "./create.ts";
import { destroy } from "./destroy.ts";
import { type Here, inForeground, stay } from "./foreground.ts";
import { throwIfStopped, watchSignals } from "./interruption.ts";
import * as log from "./log.ts";
import type { NotifyProxy } from "./notify_socket.ts";
import type { RunOptions } from "./options.ts";
import { startContainer, waitUntilReady } from "./start.ts";
import { Container } from "./store.ts";
import { TerminalProxy } from "./terminal_proxy.ts";

/** How a container comes to run: this one is created and started, another may be restored. */
export interface Birth {
  /** Makes it. The container is open and locked then. */
  readonly make: (foreground?: Foreground) => Creation & Disposable;
  /** Lets its program run, where it does not yet. */
  readonly start: (creation: Creation) => NotifyProxy | undefined;
}

/** Runs a container. @returns The exit code of its program, 128 + N for signal N; 0 at once when detached. */
export function run(options: RunOptions): number {
  using watch = new DisposableStack();
  // One watch over both, to leave no moment in between to be killed in; but not over the time that the program takes.
  if (options.detach) watch.use(watchSignals());
  return runWith(options, {
    make: (foreground) => createContainer(options, foreground),
    start: (creation) => {
      using _watch = watch;
      return startOrDestroy(creation);
    },
  });
}

/** The same for any birth. */
export function runWith(options: RunOptions, birth: Birth): number {
  return options.detach ? runDetached(birth) : runForeground(options, birth);
}

function runDetached(birth: Birth): number {
  using creation = birth.make();
  using container = creation.container;
  using notify = birth.start(creation);
  if (notify !== undefined) waitUntilReady(container, notify);
  return 0;
}

function runForeground(options: RunOptions, birth: Birth): number {
  // Reaped by us, what a dying container leaves behind does not go to an init that never expected it.
  if (!options.noSubreaper) prctl("PR_SET_CHILD_SUBREAPER", 1);
  return inForeground((here) => runAndStay(options, birth, here));
}

function runAndStay(
  options: RunOptions,
  birth: Birth,
  { foreground, signals, ours }: Here,
): number {
  using creation = birth.make(foreground);
  using container = creation.container;
  foreground.console.close();
  using terminal = creation.plan.process.terminal
    ? new TerminalProxy(recvmsg(ours.fd).fds[0]!, creation.plan.process.consoleSize)
    : undefined;
  using notify = birth.start(creation);
  // Others may work on the container while it runs.
  container.unlock();
  const exit = stay(creation.init!, signals, { terminal, notify });
  terminal?.drain();
  if (!options.keep) destroyEnded(options);
  return exitCode(exit);
}

function startOrDestroy({ container, state, signalMask }: Creation): NotifyProxy | undefined {
  using _watch = watchSignals(signalMask);
  try {
    throwIfStopped();
    return startContainer(container);
  } catch (error) {
    // A start that failed has destroyed the container already if a hook was the reason.
    if (container.exists()) destroy(container, state, log.warn);
    throw error;
  }
}

/** Somebody else may have deleted it meanwhile. */
function destroyEnded({ root, id }: RunOptions): void {
  using container = Container.openLockedIfAny(root, id);
  const state = container?.readStateIfAny();
  if (container !== undefined && state !== undefined) destroy(container, state, log.warn);
}
