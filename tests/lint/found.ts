/**
 * Runs the project's lint rules on a snippet.
 *
 * @module
 */
/// <reference lib="deno.unstable" />
import plugin from "./plugin.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The rules that `source` breaks as a file of the project, each once, in the order of the alphabet. */
export function found(path: string, source: string): string[] {
  const ids = Deno.lint.runPlugin(plugin, ROOT + path, source).map(({ id }) => id);
  return [...new Set(ids)].sort();
}
