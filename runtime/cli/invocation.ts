/**
 * What the command line hands to a command.
 *
 * @module
 */
import type { FlagValues } from "./flags.ts";

/** One parsed call of the program. */
export interface Invocation {
  /** The flags before the command. */
  readonly globals: FlagValues;
  /** The command's flags. */
  readonly flags: FlagValues;
  /** The command's arguments; their number fits. */
  readonly args: readonly string[];
  /** Writes to stdout. */
  readonly print: (text: string) => void;
}

/**
 * A command: does its work and returns the exit code. Synchronous, because what forks may not await (an await is where
 * Deno may start a thread).
 */
export type Verb = (invocation: Invocation) => number;

/** Loads a command's code; only the one that is called gets loaded. */
export type VerbLoader = () => Promise<Verb>;

/** Command name → its code. */
export type VerbTable = Readonly<Record<string, VerbLoader>>;
