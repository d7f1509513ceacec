/** Configs at random, from a fixed seed: what is refused, and that it is only ever refused. */

import { assert, assertEquals } from "#assert";
import { defaultConfig, rootlessConfig } from "../../spec/default_config.ts";
import { ConfigError } from "../../spec/issue.ts";
import { parseJson, stringifyJson } from "../../spec/json.ts";
import { parseConfig, validateConfig, validateShape } from "../../spec/validate.ts";
import { fullConfig } from "./full_config.ts";
import { isValid } from "./json_schema.ts";
import { mutate, random, STRANGE } from "./mutations.ts";

const SEED = 20251125;
const ROUNDS = 2000;

function bases(): unknown[] {
  const example = new URL("./schema/test/config/good/spec-example.json", import.meta.url);
  const spec = parseJson(Deno.readTextFileSync(example)) as Record<string, unknown>;
  spec.ociVersion = "1.3.0";
  return [defaultConfig(), rootlessConfig(1000, 1000), spec, fullConfig()];
}

Deno.test(`parseConfig() throws nothing but ConfigError on ${ROUNDS} changed configs`, () => {
  const next = random(SEED);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const value = bases()[round % 4];
    const changes = 1 + Math.floor(next() * 3);
    for (let i = 0; i < changes; i++) mutate(value, next);
    const text = stringifyJson(value);
    try {
      const config = parseConfig(text);
      // What was accepted is accepted again, as it came out.
      assertEquals(parseConfig(stringifyJson(config)), config);
    } catch (error) {
      assert(error instanceof ConfigError, `${error} for ${text}`);
      assert(error.issues.length > 0);
      assert(!error.message.includes("\n"), error.message);
      refused++;
    }
  }
  assert(refused > ROUNDS / 4 && refused < ROUNDS, `refused ${refused}`);
});

Deno.test(`parseConfig() throws nothing but ConfigError on ${ROUNDS} damaged texts`, () => {
  const next = random(SEED + 1);
  const characters = [...'{}[]:,"\\0-.e tnf\n\0', "\ufeff", "9".repeat(30), '"a":1,'];
  const texts = bases().map((value) => stringifyJson(value, 1));
  for (let round = 0; round < ROUNDS; round++) {
    const text = texts[round % 4] ?? "";
    const at = Math.floor(next() * text.length);
    const character = characters[Math.floor(next() * characters.length)] ?? "";
    const damaged = text.slice(0, at) + character + text.slice(at + Math.floor(next() * 2));
    try {
      parseConfig(damaged);
    } catch (error) {
      assert(error instanceof ConfigError, `${error} for ${damaged}`);
    }
  }
});

/** Where we follow the text, and the official JSON Schema is stricter. */
const STRICTER_THERE = /^linux\.(resources\.pids|devices.*\.fileMode|rootfsPropagation)/;

/** Where we follow the text or the kernel, and the official JSON Schema is looser. */
const STRICTER_HERE = [
  /^root$/,
  /^process\.args$/,
  /^process\.user\.([ug]id|additionalGids)/,
  /^process\.(oomScoreAdj|rlimits\[\d+\]\.type)$/,
  /^hooks\.\w+\[\d+\]\.timeout$/,
  /^linux\.timeOffsets/,
  /^linux\.devices\[\d+\]\.(major|minor|uid|gid)$/,
  /^linux\.resources\.devices\[\d+\]\.(major|minor)$/,
  /^linux\.resources\.memory\.swappiness$/,
  /^linux\.resources\.cpu\.idle$/,
  /^linux\.resources\.blockIO\.\w+\[\d+\]\.(major|minor|rate)$/,
  /^linux\.seccomp\.syscalls\[\d+\]\.args\[\d+\]\.index$/,
  /\.__proto__$/,
  // Its pattern for names leaves the empty one out.
  /\[""\]$/,
];

// Which we take for absent, and the schema does not: tests/spec/null_test.ts.
const NOT_NULL = STRANGE.filter((value) => value !== null);

Deno.test(`validateShape() agrees with the official schema on ${ROUNDS} changed configs`, () => {
  const next = random(SEED + 2);
  const verdicts = { both: 0, neither: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const value = bases()[round % 4];
    const path = mutate(value, next, NOT_NULL);
    const theirs = isValid("config-schema.json", value);
    const issues = validateShape(value);
    const where = `${path} of ${stringifyJson(value)}`;
    if (theirs) {
      const unexpected = issues.filter((issue) => !STRICTER_HERE.some((p) => p.test(issue.path)));
      assertEquals(unexpected, [], where);
    } else if (!STRICTER_THERE.test(path)) {
      assert(issues.length > 0, where);
      assert(validateConfig(value).length > 0, where);
    }
    if (theirs && issues.length === 0) verdicts.both++;
    if (!theirs && issues.length > 0) verdicts.neither++;
  }
  assert(verdicts.both > 300 && verdicts.neither > 300, JSON.stringify(verdicts));
});
