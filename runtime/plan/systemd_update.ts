/**
 * What a unit of systemd has to be told when resources change.
 *
 * @module
 */
import type { Resources } from "../../spec/schema/resources.ts";
import { resourceProperties, type UnitProperty } from "./systemd_resources.ts";

/** No value of a property's own. */
const UNSET = 0xffff_ffff_ffff_ffffn;

/**
 * The properties that differ: what systemd is not told anew it does not write into the cgroup anew.
 *
 * Told in the other direction, they take the change back.
 */
export function changedProperties(
  from: Resources,
  to: Resources,
  version: 1 | 2,
): UnitProperty[] {
  const [before, after] = [from, to].map((resources) => lastOfEach(resources, version));
  const changed = [...after!.values()].filter((property) =>
    !isSame(before!.get(property.name), property)
  );
  const gone = [...before!.values()].filter(({ name }) => !after!.has(name)).map(unset);
  return [...changed, ...gone];
}

/** Of two properties with one name the later one holds. */
function lastOfEach(resources: Resources, version: 1 | 2): Map<string, UnitProperty> {
  return new Map(
    resourceProperties(resources, version).map((property) => [property.name, property]),
  );
}

function isSame(a: UnitProperty | undefined, b: UnitProperty): boolean {
  return a !== undefined && text(a) === text(b);
}

function text({ value }: UnitProperty): string {
  return JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}` : part);
}

function unset(property: UnitProperty): UnitProperty {
  if (property.signature === "ay") return { ...property, value: new Uint8Array() };
  // Protection is none unless it is given; everything else is a limit, or a weight.
  const isProtection = property.name === "MemoryLow" || property.name === "MemoryMin";
  return { ...property, value: isProtection ? 0n : UNSET };
}
