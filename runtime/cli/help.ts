/**
 * Help texts, made from the table of commands. Loaded only when one is asked for.
 *
 * @module
 */
import { VERSION } from "../version.ts";
import { type Command, COMMANDS, GLOBAL_FLAGS, HELP_FLAG } from "./commands.ts";
import type { Flag } from "./flags.ts";

/** The columns that prose is wrapped to, beside its indent. */
const WIDTH = 76;

/** The help of the program. */
export function globalHelp(): string {
  return sections(
    ["NAME", "runts - a container runtime of the Open Container Initiative"],
    ["USAGE", "runts [global options] command [command options] [arguments...]"],
    ["VERSION", VERSION],
    ["DESCRIPTION", DESCRIPTION.map(wrap).join("\n\n")],
    [
      "COMMANDS",
      columns(COMMANDS.map(({ name, aliases = [], summary }) => [
        [name, ...aliases].join(", "),
        summary,
      ])),
    ],
    ["GLOBAL OPTIONS", options(GLOBAL_FLAGS)],
  );
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { name, summary, usage, description, examples = [], flags } = command;
  return sections(
    ["NAME", `runts ${name} - ${summary}`],
    ["USAGE", `runts ${name} [command options] ${usage}`.trimEnd()],
    ["DESCRIPTION", description.map(wrap).join("\n\n")],
    [examples.length > 1 ? "EXAMPLES" : "EXAMPLE", examples.map((line) => `# ${line}`).join("\n")],
    ["OPTIONS", options([...flags, HELP_FLAG])],
  );
}

/** What the program is: paragraphs. */
export const DESCRIPTION: readonly string[] = [
  "runts runs containers from bundles. A bundle is a directory with a file config.json, which " +
  "says what the container is, and a root filesystem. `runts spec` writes a config.json to start " +
  "from, and `runts run --bundle DIR ID` runs it under the name ID.",
  "Container managers call create, start, state, kill and delete instead: these are the " +
  "operations of the OCI runtime specification.",
];

/** Sections with a heading and an indented body; one without a body is left out. */
function sections(...parts: readonly (readonly [heading: string, body: string])[]): string {
  return parts
    .filter(([, body]) => body !== "")
    .map(([heading, body]) => `${heading}:\n${body.replace(/^(?=.)/gm, "   ")}\n`)
    .join("\n");
}

function options(flags: readonly Flag[]): string {
  return columns(
    flags.filter((flag) => !flag.hidden).map((flag) => [flagUsage(flag), flagHelp(flag)]),
  );
}

/** `--bundle DIR, -b DIR`. */
export function flagUsage(flag: Flag): string {
  const value = flag.type === "boolean" ? "" : ` ${flag.placeholder ?? "value"}`;
  const alias = flag.alias === undefined ? "" : `, -${flag.alias}${value}`;
  return `--${flag.name}${value}${alias}`;
}

/** What it does, with what the table knows beside the words. */
export function flagHelp(flag: Flag): string {
  const repeat = flag.type === "list" ? " (may be repeated)" : "";
  return flag.help + repeat + (flag.default === undefined ? "" : ` (default: ${flag.default})`);
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`).join("\n");
}

function wrap(paragraph: string): string {
  const lines = [""];
  for (const word of paragraph.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
