/**
 * Rules about effects: raw memory, the pure floor, and the window between fork and exec.
 *
 * @module
 */
/// <reference lib="deno.unstable" />
import { PLAN, planImports } from "./imports.ts";
import { FORK_WINDOW, isIn, projectPath, RAW_MEMORY } from "./tables.ts";
import { denoUses, memberName, together } from "./uses.ts";

/** Addresses and foreign functions stay in ffi/. */
export const rawMemoryInFfiOnly: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    if (path === undefined || isIn(path, RAW_MEMORY)) return {};
    return denoUses((name, node) => {
      if (name !== "dlopen" && name !== "*" && !name.startsWith("Unsafe")) return;
      context.report({ node, message: `Deno.${name} is for ffi/ only` });
    });
  },
};

/** What tells the time, rolls dice or speaks to the world without being `Deno`. */
const IMPURE_GLOBALS: readonly string[] = [
  "console",
  "crypto",
  "fetch",
  "performance",
  "queueMicrotask",
  "setInterval",
  "setTimeout",
  "Temporal",
];

/** runtime/plan/ turns a configuration into a plan: same input, same output, no effect. */
export const planIsPure: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    if (path === undefined || !isIn(path, [PLAN])) return {};
    const report = (what: string, node: Deno.lint.Node): void =>
      context.report({ node, message: `A plan is pure: no ${what}` });
    return together(
      planImports(context),
      denoUses((name, node) => report(`Deno.${name}`, node)),
      globalUses(IMPURE_GLOBALS, report),
      {
        MemberExpression(node): void {
          const name = node.object.type === "Identifier"
            ? `${node.object.name}.${memberName(node)}`
            : "";
          if (name === "Math.random" || name === "Date.now") report(name, node);
        },
        NewExpression(node): void {
          const isNow = node.callee.type === "Identifier" && node.callee.name === "Date" &&
            node.arguments.length === 0;
          if (isNow) report("new Date()", node);
        },
      },
    );
  },
};

/** Asynchronous things that are not `Deno`'s: in a forked child nobody ever answers. */
const ASYNC_GLOBALS: readonly string[] = [
  "clearInterval",
  "clearTimeout",
  "console",
  "fetch",
  "Promise",
  "queueMicrotask",
  "setInterval",
  "setTimeout",
  "Worker",
];

/** What of Deno is synchronous, or no call at all, beside everything whose name ends in "Sync". */
const SAFE_IN_FORK: readonly string[] = [
  "build",
  "env",
  "errors",
  "pid",
  "UnsafePointer",
  "UnsafePointerView",
];

/** In a forked child: synchronous FFI and plain JavaScript only (the rules stand at the top of ffi/fork.ts). */
export const forkWindow: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    if (path === undefined || !isIn(path, FORK_WINDOW)) return {};
    const report = (what: string, node: Deno.lint.Node): void =>
      context.report({ node, message: `This runs in a forked child: no ${what}` });
    const notAsync = (node: { async: boolean } & Deno.lint.Node): void => {
      if (node.async) report("async function", node);
    };
    return together(
      denoUses((name, node) => {
        if (!name.endsWith("Sync") && !SAFE_IN_FORK.includes(name)) report(`Deno.${name}`, node);
      }),
      globalUses(ASYNC_GLOBALS, report),
      {
        AwaitExpression: (node): void => report("await", node),
        ImportExpression: (node): void => report("dynamic import", node),
        ForOfStatement(node): void {
          if (node.await) report("for await", node);
        },
        VariableDeclaration(node): void {
          if (node.kind === "await using") report("await using", node);
        },
        FunctionDeclaration: notAsync,
        FunctionExpression: notAsync,
        ArrowFunctionExpression: notAsync,
      },
    );
  },
};

/** A nonblocking foreign call runs on another thread: other errno, other credentials, other namespaces. */
export const noNonblocking: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    return {
      Property(node): void {
        const { key, value } = node;
        const isKey = (key.type === "Identifier" && key.name === "nonblocking") ||
          (key.type === "Literal" && key.value === "nonblocking");
        if (!isKey || (value.type === "Literal" && value.value === false)) return;
        if (node.parent.type !== "ObjectExpression") return;
        context.report({ node, message: "A nonblocking foreign call runs on another thread" });
      },
    };
  },
};

/** Calls `visit` for every use of a global by its name, which includes `globalThis.name`. */
function globalUses(
  names: readonly string[],
  visit: (name: string, node: Deno.lint.Node) => void,
): Deno.lint.LintVisitor {
  return {
    CallExpression({ callee }): void {
      if (callee.type === "Identifier" && names.includes(callee.name)) visit(callee.name, callee);
    },
    NewExpression({ callee }): void {
      if (callee.type === "Identifier" && names.includes(callee.name)) visit(callee.name, callee);
    },
    MemberExpression(node): void {
      if (node.object.type !== "Identifier") return;
      const name = node.object.name === "globalThis" ? memberName(node) ?? "" : node.object.name;
      if (names.includes(name)) visit(name, node);
    },
  };
}
