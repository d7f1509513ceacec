/**
 * The program: the command line of this process. What the build bundles begins here, so that a command loads no more than
 * it needs.
 *
 * @module
 */
import { main } from "./main.ts";

/** Runs the command line and ends the process with its exit code. */
export async function runProgram(): Promise<never> {
  Deno.exit(await main(Deno.args));
}

if (import.meta.main) await runProgram();
