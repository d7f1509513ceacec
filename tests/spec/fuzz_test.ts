/** Configs at random, from a fixed seed: what is refused, and that it is only ever refused. */

import { assert, assertEquals } from "#assert";
import { defaultConfig, rootlessConfig } from "../../spec/default_config.ts";
import { ConfigError } from "../../spec/issue.ts";
import { parseJson, stringifyJson } from "../../spec/json.ts";
import { parseConfig, validateConfig, validateShape } from "../../spec/validate.ts";
import { isValid } from "./json_schema.ts";

const SEED = 20251125;
const ROUNDS = 2000;

/** A generator of numbers in [0, 1): mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  2n ** 64n,
  -(2n ** 63n),
  4294967295,
  "",
  "x",
  "/",
  "a/../..",
  "\0",
  "\ud800",
  "net.ipv4.x",
  "0-9999999999",
  [],
  {},
  [[]],
  [null],
  [{}],
  ["x"],
  { x: "y" },
  { "": "" },
  { __proto__: null },
  { constructor: 1, toString: "x" },
];

const KEYS = [
  "",
  "extra",
  "toString",
  "__proto__",
  "constructor",
  "type",
  "path",
  "name",
  "length",
];

type Tree = Record<string, unknown> | unknown[];

/** Changes one place of `value`, and tells the path of its parent and the key. */
function mutate(value: unknown, next: () => number): string {
  const places: [Tree, string, string][] = [];
  collect(value, "", places);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const [parent, key, path] = pick(places);
  const choice = next();
  if (choice < 0.15) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  } else if (choice < 0.3) {
    if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
    else define(parent, pick(KEYS), structuredClone(pick(STRANGE)));
  } else define(parent, key, structuredClone(pick(STRANGE)));
  return path;
}

function collect(value: unknown, path: string, places: [Tree, string, string][]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const inner = path === "" ? key : `${path}.${key}`;
    places.push([value as Tree, key, inner]);
    collect(item, inner, places);
  }
}

/** Also for `__proto__`, as JSON.parse does it. */
function define(parent: Tree, key: string, value: unknown): void {
  Object.defineProperty(parent, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function bases(): unknown[] {
  const example = new URL("./schema/test/config/good/spec-example.json", import.meta.url);
  const spec = parseJson(Deno.readTextFileSync(example)) as Record<string, unknown>;
  spec.ociVersion = "1.3.0";
  return [defaultConfig(), rootlessConfig(1000, 1000), spec];
}

Deno.test(`parseConfig() throws nothing but ConfigError on ${ROUNDS} changed configs`, () => {
  const next = random(SEED);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const value = bases()[round % 3];
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
    const text = texts[round % 3] ?? "";
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
  // Its pattern for names leaves the empty one out.
  /\[""\]$/,
];

Deno.test(`validateShape() agrees with the official schema on ${ROUNDS} changed configs`, () => {
  const next = random(SEED + 2);
  const verdicts = { both: 0, neither: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const value = bases()[round % 3];
    const path = mutate(value, next);
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
