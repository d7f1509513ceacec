/**
 * An operation is a list of named steps; this is all that runs such a list.
 *
 * It stays a loop: no registry, no generated order. What a reader sees in the list is what happens.
 *
 * @module
 */
import type { SpecRef } from "../spec/anchors.ts";

/** One step of an operation on a context `C`. */
export interface Step<C> {
  /** A verb phrase: the log line, and the subject of the error ("Cannot …"). */
  readonly name: string;
  /** The clause it serves; `"de-facto"` is what runtimes do unasked, `"internal"` our own plumbing. */
  readonly spec: SpecRef;
  /** Conditions stand in the list, not in the leaves. */
  readonly when?: (context: C) => boolean;
  /** Does it; what it throws becomes the reason in the error. */
  readonly run: (context: C) => void;
  /** Takes back what `run` did. An error MUST leave everything as if it had never been tried (runtime.md#runtimeErrors). */
  readonly undo?: (context: C) => void;
}

/** A step that failed: what was being done, the clause behind it, and why it did not work. */
export class StepError extends Error {
  /** The class's name. */
  override readonly name = "StepError";
  /** What was being done: {@linkcode Step.name}. */
  readonly step: string;
  /** The clause that it serves. */
  readonly spec: SpecRef;

  /** Makes the sentence "Cannot <step>: <cause>". */
  constructor(step: string, spec: SpecRef, cause: Error) {
    super(`Cannot ${step}: ${cause.message}`, { cause });
    this.step = step;
    this.spec = spec;
  }
}

/** Told of every step: before it runs (no time), and after it (how long it took, in milliseconds). */
export type Trace = (step: Step<never>, milliseconds?: number) => void;

/** How a list is run. */
export interface StepOptions {
  /** Called before each step; what it throws is as if the step had failed. */
  readonly before?: () => void;
}

/**
 * Runs the steps in order.
 *
 * When one fails, those that had finished are undone in reverse order, and so is the failed one: half of it may have
 * been done, so an `undo` must cope with that. What an undo fails with is kept beside the first error
 * ({@linkcode SuppressedError}).
 *
 * @returns The undo of everything, for an operation that goes on after its list; dropped, nothing is undone.
 */
export function runSteps<C>(
  steps: readonly Step<C>[],
  context: C,
  trace?: Trace,
  { before }: StepOptions = {},
): DisposableStack {
  const done = new DisposableStack();
  try {
    for (const step of steps) {
      if (step.when?.(context) === false) continue;
      trace?.(step);
      const start = performance.now();
      try {
        before?.();
        if (step.undo !== undefined) done.defer(() => step.undo?.(context));
        step.run(context);
      } catch (error) {
        throw asStepError(step, error);
      }
      trace?.(step, performance.now() - start);
    }
  } catch (error) {
    throw undoAll(done, error);
  }
  return done;
}

/** Undoes, and returns the error to throw: the first one, with what undoing failed with beside it. */
export function undoAll(done: DisposableStack, error: unknown): unknown {
  try {
    done.dispose();
  } catch (undoError) {
    const message = error instanceof Error ? error.message : String(error);
    return new SuppressedError(undoError, error, `${message}; and undoing it: ${text(undoError)}`);
  }
  return error;
}

/** The sentence of an error; of several undo errors, all of them. */
function text(error: unknown): string {
  if (error instanceof SuppressedError && error.suppressed !== undefined) {
    return `${text(error.suppressed)}; ${text(error.error)}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** An error that names its step already (it came from the other process) is not wrapped again. */
function asStepError(step: Step<never>, error: unknown): StepError {
  if (error instanceof StepError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  return new StepError(step.name, step.spec, cause);
}
