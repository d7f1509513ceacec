/** `runts kill`. @module */
import { kill } from "../../kill.ts";
import type { Invocation } from "../invocation.ts";
import { killOptions } from "../translate.ts";

/** Signals a container. */
export function killVerb(invocation: Invocation): number {
  kill(killOptions(invocation));
  return 0;
}
