/** The key that no map of a library has room for. @module */

import { clauseOf } from "./clause.ts";
import type { Issue } from "./issue.ts";
import { member } from "./property_path.ts";

/** The maps in which every key asks for something. Annotations are not among them: unknown ones MUST be ignored. */
const MAPS = [
  "linux.timeOffsets",
  "linux.netDevices",
  "linux.sysctl",
  "linux.resources.rdma",
  "linux.resources.unified",
];

/**
 * Reports each map with a member `__proto__`. To zod, as to much of JavaScript, it is no member, so what it asks for would
 * be passed over in silence: a device that is not moved, a limit that is not set.
 */
export function protoIssues(config: unknown): Issue[] {
  return MAPS.filter((path) => hasProto(valueAt(config, path))).map((map) => {
    const path = member(map, "__proto__");
    return { path, spec: clauseOf(path), message: "must have another name" };
  });
}

function hasProto(value: unknown): boolean {
  return isObject(value) && Object.hasOwn(value, "__proto__");
}

function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce((at, key) => isObject(at) ? at[key] : undefined, value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
