/**
 * Makes the single binary: `denort`, Deno's run-time half, with the modules in it.
 *
 * The caller's environment belongs to strangers, and a program made by `deno compile` obeys some of it. With
 * DENO_INTERNAL_CHILD_ENTRYPOINT and NODE_CHANNEL_FD it even runs another module, as root. It does so before the first
 * line of ours, so the cure is in the file: {@linkcode blind} takes the variables' names out of it. What the dynamic
 * loader obeys (LD_PRELOAD, LD_LIBRARY_PATH, LD_AUDIT, GLIBC_TUNABLES) is beyond this: it acts before any program that
 * it loads, and only a program that is set-user-ID or static escapes it.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { Bundle } from "./bundle.ts";
import { fail, lastLine, type Result, run, say, V8_FLAGS } from "./deno.ts";

/**
 * What the program must not find in its environment. Everything of Deno's own, and of Node's what acts before or
 * without a module of ours; SSLKEYLOGFILE makes a file, wherever it points.
 */
const NAMES: readonly string[] = [
  "DENO_",
  "NODE_CHANNEL_",
  "NODE_CLUSTER_SCHED_POLICY",
  "NODE_DEBUG",
  "NODE_UNIQUE_ID",
  "SSLKEYLOGFILE",
];

/**
 * Overwrites the first letter of every such name with a NUL. No variable's name has a NUL in it, and Rust's library does
 * not even ask the environment for one. (A "=" would not do: getenv("A=B") finds "A=B=C".)
 *
 * @returns How often each name was there.
 */
export function blind(image: Uint8Array<ArrayBuffer>): Map<string, number> {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const counts = new Map<string, number>();
  for (const name of NAMES) {
    let count = 0;
    for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
      bytes[at] = 0;
      count++;
    }
    counts.set(name, count);
  }
  return counts;
}

/**
 * Compiles a bundle into `output`, whose name goes into the program; the result is false if no denort can be had.
 *
 * - `--no-code-cache`: the cache would be a file of a fixed name in the world-writable temporary directory.
 */
export function compile(deno: string, bundle: Bundle, output: string): boolean {
  const made = run([
    deno,
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--no-config",
    "--no-lock",
    "--no-code-cache",
    V8_FLAGS,
    `--output=${output}`,
    bundle.main,
  ], ownEnvironment());
  if (!made.success) {
    if (Deno.env.has("DENORT_BIN")) {
      fail(`Cannot compile with DENORT_BIN: ${lastLine(made.stderr)}`);
    }
    say(`no denort: ${cause(made)}`);
    return false;
  }
  const image = Deno.readFileSync(output);
  for (const [name, count] of blind(image)) {
    if (count === 0) {
      fail(`Cannot blind ${name}: this denort does not have it, so it is not the pinned one`);
    }
  }
  assertWhole(image, bundle);
  Deno.writeFileSync(output, image);
  assertBlind(output);
  return true;
}

/**
 * Refuses a program without one of its modules: it would look for it below the temporary directory, where anybody may
 * put a file. And one whose own text was changed by the blinding.
 */
function assertWhole(image: Uint8Array<ArrayBuffer>, { directory, modules }: Bundle): void {
  const bytes = Buffer.from(image.buffer);
  for (const name of modules) {
    const code = Deno.readTextFileSync(`${directory}/${name}`);
    const named = NAMES.find((name) => code.includes(name));
    if (named !== undefined) fail(`Cannot blind the program: it names ${named} itself, in ${name}`);
    if (!bytes.includes(`{"File":{"n":"${name}",`)) {
      fail(`Cannot find ${name} in what was compiled`);
    }
  }
}

/** Without OTEL_*, which `deno compile` would write into the program. */
function ownEnvironment(): Record<string, string> {
  const env = Deno.env.toObject();
  for (const name of Object.keys(env)) if (name.startsWith("OTEL_")) delete env[name];
  return env;
}

/** Refuses a program that still listens to its caller's environment, or that does not run any more. */
function assertBlind(program: string): void {
  const plain = run([program, "--version"], {});
  if (!plain.success) fail(`Cannot run what was compiled: ${lastLine(plain.stderr)}`);
  const strange = run([program, "--version"], {
    DENO_INTERNAL_CHILD_ENTRYPOINT: "/nonexistent.js",
    DENO_STARTUP_PHASES: "1",
    DENO_TOKIO_EVENT_INTERVAL: "x",
    NODE_CHANNEL_FD: "x",
  });
  if (strange.stdout !== plain.stdout || strange.stderr !== plain.stderr) {
    fail(`Cannot blind the program: its environment still moves it: ${lastLine(strange.stderr)}`);
  }
}

/** Why it failed: for a download, the innermost cause. */
function cause({ stderr }: Result): string {
  const causes = [...stderr.matchAll(/^ +\d+: (.+)$/gm)].map(([, text]) => text!);
  return causes.find((text) => text.includes("http")) ?? lastLine(stderr);
}
