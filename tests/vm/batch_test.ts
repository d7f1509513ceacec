import { assertEquals } from "#assert";
import { formatSummary, readCounts } from "./counts.ts";
import { batchScript, type FileResult, makeBatches, readBatch } from "./batch.ts";

Deno.test("makeBatches() deals the biggest files out first", () => {
  const files = [["a", 1], ["b", 5], ["c", 3], ["d", 4], ["e", 2]] as const;
  const sized = files.map(([name, size]) => ({ name, size }));
  assertEquals(makeBatches(sized, 2), [["b", "c", "a"], ["d", "e"]]);
  assertEquals(makeBatches(sized.slice(0, 1), 8), [["a"]]);
});

/** Runs a batch of shell scripts in the place of test files. */
function runBatch(scripts: Readonly<Record<string, string>>, limit = 60): string {
  const directory = Deno.makeTempDirSync();
  try {
    for (const [name, script] of Object.entries(scripts)) {
      Deno.writeTextFileSync(`${directory}/${name}`, script);
    }
    const args = ["-c", batchScript(["sh"], Object.keys(scripts), limit)];
    const { stdout } = new Deno.Command("sh", { args, cwd: directory }).outputSync();
    return new TextDecoder().decode(stdout);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("readBatch() reads what each file came to", () => {
  const scripts = {
    good: `echo 'x ... ok (1s)'; echo 'ok | 3 passed (2 steps) | 0 failed | 1 ignored (2s)'`,
    bad: `echo 'FAILED | 3 passed | 2 failed (2s)'; exit 1`,
    "it's broken": `echo 'x ... ok (1s)'; echo 'y ... ignored (0ms)'; exit 1`,
    wrong: `echo 'ok | 3 passed | 0 failed (2s)'; exit 1`,
  };
  const results = readBatch(runBatch(scripts), Object.keys(scripts), false);
  assertEquals(results.map(({ file, counts }) => ({ file, ...counts })), [
    { file: "good", passed: 3, failed: 0, skipped: 1 },
    { file: "bad", passed: 3, failed: 2, skipped: 0 },
    { file: "it's broken", passed: 1, failed: 1, skipped: 1 },
    { file: "wrong", passed: 3, failed: 1, skipped: 0 },
  ]);
  assertEquals(results.map(({ output }) => output), [
    "x ... ok (1s)",
    "",
    "x ... ok (1s)\ny ... ignored (0ms)",
    "",
  ]);
  assertEquals(results[2]?.end, "ended with 1");
  assertEquals(results.every(({ isDone }) => isDone), true);
});

Deno.test("readBatch() takes a file that was cut off for a failure, and goes on", () => {
  const scripts = {
    one: "echo 'x ... ok (1s)'; printf 'y ...'; exec sleep 1000",
    two: "echo 'ok | 1 passed | 0 failed (2s)'",
  };
  // Half of it before the look at all of the machine's processes, and half of it for the look.
  const results = readBatch(runBatch(scripts, 20), Object.keys(scripts), false);
  const [{ counts, end, isDone, output }, second] = results as [FileResult, FileResult];
  assertEquals(/this hangs:\n[^]*sleep 1000/.test(output), true, output);
  assertEquals(counts, { passed: 1, failed: 1, skipped: 0 });
  assertEquals(/^cut off after \d+ s$/.test(end) && isDone, true);
  assertEquals(second.counts, { passed: 1, failed: 0, skipped: 0 });
  assertEquals(results.length, 2);
});

Deno.test("readBatch() takes what the machine's end left undone for not run", () => {
  const output = "==== begin a\nx ... ok (1s)\ny ... FAILED (1s)\nz ...";
  const results = readBatch(output, ["a", "b"], false);
  assertEquals(results.map(({ counts, end, isDone }) => ({ ...counts, end, isDone })), [
    { passed: 1, failed: 1, skipped: 0, end: "no time left", isDone: false },
    { passed: 0, failed: 0, skipped: 0, end: "no time left", isDone: false },
  ]);
  const broken = readBatch(output, ["a", "b"], true);
  assertEquals(broken.map(({ counts, isDone }) => ({ ...counts, isDone })), [
    { passed: 1, failed: 2, skipped: 0, isDone: true },
    { passed: 0, failed: 0, skipped: 0, isDone: false },
  ]);
});

Deno.test("formatSummary() is a line that readCounts() reads back", () => {
  const counts = { passed: 7, failed: 2, skipped: 3 };
  assertEquals(readCounts(formatSummary(counts, "9 s")), counts);
  assertEquals(formatSummary(counts, "9 s"), "FAILED | 7 passed | 2 failed | 3 ignored (9 s)");
});
