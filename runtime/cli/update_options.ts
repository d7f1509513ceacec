/**
 * From the words of `update` to what it takes.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { open, readAll } from "../../ffi/open.ts";
import { decodeUtf8, stringifyJson } from "../../spec/json.ts";
import type { Resources } from "../../spec/schema/resources.ts";
import { parseResources } from "../../spec/validate.ts";
import * as log from "../log.ts";
import type { UpdateOptions } from "../options.ts";
import { parseSize } from "../plan/size.ts";
import { quote } from "../quote.ts";
import type { FlagValues } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { containerRef } from "./translate.ts";

/** What `update` takes. With a file of resources, all other flags go unread. */
export function updateOptions(invocation: Invocation): UpdateOptions {
  const { flags } = invocation;
  const ref = containerRef(invocation);
  const file = flags.string("resources");
  if (file) return { ...ref, resources: readResources(file) };
  if (flags.string("kernel-memory") || flags.string("kernel-memory-tcp")) {
    log.warn("Kernel memory settings are ignored and will be removed");
  }
  const text = stringifyJson(resourcesOf(flags));
  return {
    ...ref,
    resources: parseResources(text, "command line"),
    ...optional("l3CacheSchema", flags.string("l3-cache-schema") || undefined),
    ...optional("memBwSchema", flags.string("mem-bw-schema") || undefined),
  };
}

function readResources(file: string): Resources {
  const name = file === "-" ? "the standard input" : quote(file);
  let text: string;
  try {
    text = decodeUtf8(file === "-" ? readAll(0) : readFile(file));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the resources from ${name}: ${why}`, { cause: error });
  }
  return parseResources(text, name);
}

function readFile(path: string): Uint8Array {
  using file = open(path, O.O_RDONLY | O.O_NOCTTY);
  return readAll(file.fd);
}

type Document = Record<string, unknown>;

/** As `linux.resources`; what was not given is not there. */
function resourcesOf(flags: FlagValues): Document {
  const signed = (name: string) => number(flags, name, true);
  const unsigned = (name: string) => number(flags, name, false);
  const size = (name: string) => bytes(flags, name);
  return withoutEmpty({
    memory: withoutEmpty({
      limit: size("memory"),
      reservation: size("memory-reservation"),
      swap: size("memory-swap"),
    }),
    cpu: withoutEmpty({
      shares: unsigned("cpu-share"),
      quota: signed("cpu-quota"),
      burst: unsigned("cpu-burst"),
      period: unsigned("cpu-period"),
      realtimeRuntime: signed("cpu-rt-runtime"),
      realtimePeriod: unsigned("cpu-rt-period"),
      cpus: flags.string("cpuset-cpus") || undefined,
      mems: flags.string("cpuset-mems") || undefined,
      idle: signed("cpu-idle"),
    }),
    blockIO: withoutEmpty({ weight: flags.integer("blkio-weight") }),
    pids: withoutEmpty({ limit: flags.integer("pids-limit") }),
  }) ?? {};
}

/** Undefined if nothing is left. */
function withoutEmpty(values: Document): Document | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Empty strings are none: scripts pass unset variables. */
function bytes(flags: FlagValues, name: string): bigint | undefined {
  const text = flags.string(name);
  if (!text) return undefined;
  try {
    return parseSize(text);
  } catch (error) {
    throw new SyntaxError(`invalid value for ${name}: ${(error as Error).message}`);
  }
}

/** Go's `strconv.ParseInt(text, 10, 64)`, and `ParseUint`. */
function number(flags: FlagValues, name: string, isSigned: boolean): bigint | undefined {
  const text = flags.string(name);
  if (!text) return undefined;
  const [pattern, least, most] = isSigned
    ? [/^[-+]?\d+$/, -(2n ** 63n), 2n ** 63n - 1n] as const
    : [/^\d+$/, 0n, 2n ** 64n - 1n] as const;
  const value = pattern.test(text) ? BigInt(text.replace(/^\+/, "")) : undefined;
  if (value !== undefined && value >= least && value <= most) return value;
  const why = value === undefined ? "invalid syntax" : "value out of range";
  throw new SyntaxError(
    `invalid value for ${name}: strconv.${isSigned ? "ParseInt" : "ParseUint"}: parsing ${
      quote(text)
    }: ${why}`,
  );
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}
