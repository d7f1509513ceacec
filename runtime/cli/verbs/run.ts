/** `runts run`. @module */
import { run } from "../../run.ts";
import type { Invocation } from "../invocation.ts";
import { prepareRoot } from "../root.ts";
import { rootOf, runOptions } from "../translate.ts";

/** Creates and starts a container; the exit code is the one of its program. */
export function runVerb(invocation: Invocation): number {
  const root = rootOf(invocation);
  const options = runOptions(invocation, root);
  prepareRoot(root);
  return run(options);
}
