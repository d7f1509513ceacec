/**
 * The completion for zsh.
 *
 * @see zshcompsys(1)
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

/** A function for a directory of `$fpath`, by the name of `_runts`. */
export function zshCompletion({ globals, commands }: CommandTable): string {
  const described = commands.map(({ name, summary }) =>
    `    ${singleQuoted(`${name}:${summary.replaceAll(":", "\\:")}`)}`
  );
  const cases = commands.map((command) => {
    const specs = command.flags.flatMap(specsOf);
    const words = argumentWords(command, commands);
    if (words.length > 0) specs.push(singleQuoted(`1:argument:(${words.join(" ")})`));
    if (namesContainer(command)) specs.push(singleQuoted("1:container:_runts_containers"));
    return `    ${command.name})\n      _arguments -s \\\n        ${
      specs.join(" \\\n        ")
    }\n      ;;`;
  });
  return `#compdef runts
# zsh completion of runts; load it by: source <(runts completion zsh)

_runts_containers() {
  local -a root ids
  [[ -n \${opt_args[--root]} ]] && root=(--root "\${opt_args[--root]}")
  ids=(\${(f)"$(runts $root list --quiet 2>/dev/null)"})
  compadd -a ids
}

_runts() {
  local curcontext=$curcontext state line
  local -A opt_args
  local -a commands
  commands=(
${described.join("\n")}
  )
  _arguments -C \\
    ${globals.flatMap(specsOf).join(" \\\n    ")} \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands; return ;;
  esac
  case $words[1] in
${cases.join("\n")}
  esac
}

if [[ $funcstack[1] == _runts ]]; then _runts "$@"; else compdef _runts runts; fi
`;
}

/** `_arguments` takes a spec for each spelling; a list may be given again. */
function specsOf(flag: Flag): string[] {
  const help = flag.help.replace(/[[\]:\\]/g, "\\$&");
  const value = takesValue(flag)
    ? `:${(flag.placeholder ?? "value").replace(/[:|]/g, " ")}:${action(valueKind(flag))}`
    : "";
  const all = spellings(flag);
  const prefix = flag.type === "list" ? "*" : `(${all.join(" ")})`;
  return all.map((word) => singleQuoted(`${prefix}${word}[${help}]${value}`));
}

function action(kind: ValueKind): string {
  if (kind === "nothing") return "";
  if (kind === "directory") return "_directories";
  return kind === "file" ? "_files" : `(${kind.join(" ")})`;
}
