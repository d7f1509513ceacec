/**
 * The one Deno that the project is built with.
 *
 * Its version is pinned: a later one may start more slowly, move its memory or mark it otherwise, and a program that
 * forks under V8 stands on such things.
 *
 * @module
 */

/** The pinned version. */
export const DENO_VERSION = "2.9.4";

/** Says what a build script does. */
export function say(text: string): void {
  console.error(`build: ${text}`);
}

/** Ends the build with one sentence. */
export function fail(text: string): never {
  throw new Error(text);
}

/** What a program printed, and whether it succeeded. */
export interface Result {
  readonly success: boolean;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with exactly this environment if one is given. */
export function run(
  [program, ...args]: readonly [string, ...string[]],
  env?: Readonly<Record<string, string>>,
): Result {
  const { success, code, stdout, stderr } = new Deno.Command(program, {
    args,
    stdin: "null",
    ...env === undefined ? {} : { env: { ...env }, clearEnv: true },
  }).outputSync();
  const text = new TextDecoder();
  return { success, code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** The path of the pinned Deno: this one, or the one that the npm registry has. */
export function pinnedDeno(): string {
  if (Deno.version.deno === DENO_VERSION) return Deno.execPath();
  say(`this is Deno ${Deno.version.deno}; taking ${DENO_VERSION} from the npm registry`);
  const script = "console.log(Deno.version.deno, Deno.execPath())";
  const found = run([
    Deno.execPath(),
    "run",
    "-A",
    "--no-config",
    "--no-lock",
    `npm:deno@${DENO_VERSION}`,
    "eval",
    script,
  ]);
  const [, path] = new RegExp(`^${DENO_VERSION} (/.+)$`, "m").exec(found.stdout) ?? [];
  if (path === undefined) fail(`Cannot get Deno ${DENO_VERSION}: ${lastLine(found.stderr)}`);
  return path;
}

/** The last line that says something: Deno's own words come first, and a backtrace may follow them. */
export function lastLine(text: string): string {
  const lines = text.replaceAll(/\x1b\[[0-9;]*m/g, "").split(/\n\n?Stack backtrace:/)[0]!.split(
    "\n",
  );
  return lines.findLast((line) => line.trim() !== "")?.trim().replace(/^\d+: /, "") ??
    "it said nothing";
}

/**
 * V8's flags, for the binary and the launcher alike.
 *
 * - `--single-threaded`: forked children hang without it (ffi/fork.ts).
 * - `--jitless`: every command is a fresh process that runs most of its code once; not compiling it saves some 10 % of
 *   the time, and no page is ever writable and executable at once.
 * - `--min-semi-space-size=16` (MiB): no collection during a command, which would touch pages for nothing.
 */
export const V8_FLAGS = "--v8-flags=--single-threaded,--jitless,--min-semi-space-size=16";
