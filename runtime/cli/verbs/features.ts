/** `runts features`. @module */
import { features } from "../../features.ts";
import type { Invocation } from "../invocation.ts";

/** Prints the features document. */
export function featuresVerb(invocation: Invocation): number {
  invocation.print(JSON.stringify(features(), null, 4) + "\n");
  return 0;
}
