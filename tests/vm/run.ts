/**
 * `deno task test:vm`: runs the tests that want another kernel in a machine that is thrown away: pure cgroup v2, systemd
 * with D-Bus, AppArmor, more kinds of network devices, CRIU.
 *
 *     run.ts [--minutes=15] [--jobs=2] [FILE | DIRECTORY]…   tests; by default those of selection.ts
 *     run.ts [--minutes=60] [--jobs=2] --all                 all of tests/conformance and tests/root
 *     run.ts -- COMMAND [ARGUMENT]…                          anything else, in the checkout
 *
 * The minutes are for everything, an image to be made included. A file that takes most of what is left for the tests hangs:
 * it is cut off, and has failed. What finds no time left is named, and has failed if it was asked for by name or by --all. RUNTS names
 * another executable than dist/runts, RUNTS_VM_CACHE another cache than ~/.cache/runts-vm. Where no machine can be had, all
 * is skipped with a reason. The last line sums up as those of `deno test` do.
 *
 * @module
 */
import { formatSummary, NONE } from "./counts.ts";
import { cacheDirectory, NoMachine, remove, say, whyNoMachine } from "./host.ts";
import { Lane } from "./lane.ts";
import { type Prepared, prepareMachine, whyNotPrepared } from "./prepared.ts";
import { allTests, type Selection, selectTests, testFiles } from "./selection.ts";

interface Options {
  readonly minutes: number;
  readonly jobs: number;
  readonly selection: Selection;
  readonly command: readonly string[];
}

function readOptions(args: readonly string[]): Options {
  const end = args.indexOf("--");
  const command = end < 0 ? [] : args.slice(end + 1);
  let minutes: number | undefined, jobs = Math.min(2, navigator.hardwareConcurrency);
  let isAll = false;
  const paths: string[] = [];
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    const [, name, value] = /^--(minutes|jobs)=([1-9]\d*)$/.exec(arg) ?? [];
    if (name === "minutes") minutes = Number(value);
    else if (name === "jobs") jobs = Number(value);
    else if (arg === "--all") isAll = true;
    else if (arg.startsWith("-")) throw new Error(`Cannot understand "${arg}"`);
    else paths.push(arg);
  }
  return {
    minutes: minutes ?? (isAll ? 60 : 15),
    jobs,
    selection: selectionOf(paths, isAll),
    command,
  };
}

/** What is asked for by name has to run. */
function selectionOf(paths: readonly string[], isAll: boolean): Selection {
  if (isAll) return { turns: [allTests()], isWhole: true };
  if (paths.length > 0) return { turns: [paths.flatMap(testFiles)], isWhole: true };
  return selectTests(allTests());
}

/** A machine, or the reason why there is none. */
async function prepare(cache: string): Promise<Prepared | string> {
  const reason = whyNoMachine() ?? await whyNotPrepared(cache);
  if (reason !== undefined) return reason;
  try {
    return await prepareMachine(cache);
  } catch (error) {
    if (error instanceof NoMachine) return error.message;
    throw error;
  }
}

function skip(reason: string, files: number): number {
  console.log(`vm: SKIPPED: ${reason}`);
  console.log(formatSummary({ ...NONE, skipped: files }, "test files; no machine"));
  return 0;
}

async function main({ minutes, jobs, selection, command }: Options): Promise<number> {
  const deadline = Date.now() + minutes * 60_000;
  const cache = cacheDirectory();
  const tests = selection.turns.flat();
  const machine = await prepare(cache);
  if (typeof machine === "string") return skip(machine, tests.length);
  using prepared = machine;
  const work = Deno.makeTempDirSync({ dir: cache, prefix: "run-" });
  const clean = (): void => remove(work);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      clean();
      Deno.exit(130);
    });
  }
  try {
    const lane = new Lane(prepared, work, tests, deadline);
    if (command.length > 0) return await lane.runCommand(command);
    return await lane.runTests(selection, jobs);
  } finally {
    clean();
  }
}

if (import.meta.main) {
  try {
    Deno.exit(await main(readOptions(Deno.args)));
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
