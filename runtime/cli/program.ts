/**
 * The program: the command line of this process. What the build bundles begins here, so that a command loads no more than
 * it needs.
 *
 * @module
 */
import { main } from "./main.ts";

/** Runs the command line and ends the process with its exit code. */
export async function runProgram(): Promise<never> {
  Deno.exit(await main(await afterLauncher(Deno.args)));
}

/**
 * Takes the first word away if it is the launcher's. It is no flag of the command line: a compiled program has no launcher,
 * and nobody else is to use it.
 */
async function afterLauncher(args: readonly string[]): Promise<readonly string[]> {
  const limit = /^--launcher-nofile=([0-9]+|unlimited)$/.exec(args[0] ?? "")?.[1];
  if (limit === undefined) return args;
  (await import("../launcher.ts")).undoLauncher(limit);
  return args.slice(1);
}

if (import.meta.main) await runProgram();
