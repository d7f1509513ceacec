import { assertEquals } from "#assert";
import { defaultConfig } from "../../spec/default_config.ts";
import { formatIssue } from "../../spec/issue.ts";
import { validateConfig } from "../../spec/validate.ts";

/** A name, what differs from the default config, and the issues that follow. */
export type Case = readonly [name: string, patch: Patch, ...issues: readonly string[]];

/** Members to set; `undefined` removes. Objects are merged, arrays replaced. */
export type Patch = { readonly [key: string]: unknown };

/** Registers a test for each case: the config has exactly these issues, in any order. */
export function testCases(subject: string, cases: readonly Case[]): void {
  for (const [name, patch, ...issues] of cases) {
    Deno.test(`${subject} ${issues.length === 0 ? "accepts" : "refuses"} ${name}`, () => {
      const found = validateConfig(patched(patch)).map(formatIssue);
      assertEquals(found.toSorted(), issues.toSorted());
    });
  }
}

/** The default config with `patch` merged into it. */
export function patched(patch: Patch): unknown {
  return merge(defaultConfig(), patch);
}

function merge(target: unknown, patch: Patch): Record<string, unknown> {
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) delete result[key];
    else result[key] = isObject(value) ? merge(result[key], value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `linux.namespaces` with one of each given type. */
export function namespaces(...types: readonly string[]): { readonly type: string }[] {
  return types.map((type) => ({ type }));
}
