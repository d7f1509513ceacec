/**
 * @module
 */

/** How many tests ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** No tests. */
export const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };

const SUMMARY = /^(?:ok|FAILED) \| \d+ passed.*$/gm;

/** The sum of all summaries in the output of `deno test`; undefined if there is none, as it did not come to its end. */
export function readCounts(output: string): Counts | undefined {
  const summaries = output.match(SUMMARY) ?? [];
  const count = (line: string, word: string): number =>
    Number(new RegExp(`\\b(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  return summaries.length === 0 ? undefined : summaries.map((line) => ({
    passed: count(line, "passed"),
    failed: count(line, "failed"),
    skipped: count(line, "ignored"),
  })).reduce(add);
}

/** How the tests ended that came to an end before all was cut off. */
export function readPartialCounts(output: string): Counts {
  const count = (verdict: string): number =>
    output.match(new RegExp(` \\.\\.\\. ${verdict}\\b.*$`, "gm"))?.length ?? 0;
  return { passed: count("ok"), failed: count("FAILED"), skipped: count("ignored") };
}

/** The sum of two. */
export function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** What else the output of `deno test` says. */
export function withoutSummaries(output: string): string {
  return output.replaceAll(SUMMARY, "").trim();
}

/** As `deno test` says it, for those who add up its summaries. */
export function formatSummary({ passed, failed, skipped }: Counts, how: string): string {
  const verdict = failed === 0 ? "ok" : "FAILED";
  return `${verdict} | ${passed} passed | ${failed} failed | ${skipped} ignored (${how})`;
}

/** As every line of the lane has it. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
