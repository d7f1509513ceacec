/** `runts create`. @module */
import { create } from "../../create.ts";
import { watchSignals } from "../../interruption.ts";
import type { Invocation } from "../invocation.ts";
import { prepareRoot } from "../root.ts";
import { createOptions, rootOf } from "../translate.ts";

/** Creates a container. */
export function createVerb(invocation: Invocation): number {
  const root = rootOf(invocation);
  const options = createOptions(invocation, root);
  prepareRoot(root);
  // To the very end: a signal that comes when all is done is too late to make a failure of it.
  watchSignals();
  create(options);
  return 0;
}
