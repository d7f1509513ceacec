/**
 * Command-line flags with the rules of Go's `flag` package, which the callers of container runtimes rely on.
 *
 * - One dash and two mean the same: containerd really sends `-no-subreaper`.
 * - `--flag value` and `--flag=value`; a boolean takes a value only by `=`.
 * - `--` ends the flags. Short ones are not clustered, long ones not abbreviated.
 * - A repeated flag overrides itself, unless it is a list: conmon-rs gives `--root` twice.
 *
 * @module
 */
import { parseDuration } from "../plan/duration.ts";
import { quote } from "../quote.ts";

/** What a flag's value is. A list collects the values of a repeated flag. */
export type FlagType = "boolean" | "string" | "integer" | "duration" | "list";

/** A flag as data: the parser, the help and the completions read the same entry. */
export interface Flag {
  /** The long name, without dashes. */
  readonly name: string;
  /** The one-letter name. */
  readonly alias?: string;
  /** What its value is. */
  readonly type: FlagType;
  /** The word for the value in the help; `value` by default. */
  readonly placeholder?: string;
  /** The value of a string, an integer or a duration (`5s`) that is not given. */
  readonly default?: string | number;
  /** What it does: a phrase without a full stop. */
  readonly help: string;
  /** Accepted, but not shown by the help. */
  readonly hidden?: boolean;
}

/** A command line that does not fit the flags; the message is the one of Go's `flag` package. */
export class FlagError extends SyntaxError {
  /** The class, for whoever has only the object. */
  override readonly name = "FlagError";
}

type Value = boolean | string | number | readonly string[];

/** The values of parsed flags, defaults included. To ask for a flag that was not declared is a bug, and throws. */
export class FlagValues {
  readonly #flags: readonly Flag[];
  readonly #values: ReadonlyMap<string, Value>;

  /** The declared flags, and what was given, by long name. */
  constructor(flags: readonly Flag[], values: ReadonlyMap<string, Value>) {
    this.#flags = flags;
    this.#values = values;
  }

  #get(name: string, type: FlagType): Value | undefined {
    const flag = this.#flags.find((flag) => flag.name === name && flag.type === type);
    if (flag === undefined) {
      throw new TypeError(`Cannot read the ${type} flag "${name}": no such flag`);
    }
    return this.#values.get(name) ?? flag.default;
  }

  /** A boolean; false when it is not given. */
  boolean(name: string): boolean {
    return this.#get(name, "boolean") === true;
  }

  /** A string, its default, or undefined. */
  string(name: string): string | undefined {
    return this.#get(name, "string") as string | undefined;
  }

  /** An integer, its default, or undefined. */
  integer(name: string): number | undefined {
    return this.#get(name, "integer") as number | undefined;
  }

  /** A duration in nanoseconds, its default, or undefined. */
  duration(name: string): number | undefined {
    const value = this.#get(name, "duration") as number | string | undefined;
    return typeof value === "string" ? parseDuration(value) : value;
  }

  /** Every value of a repeated flag, in order. */
  list(name: string): readonly string[] {
    return (this.#get(name, "list") ?? []) as readonly string[];
  }
}

/** A parsed command line. */
export interface ParsedFlags {
  /** The flags' values. */
  readonly values: FlagValues;
  /** What is not a flag, in order. */
  readonly positionals: readonly string[];
}

/**
 * Parses a command line.
 *
 * @param args The words after the program or the command.
 * @param flags The flags there are.
 * @param order `interleaved`: flags may follow positionals (`delete ID --force`). `flags-first`: the first positional
 * and all after it are left as they are, since they are another program's words (`exec ID ls --all`).
 */
export function parseFlags(
  args: readonly string[],
  flags: readonly Flag[],
  order: "interleaved" | "flags-first",
): ParsedFlags {
  const values = new Map<string, Value>();
  const positionals: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? "";
    if (word === "--" || (!isFlag(word) && order === "flags-first")) {
      positionals.push(...args.slice(word === "--" ? i + 1 : i));
      break;
    }
    if (isFlag(word)) i += parseFlag(word, args[i + 1], flags, values);
    else positionals.push(word);
  }
  return { values: new FlagValues(flags, values), positionals };
}

/** A lone dash is a positional: it stands for stdin. */
function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

/** Reads one flag; returns how many words its value took beyond its own. */
function parseFlag(
  word: string,
  next: string | undefined,
  flags: readonly Flag[],
  values: Map<string, Value>,
): 0 | 1 {
  const [, name, inline] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (name === undefined) throw new FlagError(`bad flag syntax: ${word}`);
  const flag = flags.find((flag) => flag.name === name || flag.alias === name);
  if (flag === undefined) throw new FlagError(`flag provided but not defined: -${name}`);
  if (flag.type === "boolean") {
    values.set(flag.name, inline === undefined || parseBoolean(inline, name));
    return 0;
  }
  const text = inline ?? next;
  if (text === undefined) throw new FlagError(`flag needs an argument: -${name}`);
  values.set(flag.name, parseValue(flag, name, text, values.get(flag.name)));
  return inline === undefined ? 1 : 0;
}

function parseValue(flag: Flag, name: string, text: string, before: Value | undefined): Value {
  if (flag.type === "integer") return parseInteger(text, name);
  if (flag.type === "duration") return readDuration(text, name);
  return flag.type === "list" ? [...(before ?? []) as readonly string[], text] : text;
}

const TRUE = ["1", "t", "T", "true", "TRUE", "True"];
const FALSE = ["0", "f", "F", "false", "FALSE", "False"];

/** Go's `strconv.ParseBool`, or undefined for anything else. */
export function readBoolean(text: string): boolean | undefined {
  if (TRUE.includes(text)) return true;
  return FALSE.includes(text) ? false : undefined;
}

function parseBoolean(text: string, name: string): boolean {
  const value = readBoolean(text);
  if (value !== undefined) return value;
  throw new FlagError(`invalid boolean value ${quote(text)} for -${name}: parse error`);
}

function readDuration(text: string, name: string): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return duration;
  throw new FlagError(`invalid value ${quote(text)} for flag -${name}: parse error`);
}

/** Go's `strconv.ParseInt(text, 0, 64)`: underscores may stand between digits, and a leading 0 means octal. */
function parseInteger(text: string, name: string): number {
  const digits = text.replace(/^[+-]/, "").replace(/(?<=[0-9a-f]|^0[xob])_(?=[0-9a-f])/gi, "");
  const octal = /^0[0-7]+$/.test(digits);
  if (!octal && !/^(0|[1-9][0-9]*|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/i.test(digits)) {
    throw new FlagError(`invalid value ${quote(text)} for flag -${name}: parse error`);
  }
  const size = Number(octal ? `0o${digits.slice(1)}` : digits);
  // Go's limit is 2⁶³; no flag needs a value between.
  if (!Number.isSafeInteger(size)) {
    throw new FlagError(`invalid value ${quote(text)} for flag -${name}: value out of range`);
  }
  return text.startsWith("-") ? -size : size;
}
