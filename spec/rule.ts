/** What a rule on the meaning of a config is, and how rules are applied. @module */

import { clauseOf } from "./clause.ts";
import type { Issue } from "./issue.ts";
import type { NamespaceType } from "./namespaces.ts";
import { isWithin } from "./property_path.ts";
import type { Config } from "./schema/config.ts";
import type { Namespace } from "./schema/linux.ts";

/** Takes down one fault: the property's path, and a sentence that follows it. */
export type Report = (path: string, message: string) => void;

/** A rule that no schema can hold, since it needs a computation or more than one property. */
export interface Rule {
  /** The properties that `check` looks at. It only runs when all of them have the right shape. */
  readonly reads: readonly string[];
  /** Reports what contradicts the rule. An empty string counts as absent, as it does in Go's tools. */
  readonly check: (config: Config, report: Report) => void;
}

/**
 * Applies rules to a config whose faults of shape are `broken`. A rule that reads a broken property
 * is passed over, so a fault is never reported again as its own consequence.
 */
export function applyRules(
  rules: readonly Rule[],
  config: Config,
  broken: readonly Issue[],
): Issue[] {
  const issues: Issue[] = [];
  const report: Report = (path, message) => {
    issues.push({ path, spec: clauseOf(path), message });
  };
  for (const rule of rules) {
    if (!rule.reads.some((path) => touches(path, broken))) rule.check(config, report);
  }
  return issues;
}

function touches(path: string, broken: readonly Issue[]): boolean {
  return broken.some((issue) => isWithin(issue.path, path) || isWithin(path, issue.path));
}

/** The container's namespace of a type; `undefined` when it shares the runtime's. */
export function findNamespace(config: Config, type: NamespaceType): Namespace | undefined {
  return config.linux?.namespaces?.find((namespace) => namespace.type === type);
}

/** Reports a path that does not start at the root. */
export function requireAbsolute(path: string, value: string, report: Report): void {
  if (!value.startsWith("/")) {
    report(path, `must be an absolute path, got ${JSON.stringify(value)}`);
  }
}
