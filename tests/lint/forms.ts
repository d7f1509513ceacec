/**
 * Rules about forms: one way to export, nothing done at load, functions that look like functions.
 *
 * @module
 */
/// <reference lib="deno.unstable" />
import { isIn, PROGRAM, projectPath } from "./tables.ts";
import { denoUses } from "./uses.ts";

/** Named exports only: a name that the reader can search for. (The linter itself wants one for its plugin.) */
export const noDefaultExport: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    if (projectPath(context.filename) === "tests/lint/plugin.ts") return {};
    const message = "No default export: give it a name";
    return {
      ExportDefaultDeclaration: (node): void => context.report({ node, message }),
      ExportSpecifier(node): void {
        if (node.exported.type === "Identifier" && node.exported.name === "default") {
          context.report({ node, message });
        }
      },
    };
  },
};

/** What may stand at the top of a module: declarations. */
const DECLARATIONS: readonly string[] = [
  "ClassDeclaration",
  "ExportAllDeclaration",
  "ExportDefaultDeclaration",
  "ExportNamedDeclaration",
  "FunctionDeclaration",
  "ImportDeclaration",
  "TSDeclareFunction",
  "TSEnumDeclaration",
  "TSInterfaceDeclaration",
  "TSModuleDeclaration",
  "TSTypeAliasDeclaration",
  "VariableDeclaration",
];

const FUNCTIONS: readonly string[] = [
  "ArrowFunctionExpression",
  "FunctionDeclaration",
  "FunctionExpression",
  "TSTypeAnnotation",
];

/** Loading a module does no work: no library is opened and nothing is read before a command asks for it. */
export const noTopLevelSideEffects: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const path = projectPath(context.filename);
    if (path === undefined || !isIn(path, PROGRAM)) return {};
    const source = context.sourceCode;
    // What a door does when it is the program is not done when it is loaded.
    const isWhenMain = (node: Deno.lint.Node): boolean =>
      node.type === "IfStatement" && source.getText(node.test) === "import.meta.main";
    const isAtTop = (node: Deno.lint.Node): boolean =>
      !source.getAncestors(node).some((node) => FUNCTIONS.includes(node.type) || isWhenMain(node));
    return {
      ...denoUses((name, node) => {
        if (name === "build" || !isAtTop(node)) return;
        context.report({ node, message: `Loading a module does no work: no Deno.${name} here` });
      }),
      TSQualifiedName(): void {},
      Program({ body }): void {
        for (const node of body) {
          if (DECLARATIONS.includes(node.type) || isWhenMain(node)) continue;
          context.report({ node, message: "Loading a module does no work: declarations only" });
        }
      },
      AwaitExpression(node): void {
        if (!isAtTop(node)) return;
        context.report({ node, message: "Loading a module does no work: no await here" });
      },
    };
  },
};

/** A function at the top is a `function`: it has a name in stack traces and may stand below its use. */
export const noTopLevelArrow: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const report = (node: Deno.lint.Node): void =>
      context.report({ node, message: "A function at the top of a module is a function" });
    const declarator = "VariableDeclaration > VariableDeclarator > ArrowFunctionExpression";
    return {
      [`Program > ${declarator}`]: report,
      [`Program > ExportNamedDeclaration > ${declarator}`]: report,
    };
  },
};

/** `#name` is private when the program runs, `private` only while it is compiled. (There is no `#constructor`.) */
export const hashPrivate: Deno.lint.Rule = {
  create(context): Deno.lint.LintVisitor {
    const check = (node: Deno.lint.Node): void => {
      // By its text: Deno's tree has no accessibility on parameter properties.
      if (!/^(?:override )?private (?!constructor\b)/.test(context.sourceCode.getText(node))) {
        return;
      }
      context.report({ node, message: "Say #name for what is private" });
    };
    return {
      PropertyDefinition: check,
      MethodDefinition: check,
      TSParameterProperty: check,
    };
  },
};
