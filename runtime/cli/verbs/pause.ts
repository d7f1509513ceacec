/** `runts pause`. @module */
import { pause } from "../../pause.ts";
import type { Invocation } from "../invocation.ts";
import { containerRef } from "../translate.ts";

/** Pauses a container. */
export function pauseVerb(invocation: Invocation): number {
  pause(containerRef(invocation));
  return 0;
}
