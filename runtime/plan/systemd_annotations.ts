/**
 * Annotations `org.systemd.property.<Name>` → properties of the container's unit.
 *
 * Their values are in GLib's text format (`uint64 5`, `'text'`, `[…]`). Times may be given in seconds: of a name that ends
 * in `Sec` systemd knows only the one in `USec`, so `TimeoutStopSec: 5` becomes `TimeoutStopUSec: uint64 5000000`.
 *
 * @module
 */
import { ConfigError, type Issue } from "../../spec/issue.ts";
import type { BusValue } from "../../ffi/systemd/value.ts";
import { shown } from "../../spec/shown.ts";
import { parseGvariant } from "./gvariant.ts";
import type { UnitProperty } from "./systemd_resources.ts";

/** The beginning of the annotations' names. */
export const PROPERTY_PREFIX = "org.systemd.property.";

/** What the runtime cannot do without: its process is in the unit, the unit in its slice, and the cgroup below is ours. */
const RESERVED = ["PIDs", "PIDFDs", "Slice", "Delegate"];

/** The properties, in the order of the annotations; of two with one name the later one holds. */
export function annotationProperties(
  annotations: Readonly<Record<string, string>>,
): UnitProperty[] {
  const properties: UnitProperty[] = [];
  const issues: Issue[] = [];
  for (const [key, text] of Object.entries(annotations)) {
    if (!key.startsWith(PROPERTY_PREFIX)) continue;
    try {
      properties.push(toProperty(key.slice(PROPERTY_PREFIX.length), text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.push({
        path: `annotations[${JSON.stringify(key)}]`,
        spec: "config.md#configAnnotations",
        message: error.message,
      });
    }
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return properties;
}

function toProperty(name: string, text: string): UnitProperty {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    throw new SyntaxError("must name a property of systemd after the last dot");
  }
  if (RESERVED.includes(name)) throw new SyntaxError("must not be set: the runtime does");
  const { signature, value } = read(text);
  const [, start] = /^(.*[^U])Sec$/.exec(name) ?? [];
  return start === undefined
    ? { name, signature, value }
    : { name: `${start}USec`, signature: "t", value: toMicroseconds(signature, value, text) };
}

function read(text: string): ReturnType<typeof parseGvariant> {
  try {
    return parseGvariant(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(
      `must be a value in the text format of GVariant, got ${shown(text)}: ${error.message}`,
    );
  }
}

const MOST = 0xffff_ffff_ffff_ffffn;

function toMicroseconds(signature: string, value: BusValue, text: string): bigint {
  const isNumber = "nqiuxtd".includes(signature) && Number(value) >= 0;
  if (!isNumber) throw new SyntaxError(`must be a number of seconds, got ${shown(text)}`);
  const microseconds = signature === "d"
    ? BigInt(Math.round(Math.min(Number(value) * 1e6, Number(MOST))))
    : BigInt(value as number | bigint) * 1_000_000n;
  return microseconds > MOST ? MOST : microseconds;
}
