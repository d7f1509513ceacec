/**
 * `deno task bench`: this runtime and runc, run in turn on the same bundle, and how their times compare.
 *
 * Both run in every round, one right after the other and in changing order, so that whatever else the machine does hits
 * both; the ratio is the median of the rounds' ratios. Figures are for people: nothing here passes or fails.
 *
 *     bench.ts [--rounds=40] [--runc=/usr/sbin/runc]
 *
 * @module
 */
import { makeRootfs, RUNTS } from "../lib/sandbox.ts";
import { defaultConfig } from "../../spec/default_config.ts";

interface Runtime {
  readonly name: string;
  readonly program: string;
  readonly root: string;
}

/** One thing to measure: runs once and returns the milliseconds of what counts. */
interface Scenario {
  readonly name: string;
  readonly once: (runtime: Runtime, bench: Bench) => number;
}

interface Bench {
  readonly bundle: string;
  /** A container that is created and waits, for the commands that only look. */
  readonly waiting: string;
}

function call(runtime: Runtime, bench: Bench, ...args: string[]): number {
  const command = new Deno.Command(runtime.program, {
    args: ["--root", runtime.root, ...args],
    cwd: bench.bundle,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const start = performance.now();
  const { code } = command.outputSync();
  const time = performance.now() - start;
  if (code !== 0) throw new Error(`${runtime.name} ${args.join(" ")} exited with ${code}`);
  return time;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "run true", once: (r, b) => call(r, b, "run", "bench") },
  {
    name: "create + start",
    once: (r, b) => {
      const time = call(r, b, "create", "bench") + call(r, b, "start", "bench");
      call(r, b, "delete", "--force", "bench");
      return time;
    },
  },
  {
    name: "create + start + delete --force",
    once: (r, b) =>
      call(r, b, "create", "bench") + call(r, b, "start", "bench") +
      call(r, b, "delete", "--force", "bench"),
  },
  { name: "state", once: (r, b) => call(r, b, "state", b.waiting) },
];

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

function measure(
  scenario: Scenario,
  runtimes: readonly [Runtime, Runtime],
  bench: Bench,
  rounds: number,
): string[] {
  const times: [number[], number[]] = [[], []];
  for (const index of [0, 1] as const) scenario.once(runtimes[index], bench);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [0, 1] as const : [1, 0] as const;
    for (const index of order) times[index].push(scenario.once(runtimes[index], bench));
  }
  const ratio = median(times[0].map((time, i) => time / times[1][i]!));
  const [ours, theirs] = times.map((list) => `${median(list).toFixed(1)} ms`);
  return [scenario.name, ours!, theirs!, ratio.toFixed(2)];
}

/** Resident memory of the process that waits for `start`, in KiB. */
function waitingMemory(runtime: Runtime, bench: Bench): number {
  const { stdout } = new Deno.Command(runtime.program, {
    args: ["--root", runtime.root, "state", bench.waiting],
  }).outputSync();
  const { pid } = JSON.parse(new TextDecoder().decode(stdout));
  return Number(/^VmRSS:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]);
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  for (const row of rows) {
    console.log(
      row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join(
        "   ",
      ),
    );
  }
}

function option(name: string, otherwise: string): string {
  return Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise;
}

function main(): void {
  const directory = Deno.makeTempDirSync({ dir: "/run", prefix: "runts-bench-" });
  const bench: Bench = { bundle: `${directory}/bundle`, waiting: "bench-waiting" };
  const ours: Runtime = { name: "runts", program: RUNTS, root: `${directory}/runts` };
  const theirs: Runtime = {
    name: "runc",
    program: option("runc", "/usr/sbin/runc"),
    root: `${directory}/runc`,
  };
  makeRootfs(`${bench.bundle}/rootfs`);
  const config = structuredClone(defaultConfig());
  const process = { ...config.process, terminal: false, args: ["/bin/true"] };
  Deno.writeTextFileSync(`${bench.bundle}/config.json`, JSON.stringify({ ...config, process }));
  const runtimes = [ours, theirs] as const;
  try {
    for (const runtime of runtimes) call(runtime, bench, "create", bench.waiting);
    const rows = [["", ours.name, theirs.name, "ratio"]];
    const memory = runtimes.map((runtime) => waitingMemory(runtime, bench));
    for (const scenario of SCENARIOS) {
      rows.push(measure(scenario, runtimes, bench, Number(option("rounds", "40"))));
    }
    rows.push([
      "memory of a waiting container",
      ...memory.map((kib) => `${kib} KiB`),
      (memory[0]! / memory[1]!).toFixed(4),
    ]);
    printTable(rows);
  } finally {
    for (const runtime of runtimes) call(runtime, bench, "delete", "--force", bench.waiting);
    Deno.removeSync(directory, { recursive: true });
  }
}

main();
