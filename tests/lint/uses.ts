/**
 * What the rules look for: imports in all their forms, and uses of the `Deno` namespace in all of theirs.
 *
 * @module
 */
/// <reference lib="deno.unstable" />

/** One import of a module: static, re-export, dynamic, or of a type. */
export interface ImportUse {
  readonly node: Deno.lint.Node;
  /** Undefined if it is computed, so that nobody can know it before the program runs. */
  readonly specifier: string | undefined;
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
}

/** Calls `visit` for every import of a file. */
export function importUses(visit: (use: ImportUse) => void): Deno.lint.LintVisitor {
  return {
    ImportDeclaration(node): void {
      const typeOnly = node.importKind === "type" ||
        (node.specifiers.length > 0 &&
          node.specifiers.every((s) => s.type === "ImportSpecifier" && s.importKind === "type"));
      visit({ node, specifier: node.source.value, typeOnly });
    },
    ExportNamedDeclaration(node): void {
      if (node.source === null || node.source === undefined) return;
      visit({ node, specifier: node.source.value, typeOnly: node.exportKind === "type" });
    },
    ExportAllDeclaration(node): void {
      visit({ node, specifier: node.source.value, typeOnly: node.exportKind === "type" });
    },
    ImportExpression(node): void {
      visit({ node, specifier: stringOf(node.source), typeOnly: false });
    },
    TSImportType(node): void {
      const { argument } = node as unknown as { argument: Deno.lint.Node };
      const literal = "literal" in argument ? argument.literal as Deno.lint.Node : argument;
      visit({ node, specifier: stringOf(literal), typeOnly: true });
    },
  };
}

/** Calls `visit` with the name of every member of `Deno` that a file touches; "*" stands for any. */
export function denoUses(
  visit: (name: string, node: Deno.lint.Node) => void,
): Deno.lint.LintVisitor {
  return {
    MemberExpression(node): void {
      if (isDeno(node.object)) visit(memberName(node) ?? "*", node);
    },
    TSQualifiedName(node): void {
      if (node.left.type === "Identifier" && node.left.name === "Deno") {
        visit(node.right.name, node);
      }
    },
    VariableDeclarator(node): void {
      if (node.init === null || node.init === undefined || !isDeno(node.init)) return;
      if (node.id.type !== "ObjectPattern") return visit("*", node);
      for (const property of node.id.properties) {
        const known = property.type === "Property" && property.key.type === "Identifier" &&
          !property.computed;
        visit(known ? (property.key as Deno.lint.Identifier).name : "*", property);
      }
    },
  };
}

/** The name behind the dot or in constant brackets. */
export function memberName(node: Deno.lint.MemberExpression): string | undefined {
  if (!node.computed && node.property.type === "Identifier") return node.property.name;
  return stringOf(node.property as Deno.lint.Node);
}

function isDeno(node: Deno.lint.Node): boolean {
  if (node.type === "Identifier") return node.name === "Deno";
  return node.type === "MemberExpression" && node.object.type === "Identifier" &&
    node.object.name === "globalThis" && memberName(node) === "Deno";
}

function stringOf(node: Deno.lint.Node): string | undefined {
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

/** Joins visitors that listen to the same kinds of node. */
export function together(...visitors: Deno.lint.LintVisitor[]): Deno.lint.LintVisitor {
  const all = new Map<string, ((node: unknown) => void)[]>();
  for (const visitor of visitors) {
    for (const [kind, listener] of Object.entries(visitor)) {
      const listeners = all.get(kind) ?? [];
      listeners.push(listener as (node: unknown) => void);
      all.set(kind, listeners);
    }
  }
  const joined: Record<string, (node: unknown) => void> = {};
  for (const [kind, listeners] of all) {
    joined[kind] = (node): void => listeners.forEach((listener) => listener(node));
  }
  return joined;
}
