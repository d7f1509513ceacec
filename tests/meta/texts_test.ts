import { assert, assertEquals } from "#assert";
import { projectFiles, read, sourceFiles } from "./files.ts";

/** This file has to name what it looks for. */
const SELF = "tests/meta/texts_test.ts";

function findLines(paths: readonly string[], pattern: RegExp): string[] {
  return paths.filter((path) => path !== SELF).flatMap((path) =>
    read(path).split("\n").flatMap((line, i) =>
      pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : []
    )
  );
}

Deno.test("every source file says first what it is for", () => {
  const silent = sourceFiles().filter((path) => !/^(?:#![^\n]*\n)?\/\*\*/.test(read(path)));
  assertEquals(silent, []);
});

Deno.test("every exported symbol is documented where it is declared", () => {
  const exported =
    /^export (?:abstract |async |const |class |enum |function\*? |interface |type (?!\{))/;
  const silent = sourceFiles().flatMap((path) => {
    const lines = read(path).split("\n");
    return lines.flatMap((line, i) => {
      if (!exported.test(line)) return [];
      // Directives of the formatter and the linter may stand between.
      let above = i - 1;
      while (lines[above]?.startsWith("// deno-") === true) above--;
      const name = /^\S+ (?:abstract |async )?\S+ ([\w$]+)/.exec(line)?.[1] ?? line;
      const isOverload = lines.slice(0, i).some((earlier) => earlier.includes(`function ${name}(`));
      return isOverload || lines[above]?.endsWith("*/") === true
        ? []
        : [`${path}:${i + 1}: ${line}`];
    });
  });
  assertEquals(silent, []);
});

Deno.test("no path of a build machine is left in the project", () => {
  const paths = projectFiles().filter((path) => path !== ".ci/run");
  assertEquals(
    findLines(paths, /(?:^|["'`( =:])\/(?:work|farm)\/|\.\.\/shared\/|\/var\/cache\/b\//),
    [],
  );
});

Deno.test("nothing is left to be done", () => {
  assertEquals(findLines(projectFiles(), /\b(?:TODO|FIXME|HACK|XXX)\b/), []);
});

Deno.test("the program names no node module", () => {
  assertEquals(findLines(sourceFiles(), /["'`]node:/), []);
});

Deno.test("one version of Deno is named everywhere", () => {
  const pinned = /DENO_VERSION = "([0-9.]+)"/.exec(read(".ci/deno.ts"))?.[1];
  assert(pinned !== undefined);
  const named = projectFiles().flatMap((path) =>
    [...read(path).matchAll(/\bdeno@([0-9]+\.[0-9]+\.[0-9]+)/g)].map(([, version]) =>
      `${path}: ${version}`
    )
  );
  assert(named.some((line) => line.startsWith(".ci/run: ")), "the CI takes Deno from npm");
  assertEquals(named.filter((line) => !line.endsWith(`: ${pinned}`)), []);
});

Deno.test("the program's version is the package's", () => {
  const { version } = JSON.parse(read("deno.json").replaceAll(/^\s*\/\/.*$/gm, ""));
  assert(read("runtime/version.ts").includes(`VERSION = "${version}"`));
});
