import { assertEquals } from "#assert";
import { parseDuration } from "../../../runtime/plan/duration.ts";

const SECOND = 1e9;

/** Text → nanoseconds, as Go's `time.ParseDuration` has it. */
const DURATIONS: readonly (readonly [string, number | undefined])[] = [
  ["0", 0],
  ["+0", 0],
  ["5s", 5 * SECOND],
  ["500ms", SECOND / 2],
  ["1m30s", 90 * SECOND],
  ["2h", 7200 * SECOND],
  ["1.5h", 5400 * SECOND],
  [".5s", SECOND / 2],
  ["1.s", SECOND],
  ["10ns", 10],
  ["3us", 3000],
  ["3\u00b5s", 3000],
  ["3\u03bcs", 3000],
  ["-1s", -SECOND],
  ["+1s", SECOND],
  ["1s1s", 2 * SECOND],
  ["", undefined],
  ["5", undefined],
  ["s", undefined],
  [".s", undefined],
  ["-", undefined],
  ["1 s", undefined],
  ["1d", undefined],
  ["1S", undefined],
  ["1s2", undefined],
  ["x1s", undefined],
  ["--1s", undefined],
  ["9223372037s", undefined],
];

for (const [text, wanted] of DURATIONS) {
  Deno.test(`parseDuration() of "${text}"`, () => assertEquals(parseDuration(text), wanted));
}
