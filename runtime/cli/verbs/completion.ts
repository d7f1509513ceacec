/** `runts completion`. @module */
import { completion } from "../completion.ts";
import type { Invocation } from "../invocation.ts";

/** Prints a completion. */
export function completionVerb({ args, print }: Invocation): number {
  print(completion(args[0] ?? ""));
  return 0;
}
