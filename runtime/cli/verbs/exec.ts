/** `runts exec`. @module */
import { exec } from "../../exec.ts";
import { execOptions } from "../exec_options.ts";
import type { Invocation } from "../invocation.ts";

/** Runs a program in a container; the exit code is the program's. */
export function execVerb(invocation: Invocation): number {
  return exec(execOptions(invocation));
}
