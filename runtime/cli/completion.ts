/**
 * Completions for shells, made from the table of commands. Loaded only when one is asked for.
 *
 * @module
 */
import { type Command, COMMANDS, GLOBAL_FLAGS, HELP_FLAG } from "./commands.ts";
import { bashCompletion } from "./completion_bash.ts";
import { fishCompletion } from "./completion_fish.ts";
import { zshCompletion } from "./completion_zsh.ts";
import type { Flag } from "./flags.ts";

/** What a shell is told of the program. */
export interface CommandTable {
  readonly globals: readonly Flag[];
  readonly commands: readonly Command[];
}

/** The shells that there is a completion for. */
export const SHELLS = ["bash", "fish", "zsh"] as const;

const MAKERS = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion };

/** The script that a shell reads. */
export function completion(shell: string): string {
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined) {
    throw new Error(
      `Cannot write a completion for ${JSON.stringify(shell)}: the shells are ${SHELLS.join(", ")}`,
    );
  }
  return MAKERS[known]({
    globals: visible(GLOBAL_FLAGS),
    commands: COMMANDS.map((command) => ({
      ...command,
      flags: visible([...command.flags, HELP_FLAG]),
    })),
  });
}

function visible(flags: readonly Flag[]): Flag[] {
  return flags.filter((flag) => flag.hidden !== true);
}
