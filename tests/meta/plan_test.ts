import { assert, assertEquals } from "#assert";
import { importedPath } from "../lint/tables.ts";
import { read, sourceFiles } from "./files.ts";

/** The modules whose values a file imports, by static imports in the form that the formatter leaves. */
function valueImports(path: string): string[] {
  const imports = /^(?:import|export)\s+(?!type\b)(?:[^;"]*?\sfrom\s+)?"([^"]+)";$/gm;
  return [...read(path).matchAll(imports)]
    .map(([, specifier]) => importedPath(path, specifier!))
    .filter((target) => target !== undefined);
}

/** How `from` reaches `target`, or undefined if it does not. */
function findPath(from: string, target: string, seen: Set<string>): string[] | undefined {
  if (from === target) return [from];
  seen.add(from);
  for (const next of valueImports(from)) {
    const path = seen.has(next) ? undefined : findPath(next, target, seen);
    if (path !== undefined) return [from, ...path];
  }
  return undefined;
}

Deno.test("no plan reaches the kernel, by any chain of imports", () => {
  const plans = sourceFiles().filter((path) => path.startsWith("runtime/plan/"));
  assert(plans.length > 0);
  const chains = plans.map((plan) => findPath(plan, "ffi/libc.ts", new Set()))
    .filter((chain) => chain !== undefined).map((chain) => chain.join(" → "));
  assertEquals(chains, []);
});

Deno.test("the search for chains finds one where there is one", () => {
  assertEquals(findPath("ffi/open.ts", "ffi/libc.ts", new Set())?.[0], "ffi/open.ts");
});
