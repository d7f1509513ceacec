import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { type Flag, FlagError, parseFlags, readBoolean } from "../../../runtime/cli/flags.ts";

const FLAGS: readonly Flag[] = [
  { name: "force", alias: "f", type: "boolean", help: "" },
  { name: "bundle", alias: "b", type: "string", help: "" },
  { name: "format", type: "string", default: "table", help: "" },
  { name: "n", type: "integer", default: 0, help: "" },
  { name: "env", alias: "e", type: "list", help: "" },
];

interface Parsed {
  force: boolean;
  bundle: string | undefined;
  format: string | undefined;
  n: number | undefined;
  env: readonly string[];
  args: readonly string[];
}

const NOTHING: Parsed = {
  force: false,
  bundle: undefined,
  format: "table",
  n: 0,
  env: [],
  args: [],
};

function parse(words: readonly string[], order: "interleaved" | "flags-first"): Parsed {
  const { values, positionals } = parseFlags(words, FLAGS, order);
  return {
    force: values.boolean("force"),
    bundle: values.string("bundle"),
    format: values.string("format"),
    n: values.integer("n"),
    env: values.list("env"),
    args: positionals,
  };
}

const ACCEPTED: readonly (readonly [string, Partial<Parsed>])[] = [
  ["", {}],
  ["a b", { args: ["a", "b"] }],
  ["--force", { force: true }],
  ["-force", { force: true }],
  ["-f", { force: true }],
  ["--f", { force: true }],
  ["--force a", { force: true, args: ["a"] }],
  ["a --force", { force: true, args: ["a"] }],
  ["a -b x b", { bundle: "x", args: ["a", "b"] }],
  ["--bundle x", { bundle: "x" }],
  ["--bundle=x", { bundle: "x" }],
  ["-b=x", { bundle: "x" }],
  ["-bundle x", { bundle: "x" }],
  ["--bundle=", { bundle: "" }],
  ["--bundle=a=b", { bundle: "a=b" }],
  // The next word is the value, whatever it looks like.
  ["--bundle --force", { bundle: "--force" }],
  ["--bundle -- a", { bundle: "--", args: ["a"] }],
  ["-b x --bundle y", { bundle: "y" }],
  ["-e a -e=b,c --env d", { env: ["a", "b,c", "d"] }],
  ["--force=false", { force: false }],
  ["--force --force=F", { force: false }],
  ["--force=1", { force: true }],
  ["--force=TRUE", { force: true }],
  // A boolean takes no separate value.
  ["--force false", { force: true, args: ["false"] }],
  ["-- --force", { args: ["--force"] }],
  ["a -- -b x", { args: ["a", "-b", "x"] }],
  ["-- --", { args: ["--"] }],
  ["-", { args: ["-"] }],
  ["--format json", { format: "json" }],
  ["-n 12", { n: 12 }],
  ["-n -1", { n: -1 }],
  ["-n=+7", { n: 7 }],
  ["-n 0x1F", { n: 31 }],
  ["-n 0b101", { n: 5 }],
  ["-n 0o17", { n: 15 }],
  ["-n 017", { n: 15 }],
  ["-n 1_000", { n: 1000 }],
  ["-n 9007199254740991", { n: Number.MAX_SAFE_INTEGER }],
];

for (const [line, expected] of ACCEPTED) {
  Deno.test(`parseFlags() reads "${line}"`, () => {
    assertEquals(parse(line.split(" ").filter(Boolean), "interleaved"), {
      ...NOTHING,
      ...expected,
    });
  });
}

Deno.test("parseFlags() keeps newlines and empty words", () => {
  assertEquals(parse(["", "--bundle=a\nb"], "interleaved"), {
    ...NOTHING,
    bundle: "a\nb",
    args: [""],
  });
});

Deno.test("parseFlags() leaves everything after the first positional alone when flags come first", () => {
  assertEquals(parse(["-f", "id", "ls", "-f", "--", "--bogus"], "flags-first"), {
    ...NOTHING,
    force: true,
    args: ["id", "ls", "-f", "--", "--bogus"],
  });
  assertEquals(parse(["--", "-f"], "flags-first"), { ...NOTHING, args: ["-f"] });
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["--bogus", "flag provided but not defined: -bogus"],
  ["-bogus=1", "flag provided but not defined: -bogus"],
  ["a --bogus", "flag provided but not defined: -bogus"],
  // No clusters and no abbreviations.
  ["-fb x", "flag provided but not defined: -fb"],
  ["--forc", "flag provided but not defined: -forc"],
  ["--Force", "flag provided but not defined: -Force"],
  ["---force", "bad flag syntax: ---force"],
  ["--=x", "bad flag syntax: --=x"],
  ["-=x", "bad flag syntax: -=x"],
  ["--bundle", "flag needs an argument: -bundle"],
  ["-b", "flag needs an argument: -b"],
  ["-n x", 'invalid value "x" for flag -n: parse error'],
  ["-n=", 'invalid value "" for flag -n: parse error'],
  ["-n 1.5", 'invalid value "1.5" for flag -n: parse error'],
  ["-n 1e3", 'invalid value "1e3" for flag -n: parse error'],
  ["-n 089", 'invalid value "089" for flag -n: parse error'],
  ["-n --1", 'invalid value "--1" for flag -n: parse error'],
  ["-n 1__0", 'invalid value "1__0" for flag -n: parse error'],
  ["-n 0x", 'invalid value "0x" for flag -n: parse error'],
  [
    "-n 99999999999999999999",
    'invalid value "99999999999999999999" for flag -n: value out of range',
  ],
  ["--force=yes", 'invalid boolean value "yes" for -force: parse error'],
  ["-f=", 'invalid boolean value "" for -f: parse error'],
  ["-f=tRUE", 'invalid boolean value "tRUE" for -f: parse error'],
];

for (const [line, message] of REFUSED) {
  Deno.test(`parseFlags() refuses "${line}"`, () => {
    throws(
      () => parseFlags(line.split(" "), FLAGS, "interleaved"),
      (error) => error instanceof FlagError && error.message === message,
    );
  });
}

Deno.test("FlagValues throws on a flag that was not declared, or not with that type", () => {
  const { values } = parseFlags([], FLAGS, "interleaved");
  throws(() => values.boolean("bogus"), TypeError);
  throws(() => values.string("force"), TypeError);
});

Deno.test("readBoolean() knows Go's twelve words and no other", () => {
  assertEquals(["1", "t", "T", "true", "TRUE", "True"].map(readBoolean), Array(6).fill(true));
  assertEquals(["0", "f", "F", "false", "FALSE", "False"].map(readBoolean), Array(6).fill(false));
  assertEquals(["", "yes", "2", "auto"].map(readBoolean), Array(4).fill(undefined));
});
