import { assert, assertEquals } from "#assert";
import { formatLedger } from "../../.ci/clauses.ts";
import { type Anchor, ANCHORS } from "../../spec/anchors.ts";
import type { Clause } from "../../spec/clauses/clause.ts";
import { LEDGER, PARTS, SILENT } from "../../spec/clauses/ledger.ts";
import { projectFiles, read, sourceFiles } from "./files.ts";
import { type Title, titlesOf } from "./titles.ts";

interface Entry {
  readonly id: string;
  readonly clause: Clause;
}

const ENTRIES: readonly Entry[] = Object.entries(LEDGER).flatMap(([anchor, clauses]) =>
  Object.entries(clauses).map(([name, clause]) => ({ id: `${anchor}/${name}`, clause }))
);

/** `file: title` below tests/, of everything that the ledger names. */
const NAMED: ReadonlySet<string> = new Set(
  ENTRIES.flatMap(({ clause }) => "tests" in clause ? clause.tests : []),
);

const CONFORMANCE: readonly string[] = projectFiles("tests/conformance")
  .filter((path) => path.endsWith("_test.ts"));

/** The section that a title names, and what it says of it. */
function splitTitle(title: string): { anchor: string; sentence: string } | undefined {
  const [, anchor, sentence] = /^([a-z-]+\.md#\w+): (.+)$/s.exec(title) ?? [];
  return anchor === undefined || sentence === undefined ? undefined : { anchor, sentence };
}

const titles = new Map<string, readonly Title[]>();

/** The titles of a file below tests/. */
function titlesIn(file: string): readonly Title[] {
  const path = `tests/${file}`;
  const known = titles.get(path) ?? titlesOf(path, read(path));
  titles.set(path, known);
  return known;
}

/** Whether the ledger's `name` is a test's: a title of tests/conformance/ goes without the section in front of it. */
function exists(name: string): boolean {
  const [file = "", title] = name.split(/: (.*)/s);
  if (!projectFiles("tests").includes(`tests/${file}`)) return false;
  return titlesIn(file).some(({ text, isLiteral }) =>
    isLiteral && (file.startsWith("conformance/") ? splitTitle(text)?.sentence : text) === title
  );
}

Deno.test("every test that the ledger of clauses names exists", () => {
  assert(NAMED.size > 200, String(NAMED.size));
  assertEquals([...NAMED].filter((name) => !exists(name)), []);
  assert(!exists("conformance/config_test.ts: no such test"));
  assert(!exists("conformance/no_such_test.ts: no such test"));
});

Deno.test("every clause has the words of a clause, and either tests or a reason", () => {
  const silent = ENTRIES.filter(({ clause }) =>
    clause.text.length < 10 ||
    ("tests" in clause
      ? clause.tests.length === 0 || new Set(clause.tests).size < clause.tests.length ||
        "reason" in clause
      : clause.reason.length < 10)
  );
  assertEquals(silent.map(({ id }) => id), []);
});

Deno.test("every section has clauses, or asks nothing, and stands in one part of the ledger", () => {
  const known: readonly string[] = ANCHORS;
  const listed = [...PARTS.flatMap((part) => Object.keys(part)), ...Object.keys(SILENT)];
  assertEquals(listed.filter((anchor) => !known.includes(anchor)), []);
  assertEquals(listed.filter((anchor, i) => listed.indexOf(anchor) !== i), []);
  assertEquals(known.filter((anchor) => !listed.includes(anchor)), []);
  const empty = Object.entries(LEDGER).filter(([, clauses]) => Object.keys(clauses).length === 0);
  assertEquals(empty.map(([anchor]) => anchor), []);
});

Deno.test("every conformance test names a section with clauses, and is in the ledger", () => {
  const faults: string[] = [];
  let seen = 0;
  for (const path of CONFORMANCE) {
    const file = path.slice("tests/".length);
    const sentences: string[] = [];
    for (const { text, isLiteral } of titlesIn(file)) {
      seen++;
      const split = isLiteral ? splitTitle(text) : undefined;
      if (split === undefined) {
        faults.push(`${file}: ${text}: is not of the form "config.md#anchor: sentence"`);
        continue;
      }
      const { anchor, sentence } = split;
      if (LEDGER[anchor as Anchor] === undefined) faults.push(`${file}: ${anchor}: has no clause`);
      if (!NAMED.has(`${file}: ${sentence}`)) faults.push(`${file}: ${sentence}: is of no clause`);
      if (sentences.includes(sentence)) faults.push(`${file}: ${sentence}: is there twice`);
      sentences.push(sentence);
    }
  }
  assertEquals(faults, []);
  assert(seen > 100, "the titles are found");
});

Deno.test("every conformance test is shown for the section that it names", () => {
  const strangers = CONFORMANCE.flatMap((path) => {
    const file = path.slice("tests/".length);
    return titlesIn(file).flatMap(({ text }) => {
      const { anchor = "", sentence = "" } = splitTitle(text) ?? {};
      const clauses = Object.values(LEDGER[anchor as Anchor] ?? {});
      const isThere = clauses.some((clause) =>
        "tests" in clause && clause.tests.includes(`${file}: ${sentence}`)
      );
      return isThere ? [] : [`${file}: ${text}`];
    });
  });
  assertEquals(strangers, []);
});

Deno.test("the ledger is not in the program", () => {
  const imports = /from "[^"]*\bclauses\/[^"]*"/;
  const readers = sourceFiles().filter((path) =>
    !path.startsWith("spec/clauses/") && imports.test(read(path))
  );
  assertEquals(readers, []);
});

Deno.test("the ledger is printed with its numbers, what is open, and on demand everything", () => {
  const short = formatLedger(false);
  const long = formatLedger(true);
  const numbers = /^together\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$/m.exec(short)?.slice(1).map(Number);
  const [all = 0, tested = 0, unmet = 0, untestable = 0] = numbers ?? [];
  assertEquals(all, ENTRIES.length);
  assertEquals(tested + unmet + untestable, all);
  for (const { id, clause } of ENTRIES) {
    const lines = (text: string) => text.split("\n").filter((line) => line === id).length;
    assertEquals([lines(short), lines(long)], ["tests" in clause ? 0 : 1, 1], id);
    if (!("tests" in clause)) assert(short.includes(clause.reason), id);
  }
});

Deno.test("titles are read from their source", () => {
  const source = `
    Deno.test("plain \\"one\\"", () => {});
    Deno.test({ name: \`of \${ JSON.stringify({ a: "}" }) } cases\`, ignore: true, fn() {} });
    Deno.test(\`broken \${
      value
    } off\`, () => {});
    function testIf(name: string): void { Deno.test({ name, fn() {} }); }
    testIf("wrapped", 1);
    for (const name of names) Deno.test(name, () => {});
    other("no test");
  `;
  assertEquals(
    titlesOf("tests/x_test.ts", source).map(({ text, isLiteral }) => [text, isLiteral]),
    [
      ['plain "one"', true],
      ['of ${JSON.stringify({ a: "}" }) } cases', true],
      ["broken ${value} off", true],
      ["wrapped", true],
      ["name", false],
    ],
  );
});
