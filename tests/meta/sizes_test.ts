import { assert, assertEquals } from "#assert";
import { read, sourceFiles } from "./files.ts";

const FILE_LINES = 350;
const FUNCTION_LINES = 70;

/** Tables and types grow with the kernel and the specification, not with what we do. */
const TABLES =
  /(?:^|\/)(?:[a-z0-9_]+_)?(?:anchors|clauses|constants|errno|flags|layouts|numbers|rules|syscalls)\.ts$|^spec\/schema\//;

Deno.test("no file outgrows what a reader can hold", () => {
  const long = sourceFiles().filter((path) => !TABLES.test(path))
    .map((path) => `${path}: ${read(path).split("\n").length - 1} lines`)
    .filter((line) => Number(/(\d+) lines$/.exec(line)?.[1]) > FILE_LINES);
  assertEquals(long, []);
});

Deno.test("no function outgrows what a reader can hold", () => {
  const long: string[] = [];
  let seen = 0;
  for (const path of sourceFiles()) {
    // The formatter puts the end of a function under its beginning.
    for (const [text, , name] of read(path).matchAll(FUNCTION)) {
      seen++;
      const lines = text.split("\n").length;
      if (lines > FUNCTION_LINES) long.push(`${path}: ${name}: ${lines} lines`);
    }
  }
  assertEquals(long, []);
  assert(seen > 100, "the pattern finds functions");
});

/** A function or method that ends with a brace at its own indentation. */
const FUNCTION =
  /^( *)(?:export |async |static |override |get |set )*(?:function\*? )?([#\w]+)(?:<[^\n]*>)?\((?:[^\n]*|\n(?:\1 +[^\n]*\n|\n)*\1\)[^\n]*)\{\n(?:\1 [^\n]*\n|\n)*\1\}$/gm;
