/**
 * The completion for fish.
 *
 * @see complete(1) of fish
 * @module
 */
import type { CommandTable } from "./completion.ts";
import {
  argumentWords,
  namesContainer,
  takesValue,
  type ValueKind,
  valueKind,
} from "./completion_words.ts";
import type { Flag } from "./flags.ts";

/** A script for a file `runts.fish` in a directory of `$fish_complete_path`. */
export function fishCompletion({ globals, commands }: CommandTable): string {
  const lines = [
    "# fish completion of runts; load it by: runts completion fish | source",
    "function __runts_containers",
    "    runts list --quiet 2>/dev/null",
    "end",
    "complete -c runts -f",
    ...globals.map((flag) => entry("__fish_use_subcommand", flag)),
  ];
  for (const command of commands) {
    const { name, summary, flags } = command;
    const seen = `__fish_seen_subcommand_from ${name}`;
    lines.push(`complete -c runts -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`);
    lines.push(...flags.map((flag) => entry(seen, flag)));
    const words = argumentWords(command, commands);
    if (words.length > 0) {
      lines.push(`complete -c runts -n ${quoted(seen)} -a ${quoted(words.join(" "))}`);
    }
    if (namesContainer(command)) {
      lines.push(`complete -c runts -n ${quoted(seen)} -a '(__runts_containers)'`);
    }
  }
  return lines.join("\n") + "\n";
}

function entry(condition: string, flag: Flag): string {
  const short = flag.alias === undefined ? "" : ` -s ${flag.alias}`;
  const value = takesValue(flag) ? argument(valueKind(flag)) : "";
  return `complete -c runts -n ${quoted(condition)} -l ${flag.name}${short}${value} -d ${
    quoted(flag.help)
  }`;
}

function argument(kind: ValueKind): string {
  if (kind === "nothing") return " -x";
  if (kind === "directory") return " -x -a '(__fish_complete_directories)'";
  return kind === "file" ? " -r -F" : ` -x -a ${quoted(kind.join(" "))}`;
}

/** In single quotes only the quote itself and the backslash are special. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
