/** Shape before meaning: a document against its schema, with zod's findings in our words. @module */

import * as z from "zod/mini";
import { clauseOf } from "./clause.ts";
import type { Issue } from "./issue.ts";
import { joinPath } from "./property_path.ts";
import { shown } from "./shown.ts";

/** A document that has the shape of its schema, or what keeps it from that. */
export type Shaped<T> =
  | { readonly value: T; readonly issues?: never }
  | { readonly value?: never; readonly issues: readonly Issue[] };

/**
 * Checks `value` against `schema`, all faults at once. The result is a copy without the properties
 * that the schema does not name. `path` is where `value` stands in the document.
 */
export function shape<T>(schema: z.ZodMiniType<T>, value: unknown, path = ""): Shaped<T> {
  // jitless: a command reads one document, and compiling a function for each object would not pay.
  const result = z.safeParse(schema, value, { jitless: true, reportInput: true });
  if (result.success) return { value: result.data };
  return { issues: result.error.issues.map((issue) => toIssue(issue, path)) };
}

function toIssue(issue: z.core.$ZodIssue, parent: string): Issue {
  const path = joinPath(issue.path, parent);
  return { path, spec: clauseOf(path), message: sentence(issue) };
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined) return "is required";
  if (issue.code === "too_small" && issue.origin === "array") return "must have at least one entry";
  return `${expectation(issue)}, got ${shown(issue.input)}`;
}

function expectation(issue: z.core.$ZodIssue): string {
  // For all but a plain type the sentence stands with the schema: "expected integer from 0 to 7".
  if (issue.code !== "invalid_type") return issue.message;
  return `expected ${issue.expected === "record" ? "object" : issue.expected}`;
}
