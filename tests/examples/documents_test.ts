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

/** The names of all tests, as patterns: of a name that is made of parts, the parts are anything. */
function testNames(): RegExp[] {
  const form =
    /(?:(?:Deno\.test|^ *test[A-Z]\w*)\(\s*(?:\(\w*\) => )?|^\s+(?:const )?name(?::| =) )(?:"((?:[^"\\\n]|\\.)+)"|`([^`]+)`)/gm;
  const files = projectFiles("tests").filter((path) => path.endsWith("_test.ts")).map(read);
  const direct = files.flatMap((text) => [...text.matchAll(form)])
    .map(([, plain, template]) => plain === undefined ? template!.split(/\$\{[^}]*\}/) : [plain])
    // What is nearly all parts would be every name's pattern.
    .filter((parts) => parts.join("").length >= 20);
  return [...direct, ...files.flatMap(tabledNames)].map((parts) =>
    new RegExp(`^${parts.map((part) => RegExp.escape(part)).join(".+")}$`)
  );
}

/** Those that tests/spec/cases.ts makes of tables. */
function tabledNames(text: string): string[][] {
  const subject = /^testCases\("([^"]+)"/m.exec(text)?.[1];
  if (subject === undefined) return [];
  return [...text.matchAll(/^ *\[\s*"([^"]+)",/gm)].map(([, name]) => [`${subject} `, ` ${name}`]);
}

Deno.test("runtime/net/NETDEVICES.md names tests that are there, for each of its claims", () => {
  const page = read("runtime/net/NETDEVICES.md");
  const shown = [...page.matchAll(/✓\s+`([^`]+)`/g)].map(([, name]) => name!);
  assert(shown.length > 45, "the pattern finds tests");
  const names = testNames();
  assertEquals(shown.filter((shown) => !names.some((name) => name.test(shown))), []);
  const [claims = ""] = /^## What the text asks for$.*(?=^## How it came)/ms.exec(page) ?? [];
  const bullets = claims.split(/^(?=- )/m).slice(1);
  assert(bullets.length > 30, "the pattern finds claims");
  assertEquals(bullets.filter((bullet) => !bullet.includes("✓")), []);
});

Deno.test("runtime/net/NETDEVICES.md is complete: every test of a clause on network devices is named", () => {
  const page = read("runtime/net/NETDEVICES.md");
  const tests = read("tests/conformance/config_linux_test.ts");
  const clauses = [...tests.matchAll(/"(config-linux\.md#configLinuxNetworkDevices: [^"]+)"/g)];
  assert(clauses.length >= 5, "the pattern finds tests");
  assertEquals(clauses.map(([, name]) => name!).filter((name) => !page.includes(name)), []);
});
