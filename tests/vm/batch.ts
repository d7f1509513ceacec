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

/** How many seconds before it is cut off a file is looked at. */
const LOOK = 5;

/** Shows what every program waits for, and where in the kernel: all that will be known of a test that hangs. */
const LOOK_AROUND = `look_around() {
  echo "---- this hangs:"
  for process in /proc/[0-9]*; do
    words=$(tr '\\0' ' ' <"$process/cmdline" 2>/dev/null)
    [ -n "$words" ] || continue
    echo "$process ($(sed -n 's/^State:\\s*//p; s/^PPid:\\s*/child of /p' "$process/status" | paste -sd' ')) $words"
    case $words in *runts*|*criu*) sed 's/^/    /' "$process/stack" "$process/syscall" ;; esac
  done 2>/dev/null
}`;

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
  const seconds = Math.ceil(limit);
  return `${LOOK_AROUND}
for file in ${files.map(shellWord).join(" ")}; do
  echo "==== begin $file"
  begin=$(date +%s)
  { sleep ${Math.max(seconds - LOOK, seconds / 2)} >/dev/null 2>&1; look_around; } &
  # What hangs may well ignore a kinder signal.
  timeout -s KILL ${seconds} ${test.map(shellWord).join(" ")} "$file"
  status=$?
  kill $! 2>/dev/null
  # On a line of its own, even after half a line.
  printf '\\n==== end %d %d\\n' $status $(($(date +%s) - begin))
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
