import { assert, assertEquals } from "#assert";
import { projectFiles, read, ROOT } from "../meta/files.ts";

function exists(path: string): boolean {
  try {
    Deno.statSync(`${ROOT}/${path}`);
    return true;
  } catch {
    return false;
  }
}

/** The targets of a document's links within the project, from the project's root. */
function linksOf(document: string): string[] {
  const directory = document.includes("/") ? document.replace(/[^/]*$/, "") : "";
  return [...read(document).matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => directory + target);
}

Deno.test("every link of a document leads to a file", () => {
  const links = projectFiles().filter((path) => path.endsWith(".md"))
    .flatMap((path) => linksOf(path).map((target) => ({ path, target })));
  assert(links.length > 20, "the pattern finds links");
  assertEquals(links.filter(({ target }) => !exists(target)), []);
});

Deno.test("ffi/KERNEL.md names files that are there", () => {
  const names = [...read("ffi/KERNEL.md").matchAll(/`([\w/]+\.ts)`/g)].map(([, name]) => name!);
  assert(names.length > 20, "the pattern finds files");
  // Those of its own floor by their name, others from the top.
  assertEquals(names.filter((name) => !exists(`ffi/${name}`) && !exists(name)), []);
});

Deno.test("the README lists every rung of the ladder", () => {
  const rungs = projectFiles("examples").filter((path) => /\/\d\d_/.test(path));
  const links = linksOf("README.md");
  assertEquals(rungs.filter((path) => !links.includes(path)), []);
});
