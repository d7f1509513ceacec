/**
 * `deno task test:vm`: runs the tests that need root on another kernel, in a machine that is thrown away: pure cgroup v2,
 * systemd with D-Bus, AppArmor, more kinds of network devices, CRIU.
 *
 *     run.ts [--minutes=19] [--jobs=2] [FILE | DIRECTORY]…   tests; all of tests/root and tests/conformance by default
 *     run.ts -- COMMAND [ARGUMENT]…                          anything else, in the checkout
 *
 * Some files share a machine, one after the other. A file that takes a third of all minutes is cut off, and has failed; what
 * finds no time left is skipped. RUNTS names another executable than dist/runts, RUNTS_VM_CACHE another cache than
 * ~/.cache/runts-vm. Where no machine can be had, all is skipped with a reason.
 *
 * @module
 */
import { pinnedDeno } from "../../.ci/deno.ts";
import { add, type Counts, formatCounts, NONE } from "./counts.ts";
import { batchScript, makeBatches, readBatch } from "./batch.ts";
import { cacheDirectory, remove, say, whyNoMachine } from "./host.ts";
import { type Outcome, runJob } from "./machine.ts";
import { type Prepared, prepareMachine, whyNotPrepared } from "./prepared.ts";
import { Share } from "./share.ts";

const CHECKOUT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

const DIRECTORIES: readonly string[] = ["tests/root", "tests/conformance"];

/** No type checks (`deno task ok` does that, faster); one thread, since tests fork. */
const TEST: readonly string[] = [
  ...["test", "--allow-all", "--no-check", "--cached-only", "--v8-flags=--single-threaded"],
];

interface Options {
  readonly minutes: number;
  readonly jobs: number;
  readonly tests: readonly string[];
  readonly command: readonly string[];
}

function readOptions(args: readonly string[]): Options {
  const end = args.indexOf("--");
  const command = end < 0 ? [] : args.slice(end + 1);
  let minutes = 19, jobs = Math.min(2, navigator.hardwareConcurrency);
  const paths: string[] = [];
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    const [, name, value] = /^--(minutes|jobs)=([1-9]\d*)$/.exec(arg) ?? [];
    if (name === "minutes") minutes = Number(value);
    else if (name === "jobs") jobs = Number(value);
    else if (arg.startsWith("-")) throw new Error(`Cannot understand "${arg}"`);
    else paths.push(arg);
  }
  const tests = (paths.length > 0 ? paths : DIRECTORIES).flatMap(testFiles);
  return { minutes, jobs, command, tests };
}

/** Paths from the checkout. A directory that is not there has no tests. */
function testFiles(path: string): string[] {
  if (path.endsWith(".ts")) return [path];
  try {
    return [...Deno.readDirSync(`${CHECKOUT}/${path}`)].flatMap(({ name, isDirectory }) =>
      isDirectory || name.endsWith("_test.ts") ? testFiles(`${path}/${name}`) : []
    ).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** How many batches each machine's turn has: many share out the work evenly, few warm up less often. */
const BATCHES = 7;

const OUT_OF_TIME: Outcome = { status: undefined, output: "", console: "" };

/** A run of the lane. */
class Lane {
  readonly #prepared: Prepared;
  readonly #share: Share;
  readonly #work: string;
  readonly #deno: string;
  /** When all has to be over, in milliseconds since 1970. */
  readonly #deadline: number;
  /** Seconds for one test file: none takes that long, unless it hangs. */
  readonly #fileLimit: number;
  #sum: Counts = NONE;
  readonly #lines: string[] = [];

  constructor(prepared: Prepared, work: string, tests: readonly string[], deadline: number) {
    this.#prepared = prepared;
    this.#work = work;
    this.#deno = pinnedDeno();
    this.#deadline = deadline;
    this.#fileLimit = (deadline - Date.now()) / 1000 / 3;
    this.#share = new Share(`${work}/share`, {
      checkout: CHECKOUT,
      runts: Deno.env.get("RUNTS") ?? `${CHECKOUT}/dist/runts`,
      deno: this.#deno,
      denoDirectory: `${prepared.cache}/deno`,
      tests,
    });
  }

  /** Runs one command, and returns its exit status. */
  async runCommand(words: readonly string[]): Promise<number> {
    const { status, output, console } = await this.#run(words);
    await print(output);
    if (status === undefined) say(`the machine ended before the command\n${console}`);
    return status ?? 1;
  }

  /** Runs the files, in several machines at a time; returns the exit status. */
  async runTests(tests: readonly string[], jobs: number): Promise<number> {
    const files = tests.map((name) => ({ name, size: Deno.statSync(`${CHECKOUT}/${name}`).size }));
    const batches = makeBatches(files, jobs * BATCHES);
    const runSome = async (): Promise<void> => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        await this.#runBatch(batch);
      }
    };
    await Promise.all(Array.from({ length: jobs }, runSome));
    console.log(["", ...this.#lines.sort(), `vm: ${formatCounts(this.#sum)}`].join("\n"));
    return this.#sum.failed === 0 && this.#sum.passed > 0 ? 0 : 1;
  }

  async #runBatch(files: readonly string[]): Promise<void> {
    const test = [this.#deno, ...TEST];
    const script = batchScript(test, files, this.#fileLimit);
    const { status, output, console: words } = this.#secondsLeft() < 10
      ? OUT_OF_TIME
      : await this.#run(["sh", "-c", script]);
    const isBroken = status === undefined && this.#secondsLeft() > 0;
    if (isBroken) say(`the machine broke down\n${words}`);
    for (const { file, counts, output: text, seconds } of readBatch(output, files, isBroken)) {
      await print(`\n== ${file}\n${text}`);
      this.#sum = add(this.#sum, counts);
      const end = seconds === undefined ? "not ended" : `${seconds} s`;
      this.#lines.push(`vm: ${file}: ${formatCounts(counts)} (${end})`);
    }
  }

  #secondsLeft(): number {
    return (this.#deadline - Date.now()) / 1000;
  }

  async #run(words: readonly string[]): Promise<Outcome> {
    const { image, accelerator, saved } = this.#prepared;
    const work = Deno.makeTempDirSync({ dir: this.#work });
    try {
      const script = this.#share.addJob(words);
      const share = this.#share.directory;
      const limit = this.#secondsLeft();
      return await runJob({ image, accelerator, saved, work, share, script, limit });
    } finally {
      remove(work);
    }
  }
}

async function print(text: string): Promise<void> {
  await new Blob([text]).stream().pipeTo(Deno.stdout.writable, { preventClose: true });
}

async function main({ minutes, jobs, tests, command }: Options): Promise<number> {
  const deadline = Date.now() + minutes * 60_000;
  const cache = cacheDirectory();
  const reason = whyNoMachine() ?? await whyNotPrepared(cache);
  if (reason !== undefined) {
    say(`SKIPPED: ${reason}`);
    console.log(`vm: ${formatCounts({ ...NONE, skipped: tests.length })} (test files)`);
    return 0;
  }
  using prepared = await prepareMachine(cache);
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
    return command.length > 0 ? await lane.runCommand(command) : await lane.runTests(tests, jobs);
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
