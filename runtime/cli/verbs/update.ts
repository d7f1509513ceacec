/** `runts update`. @module */
import { update } from "../../update.ts";
import type { Invocation } from "../invocation.ts";
import { updateOptions } from "../update_options.ts";

/** Changes what a container may use. */
export function updateVerb(invocation: Invocation): number {
  update(updateOptions(invocation));
  return 0;
}
