import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { annotationProperties } from "../../../runtime/plan/systemd_annotations.ts";
import { ConfigError } from "../../../spec/issue.ts";

const PREFIX = "org.systemd.property.";

Deno.test("annotationProperties() takes the annotations with the prefix, and no other", () => {
  assertEquals(
    annotationProperties({
      "org.example.x": "nonsense",
      "org.systemd.property": "nonsense",
      [`${PREFIX}CollectMode`]: "'inactive'",
      [`${PREFIX}DefaultDependencies`]: "true",
      [`${PREFIX}After`]: "['a.service', 'b.service']",
      [`${PREFIX}TimeoutStopUSec`]: "uint64 5",
    }),
    [
      { name: "CollectMode", signature: "s", value: "inactive" },
      { name: "DefaultDependencies", signature: "b", value: true },
      { name: "After", signature: "as", value: ["a.service", "b.service"] },
      { name: "TimeoutStopUSec", signature: "t", value: 5n },
    ],
  );
});

Deno.test("annotationProperties() turns seconds into microseconds", () => {
  const cases: [string, bigint][] = [
    ["5", 5_000_000n],
    ["uint64 5", 5_000_000n],
    ["int16 0", 0n],
    ["0.25", 250_000n],
    ["1e300", 2n ** 64n - 1n],
    ["uint64 18446744073709551615", 2n ** 64n - 1n],
  ];
  for (const [text, value] of cases) {
    assertEquals(annotationProperties({ [`${PREFIX}TimeoutStopSec`]: text }), [
      { name: "TimeoutStopUSec", signature: "t", value },
    ], text);
  }
});

Deno.test("annotationProperties() names every fault at once", () => {
  const faults: [string, string, string][] = [
    [
      "CPUWeight",
      "x",
      'must be a value in the text format of GVariant, got "x": "x" is not expected',
    ],
    ["TimeoutStopSec", "'x'", `must be a number of seconds, got "'x'"`],
    ["TimeoutStopSec2", "", 'got "": something is missing at its end'],
    ["RuntimeMaxSec", "-1", 'must be a number of seconds, got "-1"'],
    ["RuntimeRandomizedExtraSec", "[1]", 'must be a number of seconds, got "[1]"'],
    ["PIDs", "[uint32 1]", "must not be set: the runtime does"],
    ["Slice", "'a.slice'", "must not be set: the runtime does"],
    ["Delegate", "false", "must not be set: the runtime does"],
    ["", "5", "must name a property of systemd after the last dot"],
    ["lower", "5", "must name a property of systemd after the last dot"],
    ["A-B", "5", "must name a property of systemd after the last dot"],
  ];
  const annotations = Object.fromEntries(faults.map(([name, text]) => [PREFIX + name, text]));
  throws(() => annotationProperties(annotations), (error) => {
    assert(error instanceof ConfigError);
    assertEquals(
      error.issues.map(({ path, spec }) => [path, spec]),
      faults.map(([name]) => [
        `annotations[${JSON.stringify(PREFIX + name)}]`,
        "config.md#configAnnotations",
      ]),
    );
    error.issues.forEach(({ message }, i) => assert(message.endsWith(faults[i]![2]), message));
    return true;
  });
});
