/**
 * What the checks of all clients expect.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import type { Result } from "./command.ts";

/** Says what the text was, if it does not have the part. */
export function assertIncludes(text: string, part: string): void {
  assert(text.includes(part), `no "${part}" in "${text.trim()}"`);
}

/** The opposite. */
export function assertExcludes(text: string, part: string): void {
  assert(!text.includes(part), `"${part}" in "${text.trim()}"`);
}

/** A command ended with a code; its words tell why not. */
export function assertCode(result: Result, code: number): void {
  assertEquals(result.code, code, `exit code ${result.code}, not ${code}: ${all(result)}`);
}

/** What a command wrote, to either stream. */
export function all({ stdout, stderr }: Result): string {
  return `${stdout}${stderr}`.trim();
}

/** The words of a text, with one blank between them. */
export function words(text: string): string {
  return text.trim().split(/\s+/).join(" ");
}

/** For a shell in a container: what its process was started with. */
export const LOOK: string = [
  "echo fds $(ls /proc/self/fd)",
  "grep -E '^Sig(Blk|Ign)' /proc/self/status",
  "env | sed 's/^/env /'",
].join("; ");

const CONFIGURED = /^env (?:PATH|HOME|PWD|OLDPWD|SHLVL|HOSTNAME|TERM|container)=/;

/** 32 and 33, the C library's own. The test runner ignores them in what it starts, and only a raw system call undoes it. */
const LIBRARY_SIGNALS = 0x180000000n;

/** Nothing of the client's or of the runtime's own came along: descriptors, signals, variables. */
export function assertClean(look: string): void {
  // 3 is the directory that ls itself reads.
  assertIncludes(`${look}\n`, "fds 0 1 2 3\n");
  assertIncludes(look, "SigBlk:\t0000000000000000");
  const [, ignored = "1"] = /^SigIgn:\t([0-9a-f]+)$/m.exec(look) ?? [];
  assertEquals(BigInt(`0x${ignored}`) & ~LIBRARY_SIGNALS, 0n, `ignored signals ${ignored}`);
  const lines = look.split("\n").filter((line) => line.startsWith("env "));
  assert(lines.length > 0, look);
  assertEquals(lines.filter((line) => !CONFIGURED.test(line)), []);
}

/** Whether a process has a handler for a signal, by its number. */
export function catches(pid: number, signal: number): boolean {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const [, mask = "0"] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(status) ?? [];
  return (BigInt(`0x${mask}`) & 1n << BigInt(signal - 1)) !== 0n;
}

/** The namespace of a process, as /proc shows it: "net:[4026531840]". */
export function namespaceOf(pid: number | "self", kind: string): string {
  return Deno.readLinkSync(`/proc/${pid}/ns/${kind}`);
}
