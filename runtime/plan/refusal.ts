/**
 * What this host has no way to do, as the fault of a property.
 *
 * @module
 */
import { clauseOf } from "../../spec/clause.ts";
import { ConfigError } from "../../spec/issue.ts";

/**
 * The error for a resource that is valid and cannot be had here (MUST, config-linux.md#configLinuxControlGroups). It names
 * the property and its clause, as an invalid value does.
 *
 * @param path Such as `linux.resources.memory.swappiness`.
 */
export function refusal(path: string, message: string): ConfigError {
  // Not config.json: they may come from `update` as well.
  return new ConfigError([{ path, spec: clauseOf(path), message }], "resources");
}
