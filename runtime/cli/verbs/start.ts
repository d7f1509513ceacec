/** `runts start`. @module */
import { start } from "../../start.ts";
import type { Invocation } from "../invocation.ts";
import { containerRef } from "../translate.ts";

/** Starts a created container. */
export function startVerb(invocation: Invocation): number {
  start(containerRef(invocation));
  return 0;
}
