/**
 * As much of JSON Schema draft-04 as the runtime-spec's own schema uses: an opinion on documents that
 * owes nothing to our code.
 */

import { parseJson } from "../../spec/json.ts";

type Schema = Record<string, unknown>;

const DIRECTORY = new URL("./schema/", import.meta.url);
const files = new Map<string, unknown>();

/** Whether `value` is valid by the schema that `reference` (`config-schema.json#`) leads to. */
export function isValid(reference: string, value: unknown, from = ""): boolean {
  const [name, pointer = ""] = reference.split("#");
  const file = name === "" || name === undefined ? from : name;
  let schema = files.get(file);
  if (schema === undefined) {
    schema = parseJson(Deno.readTextFileSync(new URL(file, DIRECTORY)));
    files.set(file, schema);
  }
  for (const key of pointer.split("/").filter((part) => part !== "")) {
    schema = (schema as Schema)[key];
    if (schema === undefined) throw new Error(`No ${reference}`);
  }
  return accepts(schema as Schema, value, file);
}

function accepts(schema: Schema, value: unknown, file: string): boolean {
  // Beside a reference everything else is ignored.
  if (typeof schema.$ref === "string") return isValid(schema.$ref, value, file);
  const all = (list: unknown): boolean => (list as Schema[]).every((s) => accepts(s, value, file));
  const any = (list: unknown): boolean => (list as Schema[]).some((s) => accepts(s, value, file));
  return hasType(schema.type, value) &&
    (schema.enum === undefined || (schema.enum as unknown[]).includes(value)) &&
    (schema.allOf === undefined || all(schema.allOf)) &&
    (schema.anyOf === undefined || any(schema.anyOf)) &&
    acceptsScalar(schema, value) &&
    (!Array.isArray(value) || acceptsArray(schema, value, file)) &&
    (!isObject(value) || acceptsObject(schema, value, file));
}

function acceptsScalar(schema: Schema, value: unknown): boolean {
  if (typeof value === "number" || typeof value === "bigint") {
    return value >= ((schema.minimum ?? -Infinity) as number) &&
      value <= ((schema.maximum ?? Infinity) as number);
  }
  return typeof value !== "string" || schema.pattern === undefined ||
    new RegExp(schema.pattern as string).test(value);
}

function acceptsArray(schema: Schema, value: unknown[], file: string): boolean {
  return value.length >= Number(schema.minItems ?? 0) &&
    (schema.items === undefined ||
      value.every((item) => accepts(schema.items as Schema, item, file)));
}

function acceptsObject(schema: Schema, value: Record<string, unknown>, file: string): boolean {
  const properties = (schema.properties ?? {}) as Record<string, Schema>;
  const patterns = Object.entries((schema.patternProperties ?? {}) as Record<string, Schema>);
  const required = (schema.required ?? []) as string[];
  if (required.some((key) => !Object.hasOwn(value, key))) return false;
  return Object.entries(value).every(([key, item]) => {
    const own = Object.hasOwn(properties, key) ? [properties[key]] : [];
    const matched = patterns.filter(([p]) => new RegExp(p).test(key)).map(([, s]) => s);
    const extra = own.length + matched.length === 0 && isObject(schema.additionalProperties)
      ? [schema.additionalProperties]
      : [];
    return [...own, ...matched, ...extra].every((s) => accepts(s as Schema, item, file));
  });
}

function hasType(type: unknown, value: unknown): boolean {
  switch (type) {
    case undefined:
      return true;
    case "integer":
      return typeof value === "bigint" || Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    default:
      throw new Error(`No type ${type}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
