/** `runts state`. @module */
import { state } from "../../state.ts";
import type { Invocation } from "../invocation.ts";
import { containerRef } from "../translate.ts";

/** Prints the state of a container: JSON alone, without a newline, as clients have it from other runtimes. */
export function stateVerb(invocation: Invocation): number {
  invocation.print(state(containerRef(invocation)));
  return 0;
}
