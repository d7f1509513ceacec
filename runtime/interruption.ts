/**
 * Being told to stop: SIGHUP, SIGINT and SIGTERM while something is made that half made would be left behind.
 *
 * The three are blocked as long as somebody watches, and looked at where there is a way back: between the steps of
 * `create`, and wherever it waits. What finds one throws {@linkcode Stopped}, so that the steps are undone as after any
 * other failure. Nobody looks while undoing, so a second signal does not break it; only what a poststop hook takes its time
 * with is cut short.
 *
 * Use it as `using _watch = watchSignals();`.
 *
 * @module
 */
import { POLL } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { poll } from "../ffi/process.ts";
import {
  blockSignals,
  isIgnored,
  readSignal,
  setSignalMask,
  signalfd,
  type SignalSet,
  signalSet,
} from "../ffi/signals.ts";
import { signalName } from "./signal.ts";

/** SIGHUP, SIGINT, SIGTERM. */
const STOPPING = [1, 2, 15];

/** The runtime was told to stop. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  readonly signal: number;

  constructor(signal: number) {
    super(`the runtime was told to stop by ${signalName(signal)}`);
    this.signal = signal;
  }
}

interface Watch {
  readonly signals: OwnedFd;
  /** The mask to go back to. */
  readonly mask: SignalSet;
  /** The mask for those who are not to inherit what is blocked here. */
  readonly outside: SignalSet;
  /** How many watch; the last one to go restores the mask. */
  depth: number;
}

let current: Watch | undefined;

/**
 * Starts to watch, until the result is disposed. One within another is the same watch.
 *
 * @param outside The mask that the caller of the runtime had, where it is not the present one.
 */
export function watchSignals(outside?: SignalSet): Disposable {
  current ??= begin(outside);
  current.depth++;
  return { [Symbol.dispose]: end };
}

function begin(given: SignalSet | undefined): Watch {
  const mask = blockSignals(0n);
  const outside = given ?? mask;
  // What the caller ignores (nohup) or has blocked stays without effect, as without a watch.
  const wanted = signalSet(STOPPING.filter((signal) => !isIgnored(signal))) & ~outside;
  const signals = signalfd(wanted);
  blockSignals(wanted);
  return { signals, mask, outside, depth: 0 };
}

function end(): void {
  if (current === undefined || --current.depth > 0) return;
  const { signals, mask } = current;
  current = undefined;
  signals.close();
  setSignalMask(mask);
}

/** In a fork: what is sent to it is no word to the runtime. Its mask is its own to set before it becomes another program. */
export function leaveWatch(): void {
  current?.signals.close();
  current = undefined;
}

/** The mask for those who are not to inherit what the watch blocks. */
export function maskOutsideWatch(): SignalSet {
  return current?.outside ?? blockSignals(0n);
}

/** Throws {@linkcode Stopped} if there was a signal. */
export function throwIfStopped(): void {
  if (current === undefined) return;
  const { signals } = current;
  if (poll([{ fd: signals.fd, events: POLL.POLLIN }], 0)[0] !== 0) {
    throw new Stopped(readSignal(signals.fd));
  }
}

/**
 * Waits until a descriptor has something to read.
 *
 * @returns False after the timeout, if there is one, in milliseconds.
 * @throws {Stopped} If a signal comes first, or was there already.
 */
export function waitToRead({ fd }: OwnedFd, timeout?: number): boolean {
  const [stopped, readable] = poll([
    // A negative descriptor is passed over (poll(2)).
    { fd: current?.signals.fd ?? -1, events: POLL.POLLIN },
    { fd, events: POLL.POLLIN },
  ], timeout);
  // What is there already counts for more: it may be the reason of the failure that the signal would hide.
  if (readable !== 0) return true;
  if (stopped !== 0) throw new Stopped(readSignal(current!.signals.fd));
  return false;
}

/** The signal behind an error, if that is what was behind it. */
export function stoppedBy(error: unknown): number | undefined {
  if (error instanceof Stopped) return error.signal;
  if (error instanceof SuppressedError) return stoppedBy(error.suppressed);
  return error instanceof Error && error.cause !== undefined ? stoppedBy(error.cause) : undefined;
}
