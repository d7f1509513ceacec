/**
 * What completes the words of a command line, for any shell.
 *
 * @module
 */
import type { Command } from "./commands.ts";
import type { Flag } from "./flags.ts";

/** What a flag's value is completed with; nothing is known of a number or a name. */
export type ValueKind = "directory" | "file" | "nothing" | readonly string[];

/** By the word that the help has for the value: "table or json" and "DIR" say it to people as well. */
export function valueKind({ placeholder = "", help }: Flag): ValueKind {
  if (placeholder === "DIR") return "directory";
  if (["FILE", "PATH"].includes(placeholder)) return "file";
  const words = /(?:^|: )(\w+)(?:, (\w+))* or (\w+)$/.exec(help)?.[0];
  return placeholder === "FORMAT" || placeholder === "VALUE"
    ? words?.replace(/^: /, "").split(/, | or /) ?? "nothing"
    : "nothing";
}

/** Whether a flag takes the next word. */
export function takesValue({ type }: Flag): boolean {
  return type !== "boolean";
}

/** `--bundle` and `-b`. */
export function spellings({ name, alias }: Flag): string[] {
  return alias === undefined ? [`--${name}`] : [`--${name}`, `-${alias}`];
}

/** Whether the first argument is the ID of a container that exists. */
export function namesContainer({ name, usage }: Command): boolean {
  return usage.startsWith("<container-id>") && !["create", "run", "restore"].includes(name);
}

/** What the first argument is one of, if there is such a list. */
export function argumentWords({ name, usage }: Command, all: readonly Command[]): string[] {
  if (name === "completion") return usage.split("|");
  return name === "help" || name === "man" ? all.map(({ name }) => name) : [];
}

/** In single quotes for a POSIX shell. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
