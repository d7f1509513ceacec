/**
 * From the words of `update` to what it takes.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { open, readAll } from "../../ffi/open.ts";
import { ConfigError } from "../../spec/issue.ts";
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
  return {
    ...ref,
    resources: resourcesOf(flags),
    ...optional("l3CacheSchema", flags.string("l3-cache-schema") || undefined),
    ...optional("memBwSchema", flags.string("mem-bw-schema") || undefined),
  };
}

function readResources(file: string): Resources {
  const name = file === "-" ? "standard input" : quote(file);
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

/** Reads the value of a flag; undefined where it was not given. */
type Reader = (flags: FlagValues, name: string) => unknown;

/** Member of a member of `linux.resources` → the flag that sets it. */
const SETTINGS: Readonly<Record<string, Readonly<Record<string, readonly [string, Reader]>>>> = {
  memory: {
    limit: ["memory", bytes],
    reservation: ["memory-reservation", bytes],
    swap: ["memory-swap", bytes],
  },
  cpu: {
    shares: ["cpu-share", unsigned],
    quota: ["cpu-quota", signed],
    burst: ["cpu-burst", unsigned],
    period: ["cpu-period", unsigned],
    realtimeRuntime: ["cpu-rt-runtime", signed],
    realtimePeriod: ["cpu-rt-period", unsigned],
    cpus: ["cpuset-cpus", words],
    mems: ["cpuset-mems", words],
    idle: ["cpu-idle", signed],
  },
  blockIO: { weight: ["blkio-weight", integer] },
  pids: { limit: ["pids-limit", integer] },
};

/** As `linux.resources`; what was not given is not there. */
function resourcesOf(flags: FlagValues): Resources {
  const sections = Object.entries(SETTINGS).map(([section, members]) => {
    const values = Object.entries(members).map(([member, [name, read]]) =>
      [member, read(flags, name)] as const
    );
    return [section, withoutEmpty(Object.fromEntries(values))];
  });
  const text = stringifyJson(withoutEmpty(Object.fromEntries(sections)) ?? {});
  try {
    return parseResources(text, "command line");
  } catch (error) {
    throw error instanceof ConfigError ? nameFlag(error) : error;
  }
}

/** Who has typed a flag knows nothing of the property. */
function nameFlag(error: ConfigError): SyntaxError {
  const { path, message } = error.issues[0]!;
  const [section = "", member = ""] = path.split(".").slice(-2);
  const [name] = SETTINGS[section]![member]!;
  return new SyntaxError(`invalid value for ${name}: ${message}`, { cause: error });
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

function signed(flags: FlagValues, name: string): bigint | undefined {
  return number(flags, name, true);
}

function unsigned(flags: FlagValues, name: string): bigint | undefined {
  return number(flags, name, false);
}

function integer(flags: FlagValues, name: string): number | undefined {
  return flags.integer(name);
}

function words(flags: FlagValues, name: string): string | undefined {
  return flags.string(name) || undefined;
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
