/**
 * The list of steps as it happens, for `--debug`.
 *
 * @module
 */
import * as log from "./log.ts";
import type { Trace } from "./step.ts";

/** Debug lines with the step's clause and time; nothing, and no cost, without `--debug`. */
export function stepTrace(): Trace | undefined {
  if (!log.isDebug()) return undefined;
  return (step, milliseconds) => {
    if (milliseconds === undefined) return;
    log.debug(`${step.name} (${step.spec}): ${milliseconds.toFixed(2)} ms`);
  };
}
