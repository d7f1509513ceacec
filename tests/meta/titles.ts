/**
 * The titles of the tests in a file, as its source has them.
 *
 * @module
 */
/// <reference lib="deno.unstable" />

/** A title in the form that the ledger of clauses has it, whatever the formatter made of it. */
export interface Title {
  readonly text: string;
  /** Whether it is a literal; if not, `text` is the expression. */
  readonly isLiteral: boolean;
}

/**
 * The titles of all tests in `source`: the first argument, or its `name`, of `Deno.test()` and of the file's own
 * `test…()`. Inside such a function `Deno.test()` has no title of its own.
 */
export function titlesOf(path: string, source: string): Title[] {
  const titles: Title[] = [];
  let wrappers = 0;
  const plugin: Deno.lint.Plugin = {
    name: "titles",
    rules: {
      titles: {
        create: (context) => ({
          FunctionDeclaration({ id }): void {
            if (WRAPPER.test(id?.name ?? "")) wrappers++;
          },
          "FunctionDeclaration:exit"({ id }): void {
            if (WRAPPER.test(id?.name ?? "")) wrappers--;
          },
          CallExpression(node): void {
            if (wrappers > 0 || !isTest(node.callee)) return;
            const title = nameOf(node.arguments[0]);
            if (title === undefined) return;
            titles.push(readTitle(title, context.sourceCode.getText(title)));
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, source);
  return titles;
}

/** A function of the file's own that makes tests: `testAppArmor`. */
const WRAPPER = /^test[A-Z]/;

function isTest(callee: Deno.lint.Node): boolean {
  if (callee.type === "Identifier") return WRAPPER.test(callee.name);
  if (callee.type !== "MemberExpression") return false;
  const { object, property } = callee;
  return object.type === "Identifier" && object.name === "Deno" &&
    property.type === "Identifier" && property.name === "test";
}

function nameOf(argument: Deno.lint.Node | undefined): Deno.lint.Node | undefined {
  if (argument?.type !== "ObjectExpression") return argument;
  for (const property of argument.properties) {
    if (property.type !== "Property" || property.key.type !== "Identifier") continue;
    if (property.key.name === "name") return property.value;
  }
  return undefined;
}

function readTitle(node: Deno.lint.Node, text: string): Title {
  if (node.type === "Literal" && typeof node.value === "string") {
    return { text: node.value, isLiteral: true };
  }
  if (node.type !== "TemplateLiteral") return { text, isLiteral: false };
  // The formatter breaks a line inside of ${…}, never in the text around it.
  const title = text.slice(1, -1).replaceAll(/\$\{\s+/g, "${").replaceAll(/\n\s*\}/g, "}");
  return { text: title, isLiteral: true };
}
