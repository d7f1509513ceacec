/** `runts restore`. @module */
import { restore } from "../../restore.ts";
import { restoreOptions } from "../criu_options.ts";
import type { Invocation } from "../invocation.ts";
import { prepareRoot } from "../root.ts";
import { rootOf } from "../translate.ts";

/** Makes a container from the files of a checkpoint; in the foreground the exit code is the one of its program. */
export function restoreVerb(invocation: Invocation): number {
  const root = rootOf(invocation);
  const options = restoreOptions(invocation, root);
  prepareRoot(root);
  return restore(options);
}
