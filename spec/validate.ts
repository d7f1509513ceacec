/**
 * config.json, from its text to a value that can be relied on.
 *
 * Three stages, each with its own file: the text is JSON (json.ts), the value has the right shape
 * (schema/), the shape makes sense (rules/). The runtime-spec's JSON Schema covers the second one only,
 * and not all of it. Everything that is wrong is reported at once.
 *
 * @module
 */

import type * as z from "zod/mini";
import { clauseOf } from "./clause.ts";
import { ConfigError, type Issue } from "./issue.ts";
import { dropEmpty } from "./empty.ts";
import { JsonError, parseJson } from "./json.ts";
import { nulIssues } from "./nul.ts";
import { dropNulls } from "./null.ts";
import { protoIssues } from "./proto.ts";
import { applyRules, type Rule } from "./rule.ts";
import { DOCUMENT_RULES } from "./rules/document.ts";
import { HOOK_RULES } from "./rules/hooks.ts";
import { LINUX_RULES } from "./rules/linux.ts";
import { MOUNT_RULES } from "./rules/mounts.ts";
import { NAMESPACE_RULES } from "./rules/namespaces.ts";
import { NET_DEVICE_RULES } from "./rules/net_devices.ts";
import { PROCESS_RULES } from "./rules/process.ts";
import { RESOURCE_RULES } from "./rules/resources.ts";
import { SECCOMP_RULES } from "./rules/seccomp.ts";
import { SYSCTL_RULES } from "./rules/sysctl.ts";
import { Config } from "./schema/config.ts";
import { PLATFORMS } from "./schema/platforms.ts";
import type { Process } from "./schema/process.ts";
import type { Resources } from "./schema/resources.ts";
import { shape, type Shaped } from "./structure.ts";
import { OCI_VERSION_MAX } from "./version.ts";

/** All rules on the meaning of a config, in the order of its properties. */
export const RULES: readonly Rule[] = [
  ...DOCUMENT_RULES,
  ...MOUNT_RULES,
  ...PROCESS_RULES,
  ...HOOK_RULES,
  ...NAMESPACE_RULES,
  ...LINUX_RULES,
  ...NET_DEVICE_RULES,
  ...SYSCTL_RULES,
  ...SECCOMP_RULES,
  ...RESOURCE_RULES,
];

/**
 * Reads config.json. Optional strings that are empty, and optional properties that are `null`, come out
 * absent; what the schema does not name is left out. Throws a {@linkcode ConfigError}, and nothing else, with everything that is wrong.
 */
export function parseConfig(text: string): Config {
  return accept(readJson(text, "config.json"), "config.json");
}

/** Everything that is wrong with a parsed config.json; empty when it can be used. */
export function validateConfig(value: unknown): Issue[] {
  return check(value).issues;
}

/** As {@linkcode validateConfig}, but the shape only: what the official JSON Schema is about. */
export function validateShape(value: unknown): readonly Issue[] {
  return [...shapeOf(Config, value).issues ?? [], ...platformIssues(value)];
}

/**
 * Reads a `process` object on its own, for `exec --process`. `document` names its file in messages.
 * Throws a {@linkcode ConfigError}; its paths start with `process`, as in config.json.
 */
export function parseProcess(text: string, document = "process.json"): Process {
  const { process } = accept({ ...FRAME, process: readPart(text, document) }, document);
  return process as Process;
}

/**
 * Reads a `linux.resources` object on its own, for `update --resources`. `document` names its file in
 * messages. Throws a {@linkcode ConfigError}; its paths start with `linux.resources`.
 */
export function parseResources(text: string, document = "resources.json"): Resources {
  const { linux } = accept({ ...FRAME, linux: { resources: readPart(text, document) } }, document);
  return linux?.resources as Resources;
}

/** A config with nothing in it, to put a part of one into. */
const FRAME = { ociVersion: OCI_VERSION_MAX, root: { path: "rootfs" } };

function readJson(text: string, document: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const message = `line ${error.line}, column ${error.column}: ${error.reason}`;
    throw new ConfigError([{ path: "", spec: clauseOf(""), message }], document);
  }
}

/** A document that is itself an optional property: as such `null` would be no document at all. */
function readPart(text: string, document: string): unknown {
  const value = readJson(text, document);
  if (value !== null) return value;
  const message = "expected object, got null";
  throw new ConfigError([{ path: "", spec: clauseOf(""), message }], document);
}

function accept(value: unknown, document: string): Config {
  const { config, issues } = check(value);
  if (config === undefined) throw new ConfigError(issues, document);
  return dropEmpty(config);
}

function check(value: unknown): { readonly config?: Config; readonly issues: Issue[] } {
  const shaped = shapeOf(Config, value);
  const broken = [...shaped.issues ?? [], ...protoIssues(value)];
  // A rule only reads what has the right shape, so for its purposes the value is a config.
  const config = shaped.value ?? shaped.given as Config;
  const issues = [
    ...broken,
    ...platformIssues(value),
    ...applyRules(RULES, config, broken),
    ...nulIssues(value),
  ];
  return issues.length === 0 ? { config, issues } : { issues };
}

/** The shape of `value`, or of what is left of it without `null`: hardly a config has any, so this is looked at last. */
function shapeOf<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
  path = "",
): Shaped<T> & { readonly given: unknown } {
  const shaped = shape(schema, value, path);
  if (shaped.issues === undefined) return { ...shaped, given: value };
  const given = dropNulls(schema, value);
  return { ...(given === value ? shaped : shape(schema, given, path)), given };
}

function platformIssues(value: unknown): Issue[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(PLATFORMS).flatMap(([name, makeSchema]) => {
    if (!Object.hasOwn(value, name)) return [];
    const platform = (value as Record<string, unknown>)[name];
    return platform === null ? [] : shapeOf(makeSchema(), platform, name).issues ?? [];
  });
}
