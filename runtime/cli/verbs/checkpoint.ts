/** `runts checkpoint`. @module */
import { checkpoint } from "../../checkpoint.ts";
import { checkpointOptions } from "../criu_options.ts";
import type { Invocation } from "../invocation.ts";

/** Writes a running container into files. */
export function checkpointVerb(invocation: Invocation): number {
  checkpoint(checkpointOptions(invocation));
  return 0;
}
