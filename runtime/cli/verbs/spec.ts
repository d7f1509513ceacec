/** `runts spec`. @module */
import { writeSpec } from "../../spec.ts";
import type { Invocation } from "../invocation.ts";
import { specOptions } from "../translate.ts";

/** Writes a config.json to start from. */
export function specVerb(invocation: Invocation): number {
  writeSpec(specOptions(invocation));
  return 0;
}
