/**
 * Manual pages, made from the table of commands. Loaded only when one is asked for.
 *
 * @see man(7)
 * @module
 */
import { VERSION } from "../version.ts";
import { type Command, COMMANDS, findCommand, GLOBAL_FLAGS, HELP_FLAG } from "./commands.ts";
import type { Flag } from "./flags.ts";
import { DESCRIPTION, flagHelp, flagUsage } from "./help.ts";

/** The page of a command, or without a name the program's: troff for man(1). */
export function manual(name: string | undefined): string {
  if (name === undefined) return programPage();
  const command = findCommand(name);
  if (command === undefined) {
    throw new Error(`Cannot write a manual page: there is no command ${JSON.stringify(name)}`);
  }
  return commandPage(command);
}

function programPage(): string {
  return page("runts", "a container runtime of the Open Container Initiative", [
    ["SYNOPSIS", synopsis("runts", "[global options] command [command options] [arguments...]")],
    ["DESCRIPTION", DESCRIPTION.map(roff).join("\n.PP\n")],
    ["COMMANDS", COMMANDS.map(({ name, summary }) => item(`runts-${name}(8)`, summary)).join("\n")],
    ["GLOBAL OPTIONS", options(GLOBAL_FLAGS)],
    ["EXIT STATUS", roff(EXIT_STATUS)],
  ]);
}

const EXIT_STATUS = "0 is success and 1 a failure; 3 means that there is no such command. `runts " +
  "run` and `runts exec` exit with the program's own status, or 128 and the number of the signal " +
  "that ended it; what fails before the program runs is 255 for `runts exec`.";

function commandPage({ name, summary, usage, description, examples = [], flags }: Command): string {
  const others = COMMANDS.filter((command) => command.name !== name);
  return page(`runts-${name}`, summary, [
    ["SYNOPSIS", synopsis(`runts ${name}`, `[command options] ${usage}`)],
    ["DESCRIPTION", description.map(roff).join("\n.PP\n")],
    ["OPTIONS", options([...flags, HELP_FLAG])],
    ["EXAMPLES", examples.map((line) => `.PP\n.EX\n${roff(line)}\n.EE`).join("\n")],
    ["SEE ALSO", roff(["runts(8)", ...others.map(({ name }) => `runts-${name}(8)`)].join(", "))],
  ]);
}

function page(
  name: string,
  summary: string,
  parts: readonly (readonly [string, string])[],
): string {
  const title = `.TH ${name.toUpperCase()} 8 "" "runts ${VERSION}" "System Manager's Manual"`;
  const named: readonly [string, string] = ["NAME", `${roff(name)} \\- ${roff(summary)}`];
  const sections = [named, ...parts].filter(([, body]) => body !== "");
  return [title, ...sections.map(([heading, body]) => `.SH ${heading}\n${body}`)].join("\n") + "\n";
}

function synopsis(program: string, rest: string): string {
  return `.B ${roff(program)}\n${roff(rest.trim())}`;
}

function options(flags: readonly Flag[]): string {
  return flags.filter((flag) => flag.hidden !== true)
    .map((flag) => item(flagUsage(flag), flagHelp(flag))).join("\n");
}

function item(head: string, body: string): string {
  return `.TP\n.B ${roff(head)}\n${roff(body)}`;
}

/** Words as they are: a hyphen is a minus (it is copied into shells), and no line is a request. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/gm, "\\&$&")
    .replace(/`([^`]*)`/g, "\\fB$1\\fR");
}
