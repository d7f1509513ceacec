import { assertEquals } from "#assert";
import { found } from "./found.ts";

Deno.test("raw-memory-in-ffi-only knows every way to write it", () => {
  const ids = ["runts/raw-memory-in-ffi-only"];
  const sources = [
    `export function f(): void { Deno.dlopen("libc.so.6", {}); }`,
    `export function f(): void { Deno["dlopen"]("libc.so.6", {}); }`,
    `export function f(): void { globalThis.Deno.dlopen("libc.so.6", {}); }`,
    `export function f(): void { const { dlopen } = Deno; dlopen("libc.so.6", {}); }`,
    `export function f(): void { const { dlopen: open } = Deno; open("libc.so.6", {}); }`,
    `export function f(): void { const d = Deno; d.dlopen("libc.so.6", {}); }`,
    `export function f(b: Uint8Array): unknown { return Deno.UnsafePointer.of(b); }`,
    `export function f(v: Deno.UnsafePointerView): number { return v.getInt32(); }`,
  ];
  for (const source of sources) {
    assertEquals(found("runtime/a.ts", source), ids, source);
    assertEquals(found("examples/a.ts", source), ids, source);
    assertEquals(found("ffi/a.ts", source), [], source);
    assertEquals(found("tests/ffi/a_test.ts", source), [], source);
  }
  assertEquals(found("runtime/a.ts", `export const f = (): string => Deno.cwd();`), [
    "runts/no-top-level-arrow",
  ]);
});

Deno.test("plan-is-pure refuses the system, the clock and the dice", () => {
  const bodies = [
    `Deno.cwd()`,
    `Deno.build.arch`,
    `Date.now()`,
    `new Date()`,
    `Math.random()`,
    `performance.now()`,
    `crypto.randomUUID()`,
    `console.log(1)`,
    `setTimeout(f, 1)`,
    `globalThis.console.log(1)`,
  ];
  for (const body of bodies) {
    const source = `export function f(): unknown { return ${body}; }`;
    assertEquals(found("runtime/plan/a.ts", source), ["runts/plan-is-pure"], body);
    assertEquals(found("runtime/a.ts", source), [], body);
  }
});

Deno.test("plan-is-pure passes plain functions", () => {
  const source = `export function f(a: number[]): Map<number, Date> {
    return new Map(a.map((n) => [Math.max(n, 0), new Date(n)]));
  }`;
  assertEquals(found("runtime/plan/a.ts", source), []);
});

const WINDOW = ["ffi/fork.ts", "runtime/init.ts", "runtime/intermediate.ts", "runtime/steps/a.ts"];

Deno.test("fork-window refuses whatever needs a thread or an event loop", () => {
  const sources = [
    `export async function f(): Promise<void> {}`,
    `export function f(): unknown { return async () => {}; }`,
    `export const f = { async g(): Promise<void> {} };`,
    `export async function f(): Promise<void> { await g(); }`,
    `export async function f(): Promise<void> { for await (const x of g()) h(x); }`,
    `export function f(): void { setTimeout(g, 0); }`,
    `export function f(): void { queueMicrotask(g); }`,
    `export function f(): void { console.error("x"); }`,
    `export function f(): unknown { return Promise.resolve(1); }`,
    `export function f(): unknown { return new Promise(g); }`,
    `export function f(): unknown { return Deno.readTextFile("/proc/self/maps"); }`,
    `export function f(): unknown { return new Deno.Command("true").outputSync(); }`,
    `export function f(): void { Deno.addSignalListener("SIGINT", g); }`,
    `export function f(): void { Deno.exit(1); }`,
    `export function f(): unknown { return import("./plan/plan.ts"); }`,
  ];
  for (const path of WINDOW) {
    for (const source of sources) {
      assertEquals(found(path, source).includes("runts/fork-window"), true, `${path}: ${source}`);
    }
  }
  for (const source of sources) {
    assertEquals(found("runtime/create.ts", source).includes("runts/fork-window"), false, source);
  }
});

Deno.test("fork-window passes synchronous calls", () => {
  const source = `export function f(): string {
    for (const task of Deno.readDirSync("/proc/self/task")) g(task.name, Deno.pid);
    try { return Deno.readTextFileSync("/proc/self/maps"); } catch (e) {
      if (e instanceof Deno.errors.NotFound) return Deno.build.arch;
      throw e;
    }
  }`;
  for (const path of WINDOW) assertEquals(found(path, source), [], path);
});

Deno.test("no-nonblocking refuses nonblocking symbols everywhere", () => {
  const call = (value: string): string =>
    `export function f(): void { Deno.dlopen("c", { a: { parameters: [], ${value} } }); }`;
  const ids = ["runts/no-nonblocking"];
  assertEquals(found("ffi/libc.ts", call("nonblocking: true")), ids);
  assertEquals(found("ffi/libc.ts", call(`"nonblocking": true`)), ids);
  assertEquals(found("ffi/libc.ts", call("nonblocking")), ids);
  assertEquals(found("tests/ffi/a_test.ts", call("nonblocking: x")), ids);
  assertEquals(found("ffi/libc.ts", call("nonblocking: false")), []);
  assertEquals(found("ffi/libc.ts", `export function f({ nonblocking }: O): void {}`), []);
});
