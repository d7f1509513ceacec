/**
 * The standard output.
 *
 * @module
 */

/** Writes a text to stdout, whole. Throws if it cannot: what a client asked for and did not get is a failure. */
export function writeStdout(text: string): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot write to the standard output: ${why}`, { cause: error });
  }
}
