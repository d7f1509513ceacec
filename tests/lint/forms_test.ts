import { assertEquals } from "#assert";
import { found } from "./found.ts";

Deno.test("no-default-export refuses default exports, also by another name", () => {
  const ids = ["runts/no-default-export"];
  assertEquals(found("runtime/a.ts", `export default function f(): void {}`), ids);
  assertEquals(found("runtime/a.ts", `function f(): void {}\nexport { f as default };`), ids);
  assertEquals(found("examples/a.ts", `export default 1;`), ids);
  assertEquals(found("runtime/a.ts", `export function f(): void {}`), []);
});

Deno.test("no-top-level-side-effects refuses work at load", () => {
  const ids = ["runts/no-top-level-side-effects"];
  const sources = [
    `start();`,
    `let n = 0; n = 1;`,
    `if (x) start();`,
    `if (!import.meta.main) start();`,
    `for (const x of y) start(x);`,
    `try { start(); } catch { stop(); }`,
    `export const x = await start();`,
    `export const home = Deno.env.get("HOME");`,
    `const { args } = Deno;`,
    `export class A { static readonly home = Deno.cwd(); }`,
  ];
  for (const path of ["spec/a.ts", "runtime/a.ts", "ffi/a.ts", "mod.ts"]) {
    for (const source of sources) assertEquals(found(path, source), ids, `${path}: ${source}`);
  }
});

Deno.test("no-top-level-side-effects passes declarations, and the door's start", () => {
  const source = `import { a } from "./b.ts";
    export const ARM = Deno.build.arch === "aarch64";
    const table = new Map([[1, a]]);
    export type T = Deno.FileInfo;
    let opened: Deno.FsFile | undefined;
    export function f(): unknown { return opened ??= Deno.openSync("/"); }
    export class C { read(): string { return Deno.cwd(); } }
    export { table };`;
  assertEquals(found("runtime/a.ts", source), []);
  for (const path of ["mod.ts", "runtime/cli/program.ts"]) {
    assertEquals(found(path, `if (import.meta.main) await main(Deno.args);`), []);
  }
  assertEquals(found("tests/a_test.ts", `Deno.test("x", () => {});`), []);
});

Deno.test("no-top-level-arrow wants a function at the top", () => {
  const ids = ["runts/no-top-level-arrow"];
  assertEquals(found("ffi/a.ts", `const f = () => 1;`), ids);
  assertEquals(found("ffi/a.ts", `export const f = (): number => 1;`), ids);
  assertEquals(
    found("ffi/a.ts", `export function f(): unknown { const g = () => 1; return g; }`),
    [],
  );
  assertEquals(found("ffi/a.ts", `export const steps = [{ run: (): number => 1 }];`), []);
});

Deno.test("hash-private wants #name", () => {
  const ids = ["runts/hash-private"];
  assertEquals(found("ffi/a.ts", `export class A { private x = 1; }`), ids);
  assertEquals(found("ffi/a.ts", `export class A { private x(): void {} }`), ids);
  assertEquals(found("ffi/a.ts", `export class A { constructor(private x: number) {} }`), ids);
  assertEquals(found("ffi/a.ts", `export class A { #x = 1; protected y = 2; }`), []);
  assertEquals(found("ffi/a.ts", `export class A { private constructor(x: number) {} }`), []);
});
