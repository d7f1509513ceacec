/**
 * Several test files in one machine, one after the other: a fresh one is slow until the emulator has translated Deno.
 *
 * @module
 */
import { shellWord } from "../../.ci/launcher.ts";
import {
  add,
  type Counts,
  NONE,
  readCounts,
  readPartialCounts,
  withoutSummaries,
} from "./counts.ts";

/** timeout(1) says so. */
const OUT_OF_TIME = 124;

/** What a test file came to. */
export interface FileResult {
  readonly file: string;
  readonly counts: Counts;
  /** What Deno printed, without its summaries: whoever adds up those of the lane would count twice. */
  readonly output: string;
  /** How it ended, in brackets where a summary has the time. */
  readonly end: string;
  /** Whether it came to its end, or was cut off for its own fault. */
  readonly isDone: boolean;
}

/** Deals the files out so that all batches have about the same size, and begin with their biggest. */
export function makeBatches(
  files: readonly { name: string; size: number }[],
  count: number,
): string[][] {
  const sorted = [...files].sort((a, b) => b.size - a.size);
  const batches = Array.from({ length: Math.min(count, files.length) }, () => [] as string[]);
  sorted.forEach(({ name }, i) => batches[i % batches.length]?.push(name));
  return batches;
}

/**
 * A shell script that tests the files.
 *
 * @param test The command, without the file.
 * @param limit Seconds for each file.
 */
export function batchScript(
  test: readonly string[],
  files: readonly string[],
  limit: number,
): string {
  return `for file in ${files.map(shellWord).join(" ")}; do
  echo "==== begin $file"
  begin=$(date +%s)
  # What hangs may well ignore a kinder signal.
  timeout -s KILL ${Math.ceil(limit)} ${test.map(shellWord).join(" ")} "$file"
  # On a line of its own, even after half a line.
  printf '\\n==== end %d %d\\n' $? $(($(date +%s) - begin))
done`;
}

/**
 * Reads what that script wrote, as far as it came. What was not begun has not run, and what was not ended has failed if
 * the machine broke down.
 */
export function readBatch(
  output: string,
  files: readonly string[],
  isBroken: boolean,
): FileResult[] {
  return files.map((file) => {
    const [, after] = output.split(`==== begin ${file}\n`);
    const [, text, status, seconds] = /^([^]*?)\n==== end (\d+) (\d+)$/m.exec(after ?? "") ?? [];
    if (text !== undefined) return ended(file, text, Number(status), Number(seconds));
    const isFailure = isBroken && after !== undefined;
    const counts = add(readPartialCounts(after ?? ""), { ...NONE, failed: isFailure ? 1 : 0 });
    const end = isBroken ? "the machine broke down" : "no time left";
    return { file, counts, output: withoutSummaries(after ?? ""), end, isDone: isFailure };
  });
}

function ended(file: string, text: string, status: number, seconds: number): FileResult {
  const counts = readCounts(text);
  const result = { file, output: withoutSummaries(text), isDone: true };
  if (counts !== undefined && (status === 0 || counts.failed > 0)) {
    return { ...result, counts, end: `${seconds} s` };
  }
  const partial = counts ?? readPartialCounts(text);
  // KILL shows as such, or as timeout's own status, by which of the two was killed.
  const isCutOff = (status === OUT_OF_TIME || status === 128 + 9) && counts === undefined;
  const end = isCutOff ? `cut off after ${seconds} s` : `ended with ${status}`;
  return { ...result, counts: { ...partial, failed: partial.failed + 1 }, end };
}
