/** The properties that a schema knows. */

import type * as z from "zod/mini";

/** A property of a document. */
export interface Property {
  /** The first of its kind in the full config: `mounts[0].options`. */
  readonly path: string;
  /** Without indices: `mounts.options`. */
  readonly name: string;
  readonly isOptional: boolean;
}

interface Definition {
  readonly innerType?: z.ZodMiniType;
  readonly element?: z.ZodMiniType;
  readonly valueType?: z.ZodMiniType;
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
}

/** All properties, at any depth. `keyOf` tells the key to look at in the map at a path. */
export function propertiesOf(
  schema: z.ZodMiniType,
  keyOf: (path: string) => string = firstKeys,
): Property[] {
  const properties: Property[] = [];
  const visit = (schema: z.ZodMiniType, path: string): void => {
    const { innerType, element, valueType, shape = {} } = schema._zod.def as Definition;
    if (innerType !== undefined) visit(innerType, path);
    if (element !== undefined) visit(element, `${path}[0]`);
    if (valueType !== undefined) visit(valueType, `${path}${keyOf(path)}`);
    for (const [key, member] of Object.entries(shape)) {
      const inner = path === "" ? key : `${path}.${key}`;
      const isOptional = member._zod.optin === "optional";
      properties.push({ path: inner, name: nameOf(inner), isOptional });
      visit(member, inner);
    }
  };
  visit(schema, "");
  return properties;
}

/** The keys of the maps whose values have properties, in the full config. */
const FIRST_KEYS: Readonly<Record<string, string>> = {
  "linux.timeOffsets": ".monotonic",
  "linux.netDevices": ".eth9",
  "linux.resources.rdma": ".mlx5_1",
};

function firstKeys(path: string): string {
  return FIRST_KEYS[path] ?? "";
}

const KEYS_OF_MAPS =
  /^(linux\.timeOffsets|linux\.netDevices|linux\.resources\.(?:rdma|unified)|linux\.sysctl)\.\w+/;

/** A path without indices and the keys of maps. */
export function nameOf(path: string): string {
  return path.replaceAll(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, "").replace(KEYS_OF_MAPS, "$1");
}
