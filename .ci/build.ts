/**
 * `deno task build`: makes dist/runts.
 *
 * The single binary where a `denort` can be had: named by DENORT_BIN, or from the Deno site. Else a launcher.
 *
 *     build.ts [--binary | --launcher] [--entry=runtime/cli/program.ts] [--output=dist/runts]
 *
 * @module
 */
import { bundle } from "./bundle.ts";
import { compile } from "./compile.ts";
import { fail, pinnedDeno, say } from "./deno.ts";
import { companions, writeLauncher } from "./launcher.ts";

const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

interface Options {
  /** The only form that will do, if one was asked for. */
  readonly form: "binary" | "launcher" | undefined;
  readonly entry: string;
  readonly output: string;
}

function readOptions(args: readonly string[]): Options {
  let form: Options["form"];
  // Not mod.ts: that exports the library, so all of it would be loaded by every command.
  let entry = "runtime/cli/program.ts";
  let output = "dist/runts";
  for (const arg of args) {
    const [, name, value] = /^--([a-z]+)(?:=(.+))?$/.exec(arg) ?? [];
    if (name === "binary" || name === "launcher") form = name;
    else if (name === "entry" && value !== undefined) entry = value;
    else if (name === "output" && value !== undefined) output = value;
    else fail(`Cannot understand "${arg}"`);
  }
  return { form, entry: absolute(entry), output: absolute(output) };
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${ROOT}/${path}`;
}

function build({ form, entry, output }: Options): void {
  const deno = pinnedDeno();
  // The modules stay beside what is made of them, with their source maps: a launcher runs them, and a stack trace of
  // either form names them.
  const modules = `${output}.modules`;
  const drafts = `${modules}.draft.${Deno.pid}`;
  const draft = `${drafts}/modules`; // This path's last part goes into the binary, as does the next one's.
  const binary = `${drafts}/runts`;
  Deno.mkdirSync(draft, { recursive: true });
  try {
    const bundled = bundle(deno, ROOT, entry, draft);
    const isBinary = form !== "launcher" && compile(deno, bundled, binary);
    if (form === "binary" && !isBinary) {
      fail(
        "Cannot make the single binary without denort: set DENORT_BIN, or let the Deno site be reached",
      );
    }
    remove(modules);
    Deno.renameSync(draft, modules);
    if (isBinary) {
      Deno.renameSync(binary, output);
      // What a launcher left behind must not look like a part of this.
      Object.values(companions(output)).forEach(remove);
      say(`${output} is a single binary`);
    } else {
      writeLauncher(deno, bundled.main.replace(draft, modules), output);
      say(
        `${output} is a LAUNCHER, not a single binary: it needs the files beside it and stays there`,
      );
    }
  } finally {
    remove(drafts);
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  try {
    build(readOptions(Deno.args));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
