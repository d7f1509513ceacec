/**
 * Waiting for the kernel: dying processes leave their cgroup a moment after the signal, and v1 has nothing to poll for.
 *
 * @module
 */
import { poll } from "../../ffi/process.ts";

/** Milliseconds. Arbitrary: a process that has not died by then is stuck in the kernel, and the command fails. */
export const PATIENCE = 10_000;

/** Milliseconds between two looks at most: the first look comes at once, the second after one. */
const LONGEST_SLEEP = 50;

/** Looks again and again until it is as wanted; false when that took too long. */
export function waitUntil(isSo: () => boolean, milliseconds: number): boolean {
  const end = performance.now() + milliseconds;
  for (let sleep = 1;; sleep = Math.min(sleep * 2, LONGEST_SLEEP)) {
    if (isSo()) return true;
    const left = end - performance.now();
    if (left <= 0) return false;
    poll([], Math.min(sleep, left));
  }
}
