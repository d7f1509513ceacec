import { assertEquals } from "#assert";
import { found } from "./found.ts";
import { floorOf, importedPath, projectPath } from "./tables.ts";

const DOWN = ["runts/import-down-only"];

Deno.test("import-down-only passes imports of the own floor and of those below", () => {
  const lawful: [string, string][] = [
    ["ffi/open.ts", `import { check } from "./check.ts";`],
    ["ffi/netlink/message.ts", `export { align } from "./align.ts"; import "../struct.ts";`],
    ["spec/config.ts", `import * as z from "zod/mini"; export * from "./hooks.ts";`],
    ["runtime/plan/mounts.ts", `import { MS } from "../../ffi/constants.ts";`],
    ["runtime/plan/mounts.ts", `import type { Config } from "../../spec/config.ts";`],
    ["runtime/create.ts", `import { fork } from "../ffi/fork.ts"; import "./plan/plan.ts";`],
    ["runtime/cli/main.ts", `const m = await import("../create.ts");`],
    ["mod.ts", `export { create } from "./runtime/create.ts"; export * from "./spec/config.ts";`],
    ["tests/ffi/open_test.ts", `import { open } from "../../ffi/open.ts"; import "node:assert";`],
    ["examples/01_pid_namespace.ts", `import { fork } from "../ffi/fork.ts";`],
  ];
  for (const [path, source] of lawful) {
    assertEquals(found(path, source).filter((id) => id === DOWN[0]), [], `${path}: ${source}`);
  }
});

Deno.test("import-down-only refuses imports that point up or aside", () => {
  const unlawful: [string, string][] = [
    ["ffi/open.ts", `import { config } from "../spec/config.ts";`],
    ["ffi/open.ts", `import type { Config } from "../spec/config.ts";`],
    ["ffi/open.ts", `export * from "../runtime/log.ts";`],
    ["ffi/open.ts", `export function f(c: import("../spec/config.ts").Config): void {}`],
    ["ffi/open.ts", `import * as z from "zod/mini";`],
    ["spec/config.ts", `import { check } from "../ffi/check.ts";`],
    ["spec/config.ts", `import * as z from "zod";`],
    ["spec/config.ts", `import * as z from "npm:zod@4.6.7/mini";`],
    ["runtime/plan/mounts.ts", `import { log } from "../log.ts";`],
    ["runtime/create.ts", `export { main } from "../mod.ts";`],
    ["runtime/create.ts", `import { found } from "../tests/lint/found.ts";`],
    ["runtime/create.ts", `import data from "/etc/passwd";`],
    ["runtime/create.ts", `export function f(): unknown { return import("../examples/a.ts"); }`],
    ["mod.ts", `import { fork } from "./ffi/fork.ts";`],
  ];
  for (const [path, source] of unlawful) assertEquals(found(path, source), DOWN, source);
});

Deno.test("import-down-only refuses an import that is computed", () => {
  const source = "export function f(x: string): unknown { return import(`./${x}.ts`); }";
  assertEquals(found("runtime/a.ts", source), DOWN);
});

Deno.test("no-node-imports refuses node modules in the program only", () => {
  for (const path of ["spec/a.ts", "ffi/a.ts", "runtime/a.ts", "runtime/plan/a.ts", "mod.ts"]) {
    const ids = ["runts/no-node-imports"];
    assertEquals(found(path, `import { readFileSync } from "node:fs";`), ids, path);
    assertEquals(found(path, `export function f(): unknown { return import("node:fs"); }`), ids);
  }
  assertEquals(found("tests/lib/a.ts", `import { ok } from "node:assert";`), []);
});

Deno.test("plan-is-pure lets the pure floor take types and constants from ffi, nothing else", () => {
  const path = "runtime/plan/mounts.ts";
  const ids = ["runts/plan-is-pure"];
  assertEquals(found(path, `import { MS } from "../../ffi/constants.ts";`), []);
  assertEquals(found(path, `import { AF } from "../../ffi/netlink/route_constants.ts";`), []);
  assertEquals(found(path, `import { E } from "../../ffi/errno.ts";`), []);
  assertEquals(found(path, `import type { OwnedFd } from "../../ffi/fd.ts";`), []);
  assertEquals(found(path, `import { type OwnedFd } from "../../ffi/fd.ts";`), []);
  assertEquals(found(path, `import { OwnedFd } from "../../ffi/fd.ts";`), ids);
  assertEquals(found(path, `import { type A, open } from "../../ffi/open.ts";`), ids);
  assertEquals(found(path, `export { mount } from "../../ffi/mount.ts";`), ids);
  assertEquals(found(path, `import "../../ffi/libc.ts";`), ids);
});

Deno.test("floorOf() and the paths know what stands where", () => {
  assertEquals(floorOf("runtime/plan/a.ts")?.path, "runtime/plan/");
  assertEquals(floorOf("runtime/planner.ts")?.path, "runtime/");
  assertEquals(floorOf("tests/ffi/a_test.ts"), undefined);
  assertEquals(importedPath("runtime/steps/a.ts", "../../ffi/b.ts"), "ffi/b.ts");
  assertEquals(importedPath("runtime/a.ts", "zod/mini"), undefined);
  assertEquals(projectPath("/somewhere/else.ts"), undefined);
});
