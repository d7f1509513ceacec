/**
 * The completion for bash.
 *
 * @see bash(1), Programmable Completion
 * @module
 */
import type { CommandTable } from "./completion.ts";
import {
  argumentWords,
  namesContainer,
  singleQuoted,
  spellings,
  takesValue,
  type ValueKind,
  valueKind,
} from "./completion_words.ts";
import type { Flag } from "./flags.ts";

/** A script to be sourced. */
export function bashCompletion({ globals, commands }: CommandTable): string {
  const names = commands.map(({ name }) => name).join(" ");
  const cases = commands.map((command) => {
    const words = argumentWords(command, commands).join(" ");
    const rest = `words=${singleQuoted(words)} ids=${namesContainer(command) ? 1 : ""}`;
    return branch(command.name, command.flags, rest);
  });
  return `# bash completion of runts; load it by: source <(runts completion bash)
_runts() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local command='' flags='' words='' ids='' count=0 i word globals=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $command:$word in
      :--root | :-root) globals+=(--root "\${COMP_WORDS[++i]}") ;;
      ${valued("", globals)}) ((++i)) ;;
${
    commands.flatMap(({ name, flags }) =>
      flags.some(takesValue) ? [`      ${valued(name, flags)}) ((++i)) ;;`] : []
    ).join("\n")
  }
      *:-*) ;;
      :*) command=$word ;;
      *) ((++count)) ;;
    esac
  done
  case $command in
${branch("''", globals, `words=${singleQuoted(names)}`)}
${cases.join("\n")}
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
  elif [[ -n $words && $count == 0 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  elif [[ -n $ids && $count == 0 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("\${COMP_WORDS[0]}" "\${globals[@]}" list --quiet 2>/dev/null)" -- "$cur")
  fi
}
complete -F _runts runts
`;
}

/** The pattern of the flags that take the next word, behind the command that they belong to. */
function valued(command: string, flags: readonly Flag[]): string {
  return flags.filter(takesValue).flatMap(spellings).map((word) => `${command}:${word}`).join(
    " | ",
  );
}

function branch(pattern: string, flags: readonly Flag[], rest: string): string {
  const values = flags.filter(takesValue).map((flag) =>
    `        ${spellings(flag).join(" | ")}) ${reply(valueKind(flag))}return ;;\n`
  );
  const inner = values.length === 0 ? "" : `      case $prev in\n${values.join("")}      esac\n`;
  return `    ${pattern})
${inner}      flags=${singleQuoted(flags.flatMap(spellings).join(" "))} ${rest}
      ;;`;
}

function reply(kind: ValueKind): string {
  if (kind === "nothing") return "";
  if (kind === "directory" || kind === "file") {
    const option = kind === "directory" ? "-d" : "-f";
    return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen ${option} -- "$cur"); `;
  }
  return `mapfile -t COMPREPLY < <(compgen -W '${kind.join(" ")}' -- "$cur"); `;
}
