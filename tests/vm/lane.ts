/**
 * A run of the tests, in machines that are thrown away: some files share one, one after the other.
 *
 * @module
 */
import { pinnedDeno } from "../../.ci/deno.ts";
import { add, type Counts, formatCounts, formatSummary, NONE } from "./counts.ts";
import { batchScript, type FileResult, makeBatches, readBatch } from "./batch.ts";
import { remove, say } from "./host.ts";
import { type Outcome, runJob } from "./machine.ts";
import type { Prepared } from "./prepared.ts";
import type { Selection } from "./selection.ts";
import { Share } from "./share.ts";

const CHECKOUT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** No type checks (`deno task ok` does that, faster); one thread, since tests fork. */
const TEST: readonly string[] = [
  ...["test", "--allow-all", "--no-check", "--cached-only", "--v8-flags=--single-threaded"],
];

/** How many batches each machine's turn has: many share out the work evenly, few warm up less often. */
const BATCHES = 4;

/** What a file may take of all the time, at most: the slowest takes a fifth of it where nothing else runs. */
const FILE_SHARE = 0.7;

/** And seconds, where there is much time: three times what the slowest has taken on a busy machine. */
const FILE_SECONDS = 1000;

/** Seconds that are too few for a batch. */
const TOO_FEW = 10;

const OUT_OF_TIME: Outcome = { status: undefined, output: "", console: "" };

/** A run of the lane. */
export class Lane {
  readonly #prepared: Prepared;
  readonly #share: Share;
  readonly #work: string;
  readonly #deno: string;
  /** When all has to be over, in milliseconds since 1970. */
  readonly #deadline: number;
  /** Seconds for one test file: none takes nearly that long, unless it hangs. */
  readonly #fileLimit: number;
  #sum: Counts = NONE;
  readonly #lines: string[] = [];
  readonly #notRun: string[] = [];

  constructor(prepared: Prepared, work: string, tests: readonly string[], deadline: number) {
    this.#prepared = prepared;
    this.#work = work;
    this.#deno = pinnedDeno();
    this.#deadline = deadline;
    this.#fileLimit = Math.min((deadline - Date.now()) / 1000 * FILE_SHARE, FILE_SECONDS);
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
    print(output);
    if (status === undefined) say(`the machine ended before the command\n${console}`);
    return status ?? 1;
  }

  /** Runs the files, in several machines at a time; returns the exit status. */
  async runTests({ turns, isWhole }: Selection, jobs: number): Promise<number> {
    const begin = Date.now();
    const batches = turns.flatMap((files) =>
      makeBatches(files.map((name) => ({ name, size: sizeOf(name) })), jobs * BATCHES)
    );
    const runSome = async (): Promise<void> => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        await this.#runBatch(batch);
      }
    };
    await Promise.all(Array.from({ length: jobs }, runSome));
    this.#report(isWhole, Math.round((Date.now() - begin) / 1000));
    return this.#sum.failed === 0 && this.#sum.passed > 0 ? 0 : 1;
  }

  /** A file that did not run counts as a failure, or as skipped. */
  #report(isWhole: boolean, seconds: number): void {
    const lines = this.#lines.sort();
    for (const file of this.#notRun.sort()) {
      this.#sum = add(this.#sum, { ...NONE, [isWhole ? "failed" : "skipped"]: 1 });
      lines.push(`vm: NOT RUN: ${file}`);
    }
    print(["", ...lines, "", formatSummary(this.#sum, `${seconds} s`), ""].join("\n"));
  }

  async #runBatch(files: readonly string[]): Promise<void> {
    const test = [this.#deno, ...TEST];
    const script = batchScript(test, files, this.#fileLimit);
    const { status, output, console: words } = this.#secondsLeft() < TOO_FEW
      ? OUT_OF_TIME
      : await this.#run(["sh", "-c", script]);
    const isBroken = status === undefined && this.#secondsLeft() > 0 && output !== "";
    if (isBroken) say(`the machine broke down\n${words}`);
    for (const result of readBatch(output, files, isBroken)) this.#add(result);
  }

  #add({ file, counts, output, end, isDone }: FileResult): void {
    if (output !== "") print(`\n== ${file}\n${output}\n`);
    this.#sum = add(this.#sum, counts);
    this.#lines.push(`vm: ${file}: ${formatCounts(counts)} (${end})`);
    if (!isDone) this.#notRun.push(file);
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

function sizeOf(file: string): number {
  return Deno.statSync(`${CHECKOUT}/${file}`).size;
}

/** All at once: two machines may end at the same time. */
function print(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}
