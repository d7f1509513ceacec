/** The value that stands for no value. @module */

import type * as z from "zod/mini";

/**
 * `value` without the optional properties that are `null`; the same object when it has none.
 *
 * The runtime-spec has no `null` in config.json, and its JSON Schema refuses it. Yet tools in Go write a pointer, a slice
 * or a map that is not set as `null`, and read it as absent; so do we, where a property may be absent. Everywhere else
 * `null` is left to be refused: for what is required, in arrays, and in maps, where it would make a device or an
 * annotation vanish that was asked for.
 */
export function dropNulls(schema: z.ZodMiniType, value: unknown): unknown {
  const { def } = (schema as AnySchema)._zod;
  if (def.innerType !== undefined) return dropNulls(def.innerType, value);
  if (typeof value !== "object" || value === null) return value;
  if (def.element !== undefined) return Array.isArray(value) ? dropInArray(def, value) : value;
  if (Array.isArray(value)) return value;
  if (def.shape !== undefined) return dropInObject(def.shape, value);
  return def.valueType === undefined ? value : dropInMap(def.valueType, value);
}

/** What is looked at of a schema: only one of these is there, by its kind. */
interface Definition {
  readonly innerType?: z.ZodMiniType;
  readonly element?: z.ZodMiniType;
  readonly valueType?: z.ZodMiniType;
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
}

type AnySchema = z.ZodMiniType & { readonly _zod: { readonly def: Definition } };

function dropInArray({ element }: Definition, value: readonly unknown[]): readonly unknown[] {
  const items = value.map((item) => dropNulls(element!, item));
  return items.some((item, index) => item !== value[index]) ? items : value;
}

function dropInObject(shape: NonNullable<Definition["shape"]>, value: object): object {
  const members = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const schema = Object.hasOwn(shape, key) ? shape[key] as AnySchema : undefined;
    if (schema === undefined) return [[key, item]];
    return item === null && schema._zod.optin === "optional"
      ? []
      : [[key, dropNulls(schema, item)]];
  });
  return rebuilt(value, members);
}

function dropInMap(schema: z.ZodMiniType, value: object): object {
  return rebuilt(
    value,
    Object.entries(value).map(([key, item]) => [key, dropNulls(schema, item)]),
  );
}

function rebuilt(value: object, members: readonly [string, unknown][]): object {
  const same = Object.keys(value).length === members.length &&
    members.every(([key, item]) => (value as Record<string, unknown>)[key] === item);
  return same ? value : Object.fromEntries(members);
}
