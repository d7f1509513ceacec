/**
 * The command line: from words to a command, and from whatever it throws to one sentence and an exit code.
 *
 * @module
 */
import { stoppedBy } from "../interruption.ts";
import * as log from "../log.ts";
import { type Command, findCommand, GLOBAL_FLAGS, HELP_FLAG } from "./commands.ts";
import { describeError } from "./describe_error.ts";
import { FlagError, type FlagValues, type ParsedFlags, parseFlags } from "./flags.ts";
import type { Invocation, VerbTable } from "./invocation.ts";
import { writeStdout } from "./output.ts";
import { VERBS } from "./verbs.ts";

/** What the command line touches; tests put others in their place. */
export interface Host {
  /** The commands' code. */
  readonly verbs: VerbTable;
  /** Writes to stdout. */
  readonly print: (text: string) => void;
  /** Takes what the log would write to stderr. */
  readonly stderr?: (text: string) => void;
}

/** A failure whose exit code is not 1, or that shows the help as well. */
class CommandLineError extends Error {
  override readonly name = "CommandLineError";
  readonly exitCode: number;
  /** What stands above the help on stdout. */
  readonly usage: string | undefined;
  readonly command: Command | undefined;

  constructor(message: string, exitCode: number, usage?: string, command?: Command) {
    super(message);
    this.exitCode = exitCode;
    this.usage = usage;
    this.command = command;
  }
}

/**
 * Runs the program and returns its exit code. Never throws: this is the one place that reports an error.
 *
 * It awaits nothing but the import of the command's code, and that before the command begins: a command may fork.
 *
 * @param args The words after the program's name.
 */
export async function main(args: readonly string[], host: Partial<Host> = {}): Promise<number> {
  const whole: Host = { verbs: VERBS, print: writeStdout, ...host };
  try {
    return await dispatch(args, whole);
  } catch (error) {
    return await report(error, whole);
  }
}

async function dispatch(args: readonly string[], host: Host): Promise<number> {
  const { values: globals, positionals: [name, ...rest] } = parseGlobals(args, host);
  if (globals.boolean("help")) return await help([], host);
  if (globals.boolean("version")) {
    host.print((await import("../version.ts")).versionText());
    return 0;
  }
  if (name === undefined) return await help([], host);
  configureLog(globals, host);
  const command = findCommand(name);
  if (command === undefined) throw noSuchTopic(name);
  const { values: flags, positionals } = parseCommand(command, rest);
  if (flags.boolean("help")) return await help([command.name], host);
  checkArity(command, positionals.length);
  if (command.name === "help") return await help(positionals, host);
  return await runVerb(command, { globals, flags, args: positionals, print: host.print }, host);
}

async function runVerb(command: Command, invocation: Invocation, host: Host): Promise<number> {
  const load = host.verbs[command.name];
  if (load === undefined) throw noSuchTopic(command.name);
  const verb = await load();
  if (command.failure === undefined) return verb(invocation);
  try {
    return verb(invocation);
  } catch (error) {
    const failure = new CommandLineError(describeError(error), command.failure);
    failure.cause = error;
    throw failure;
  }
}

function parseGlobals(args: readonly string[], host: Host): ParsedFlags {
  // Until the flags are known, complaints about them go to stderr as text.
  log.configureLog({ format: "text", debug: false, ...stderrOf(host) });
  try {
    return parseFlags(args, GLOBAL_FLAGS, "flags-first");
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new CommandLineError(error.message, 1, `Incorrect Usage. ${error.message}`);
  }
}

function parseCommand(command: Command, args: readonly string[]): ParsedFlags {
  const order = command.flagsFirst === true ? "flags-first" : "interleaved";
  try {
    return parseFlags(args, [...command.flags, HELP_FLAG], order);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    throw new CommandLineError(error.message, 1, `Incorrect Usage: ${error.message}`, command);
  }
}

function checkArity(command: Command, count: number): void {
  const { min, max } = command.args;
  if (count >= min && count <= max) return;
  const wanted = min === max
    ? `exactly ${min}`
    : count < min
    ? `a minimum of ${min}`
    : `a maximum of ${max}`;
  throw new CommandLineError(
    `runts: "${command.name}" requires ${wanted} argument(s)`,
    1,
    "Incorrect Usage.",
    command,
  );
}

function configureLog(globals: FlagValues, host: Host): void {
  const format = globals.string("log-format");
  if (format !== "text" && format !== "json") throw new Error(`invalid log-format: ${format}`);
  log.configureLog({
    file: globals.string("log") || undefined,
    format,
    debug: globals.boolean("debug"),
    ...stderrOf(host),
  });
}

function stderrOf(host: Host): Pick<Host, "stderr"> {
  return host.stderr === undefined ? {} : { stderr: host.stderr };
}

/** Shows the help of the command in the first word, or of the program. */
async function help([name]: readonly string[], host: Host): Promise<number> {
  const command = name === undefined ? undefined : findCommand(name);
  if (name !== undefined && command === undefined) throw noSuchTopic(name);
  host.print(await helpText(command));
  return 0;
}

async function helpText(command: Command | undefined): Promise<string> {
  const { commandHelp, globalHelp } = await import("./help.ts");
  return command === undefined ? globalHelp() : commandHelp(command);
}

/** 3 is what a script sees from other runtimes when it asks for a command that they do not have. */
function noSuchTopic(name: string): CommandLineError {
  return new CommandLineError(`No help topic for '${name}'`, 3);
}

async function report(error: unknown, host: Host): Promise<number> {
  if (error instanceof CommandLineError && error.usage !== undefined) {
    const text = `${error.usage}\n\n${await helpText(error.command)}`;
    try {
      host.print(text);
    } catch {
      // The sentence that follows is what matters.
    }
  }
  if (error instanceof Error && error.stack !== undefined) log.debug(error.stack);
  log.fatal(describeError(error));
  const signal = stoppedBy(error);
  // As the shell counts, had the signal ended us on the spot.
  if (signal !== undefined) return 128 + signal;
  return error instanceof CommandLineError ? error.exitCode : 1;
}
