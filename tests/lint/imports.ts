/**
 * Rules about imports: the floors, and no node modules in the program.
 *
 * @module
 */
/// <reference lib="deno.unstable" />
import { floorOf, FLOORS, importedPath, isIn, PROGRAM, projectPath, PURE_FFI } from "./tables.ts";
import { importUses } from "./uses.ts";

/** Imports point down: every floor imports only what the table lets it stand on. */
export const importDownOnly: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    const floor = path === undefined ? undefined : floorOf(path);
    if (path === undefined || floor === undefined) return {};
    return importUses(({ node, specifier }) => {
      if (specifier === undefined) {
        return context.report({
          node,
          message: "A computed import cannot be checked or bundled",
          hint: "Name the module in a string",
        });
      }
      if (specifier.startsWith("node:")) return;
      const target = importedPath(path, specifier);
      const allowed = target === undefined
        ? floor.packages.includes(specifier)
        : isIn(target, floor.imports);
      if (allowed) return;
      context.report({
        node,
        message: `${floor.path} may not import ${target ?? specifier}`,
        hint: `It may import ${[...floor.imports, ...floor.packages].join(", ")}`,
      });
    });
  },
};

/** A node module costs 4 to 30 ms at every start, so the program uses none. */
export const noNodeImports: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    if (path === undefined || !isIn(path, PROGRAM)) return {};
    return importUses(({ node, specifier }) => {
      if (specifier?.startsWith("node:") !== true) return;
      context.report({ node, message: `The program may not import ${specifier}` });
    });
  },
};

/** The pure floor takes types from all of ffi/, but values only from its constants. */
export function planImports(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = projectPath(context.filename) ?? "";
  return importUses(({ node, specifier, typeOnly }) => {
    const target = importedPath(path, specifier ?? "");
    if (typeOnly || target === undefined || !target.startsWith("ffi/")) return;
    if (PURE_FFI.test(target)) return;
    context.report({
      node,
      message: `A plan is pure: it may not import values from ${target}`,
      hint: "Import a type, or take the value from ffi's constants",
    });
  });
}

/** The pure floor's path. */
export const PLAN: string = FLOORS[0]!.path;
