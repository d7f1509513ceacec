/**
 * The commands that document the program itself, as data; commands.ts has the others, and the list of all.
 *
 * @module
 */
import type { Command } from "./commands.ts";

/** `runts completion` */
export const COMPLETION_COMMAND: Command = {
  name: "completion",
  summary: "print a completion for a shell",
  usage: "bash|fish|zsh",
  args: { min: 1, max: 1 },
  flags: [],
  description: [
    "Prints a script that completes commands, flags, files and the IDs of containers.",
  ],
  examples: [
    "source <(runts completion bash)",
    "runts completion fish >~/.config/fish/completions/runts.fish",
    "runts completion zsh >/usr/local/share/zsh/site-functions/_runts",
  ],
};

/** `runts man` */
export const MAN_COMMAND: Command = {
  name: "man",
  summary: "print the manual page of the program, or of a command",
  usage: "[command]",
  args: { min: 0, max: 1 },
  flags: [],
  description: ["Prints a page of section 8 in the language of man(7)."],
  examples: [
    "runts man create | man -l -",
    "runts man create >/usr/local/share/man/man8/runts-create.8",
  ],
};
