/**
 * From `linux.intelRdt` to a directory of resctrl and the lines of its `schemata`.
 *
 * @module
 */
import type { IntelRdt } from "../../spec/schema/linux.ts";

/** What a container asks of resctrl. */
export interface IntelRdtPlan {
  /** The directory; `/` is resctrl's root, undefined stands for the container's ID. */
  readonly closID: string | undefined;
  /** The lines of `l3CacheSchema`, then that of `memBwSchema`: what a directory that exists MUST agree with. */
  readonly schemas: readonly string[];
  /** To be written after those. */
  readonly schemata: readonly string[];
  /** Whether there is to be a monitoring group for the container alone. */
  readonly monitoring: boolean;
}

/** Translates `linux.intelRdt`; an empty string is as good as none. */
export function planIntelRdt(rdt: IntelRdt): IntelRdtPlan {
  const { closID = "", l3CacheSchema = "", memBwSchema = "", schemata = [] } = rdt;
  const lines = [...l3CacheSchema.split("\n"), memBwSchema].map((line) => line.trim());
  return {
    closID: closID === "" ? undefined : closID,
    schemas: lines.filter((line) => line !== ""),
    schemata,
    monitoring: rdt.enableMonitoring ?? false,
  };
}

/**
 * The first of the wanted lines that the text of a `schemata` file does not agree with; undefined if there is none.
 *
 * A line may name some of the domains only, and a mask may be written with leading zeros or without.
 */
export function findMismatch(wanted: readonly string[], content: string): string | undefined {
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const line of content.split("\n")) {
    const schema = parseSchema(line);
    if (schema !== undefined) found.set(schema.resource, schema.domains);
  }
  return wanted.find((line) => {
    const schema = parseSchema(line);
    if (schema === undefined) return true;
    const domains = found.get(schema.resource);
    return [...schema.domains].some(([id, value]) => domains?.get(id) !== value);
  });
}

interface Schema {
  readonly resource: string;
  /** Value by number of the domain, both without leading zeros. */
  readonly domains: ReadonlyMap<string, string>;
}

/** Such as `L3:0=7f0;1=1f`; the kernel puts spaces before the name. @see Documentation/filesystems/resctrl.rst */
function parseSchema(line: string): Schema | undefined {
  const [, resource, rest] = /^\s*(\w+)\s*:(.*)$/.exec(line) ?? [];
  if (resource === undefined || rest === undefined) return undefined;
  const domains = new Map<string, string>();
  for (const entry of rest.split(";")) {
    const [, id, value] = /^\s*0*(\d+)\s*=\s*0*([0-9a-zA-Z]+)\s*$/.exec(entry) ?? [];
    if (id === undefined || value === undefined) return undefined;
    domains.set(id, value.toLowerCase());
  }
  return { resource, domains };
}
