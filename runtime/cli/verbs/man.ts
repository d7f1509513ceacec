/** `runts man`. @module */
import type { Invocation } from "../invocation.ts";
import { manual } from "../manual.ts";

/** Prints a manual page. */
export function manVerb({ args, print }: Invocation): number {
  print(manual(args[0]));
  return 0;
}
