/**
 * Makes a few JavaScript files of the program: one for what every command needs, and one for each part that an
 * `import()` brings in.
 *
 * Not one file for all: V8 reads a file from end to end at every start. In one file of 230 KB `state` took 90 ms on a
 * slow machine, in parts 63 ms, which is 5 ms more than an empty program. Minified, since that helps again, and without
 * the names of functions, whose keeping costs `create` 8 %; for stack traces there are source maps.
 *
 * @module
 */
import { fail, lastLine, type Result, run } from "./deno.ts";

/** What the text of the commit stands for in the source. */
const COMMIT = "@RUNTS_COMMIT@";

/** A bundled program. */
export interface Bundle {
  readonly directory: string;
  /** The module that starts it. */
  readonly main: string;
  /** All its modules' names. */
  readonly modules: readonly string[];
}

/** Bundles `entry` into `directory`, with the commit written in and a source map beside each module. */
export function bundle(deno: string, root: string, entry: string, directory: string): Bundle {
  const { success, stderr } = run([
    deno,
    "bundle",
    "--quiet",
    "--minify",
    "--code-splitting",
    "--sourcemap=external",
    `--config=${root}/deno.json`,
    `--outdir=${directory}`,
    entry,
  ]);
  if (!success) fail(`Cannot bundle ${entry}: ${lastLine(stderr)}`);
  const name = entry.replace(/^.*\//, "").replace(/\.ts$/, ".js");
  const main = `${directory}/${name}`;
  // With a default export Deno looks whether the program is a server: 6 ms at every start.
  if (/\bexport\s*(?:default\b|\{[^}]*\bas default\b)/.test(Deno.readTextFileSync(main))) {
    fail(`Cannot build ${entry}: it has a default export`);
  }
  const commit = readCommit(root);
  const modules: string[] = [];
  for (const file of Deno.readDirSync(directory)) {
    if (!file.name.endsWith(".js")) continue;
    modules.push(file.name);
    const path = `${directory}/${file.name}`;
    const code = Deno.readTextFileSync(path);
    if (commit !== undefined && code.includes(COMMIT)) {
      Deno.writeTextFileSync(path, code.replaceAll(COMMIT, commit));
    }
    // The time goes into the binary, which otherwise is the same at every build.
    Deno.utimeSync(path, 0, 0);
  }
  return { directory, main, modules: modules.sort() };
}

/** The commit of the working tree, marked if something is changed in it; undefined outside of a repository. */
function readCommit(root: string): string | undefined {
  const git = (...args: string[]): Result | undefined => {
    try {
      return run(["git", "-C", root, ...args]);
    } catch {
      return undefined; // No git on this machine.
    }
  };
  const head = git("rev-parse", "--verify", "--quiet", "HEAD");
  if (head?.success !== true) return undefined;
  const changed = git("status", "--porcelain", "--untracked-files=no")?.stdout !== "";
  return head.stdout.trim() + (changed ? "-dirty" : "");
}
