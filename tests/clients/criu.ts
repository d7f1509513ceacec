/**
 * Whether processes can be written to disk and brought back on this machine.
 *
 * @module
 */
import { findProgram } from "./command.ts";

/** Why not, whatever the runtime; undefined if they can. */
export function whyNoCheckpoints(): string | undefined {
  const criu = findProgram("criu");
  if (criu === undefined) return "there is no criu on this machine";
  const { success, stderr } = new Deno.Command(criu, {
    args: ["check", "--no-default-config", "-v1"],
  }).outputSync();
  if (success) return undefined;
  const text = new TextDecoder().decode(stderr).split("\n").find((line) => /Error/.test(line));
  return `criu check: ${text?.trim() ?? "it fails"}`;
}
