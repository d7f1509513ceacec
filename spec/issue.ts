/** What is wrong with a document, as data first and text last. @module */

import type { SpecRef } from "./anchors.ts";

/** One fault of a document. */
export interface Issue {
  /** The property at fault, as `linux.namespaces[2].type`; empty for the document as a whole. */
  readonly path: string;
  /** The clause that describes the property. */
  readonly spec: SpecRef;
  /** One sentence without a full stop, to be read after the path. */
  readonly message: string;
}

// Arbitrary. A generated config can hold thousands of equal faults, and a log line is read by people:
// the message stops here, `issues` has them all.
const MOST_IN_MESSAGE = 20;

/** Writes an issue as `process.cwd: must be an absolute path, got "tmp" (config.md#configProcess)`. */
export function formatIssue(issue: Issue): string {
  const where = issue.path === "" ? "" : `${issue.path}: `;
  return `${where}${issue.message} (${issue.spec})`;
}

/** A document that cannot be used, with everything that is wrong with it. The message is one line. */
export class ConfigError extends TypeError {
  /** What the class is called. */
  override readonly name = "ConfigError";
  /** All faults, in the order of the properties' checks; never empty. */
  readonly issues: readonly Issue[];

  /** `document` names the file in the message. */
  constructor(issues: readonly Issue[], document = "config.json") {
    super(summarize(issues, document));
    this.issues = issues;
  }
}

function summarize(issues: readonly Issue[], document: string): string {
  const [first] = issues;
  if (first !== undefined && issues.length === 1) {
    return `Invalid ${document}: ${formatIssue(first)}`;
  }
  const shown = issues.slice(0, MOST_IN_MESSAGE).map(formatIssue).join("; ");
  const rest = issues.length - MOST_IN_MESSAGE;
  return `${document} has ${issues.length} errors: ${shown}${rest > 0 ? `; and ${rest} more` : ""}`;
}
