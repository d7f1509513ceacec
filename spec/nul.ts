/** The character that C strings end with. @module */

import { clauseOf } from "./clause.ts";
import type { Issue } from "./issue.ts";
import { MAX_DEPTH } from "./json_fault.ts";
import { entry, member } from "./property_path.ts";

/** The members whose strings are passed to the kernel. */
const PASSED = ["root", "mounts", "process", "hostname", "domainname", "hooks", "linux"];

/**
 * Reports each string with a NUL that would be passed to the kernel. JSON can write one (`\u0000`);
 * a C string ends there, so what was validated would not be what is used.
 */
export function nulIssues(config: unknown): Issue[] {
  const issues: Issue[] = [];
  if (!isObject(config)) return issues;
  for (const key of PASSED) visit(config[key], key, 0, issues);
  return issues;
}

function visit(value: unknown, path: string, depth: number, issues: Issue[]): void {
  if (typeof value === "string") {
    if (value.includes("\0")) issues.push(issueAt(path));
    return;
  }
  if (!isObject(value) || depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    // Most arrays hold strings that are fine: their paths are not worth making.
    for (const [index, item] of value.entries()) {
      if (typeof item !== "string" || item.includes("\0")) {
        visit(item, entry(path, index), depth + 1, issues);
      }
    }
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    if (key.includes("\0")) issues.push(issueAt(member(path, key)));
    if (isObject(item) || (typeof item === "string" && item.includes("\0"))) {
      visit(item, member(path, key), depth + 1, issues);
    }
  }
}

function issueAt(path: string): Issue {
  return { path, spec: clauseOf(path), message: "must not contain a NUL character" };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
