/**
 * Makes the launcher, for machines where no `denort` can be had: a shell script that runs the modules with the pinned
 * Deno, beside which everything lies that it needs.
 *
 * Paths are absolute and written in at build time: nothing is looked up when it runs. Like any program that the dynamic
 * loader starts, the shell itself obeys LD_PRELOAD; Deno after it does not get to see it.
 *
 * @module
 */
import { fail, lastLine, run, V8_FLAGS } from "./deno.ts";

/** Where the launcher keeps the caller's HOME while Deno starts. */
const HOME_KEPT = "RUNTS_LAUNCHER_HOME";

/** What the launcher takes out of the environment before Deno starts, as patterns of the shell. */
const STRANGERS: readonly string[] = [
  "DENO_*",
  "NODE_*",
  "NPM_*",
  "npm_*",
  "JSR_*",
  "OTEL_*",
  "RUST_*",
  "LD_*",
  "GLIBC_TUNABLES",
  "GCONV_PATH",
  "SSLKEYLOGFILE",
  "SSL_CERT_*",
  "NO_COLOR",
  "FORCE_COLOR",
  HOME_KEPT,
];

/** What the launcher itself sets, and the program's first lines take away again. */
const OWN: Readonly<Record<string, string>> = {
  DENO_NO_UPDATE_CHECK: "1",
  DENO_NO_PACKAGE_JSON: "1",
  // Otherwise Deno puts a directory of its own at the front of PATH.
  DENO_DISABLE_NODE_SHIM: "1",
};

/** Deno's own arguments: no configuration, no network, no question, and no second thread of V8's. */
const FLAGS: readonly string[] = [
  "run",
  "--quiet",
  "--allow-all",
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--node-modules-dir=none",
  "--no-check",
  "--no-code-cache",
  V8_FLAGS,
];

/** A word that a POSIX shell reads as exactly this text. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The launcher's text.
 *
 * Its own variables have odd names, since a name that the caller exported would be exported again with our value.
 */
export function launcherScript(deno: string, main: string, home: string): string {
  const sets = Object.entries({ DENO_DIR: home, ...OWN, HOME: home })
    .map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return `#!/bin/sh${privileged()}
# runts, started with Deno. Made by "deno task build"; do not edit.
#
# The environment belongs to strangers: what Deno or the loader would obey is taken out of it. "deno run" raises the
# soft RLIMIT_NOFILE, so the caller's goes to the program, which gives it to the container. Only builtins are used:
# PATH is a stranger's, too.
unset -f ulimit
set -f
IFS='
'
_runts_nofile=
for _runts_line in $(ulimit -Sn; export -p); do
  : "\${_runts_nofile:=$_runts_line}"
  case $_runts_line in
    export\\ *) _runts_name=\${_runts_line#export } ;;
    declare\\ -x\\ *) _runts_name=\${_runts_line#declare -x } ;;
    *) continue ;;
  esac
  _runts_name=\${_runts_name%%=*}
  case $_runts_name in
    *[!A-Za-z0-9_]*) ;;
    ${STRANGERS.join(" | ")}) unset "$_runts_name" ;;
  esac
done
# Deno reads $HOME/.npmrc and stops at an error in it; the program's first lines put HOME back.
case \${HOME+set} in set) export ${HOME_KEPT}="$HOME" ;; esac
${sets.join("\n")}
exec ${blocked()}${shellWord(deno)} ${FLAGS.join(" ")} \\
  ${shellWord(main)} "--launcher-nofile=$_runts_nofile" "$@"
`;
}

/**
 * " -p" where this machine's shell knows it: then bash takes no functions and no options from its environment. (dash
 * never does, and busybox refuses the flag.)
 */
function privileged(): string {
  return run(["/bin/sh", "-p", "-c", ":"], {}).success ? " -p" : "";
}

/**
 * Starts Deno with all signals blocked, where env(1) can (coreutils 8.31): Deno's threads then leave them to the program
 * (runtime/launcher.ts). Elsewhere a signal to a `run` in the foreground may end it instead of reaching the container.
 */
function blocked(): string {
  const env = "/usr/bin/env";
  return run([env, "--block-signal", "/bin/sh", "-c", ":"], {}).success
    ? `${env} --block-signal `
    : "";
}

/** The first lines of the program, which undo what the launcher did to the environment. */
export function prologue(): string {
  const names = JSON.stringify(["DENO_DIR", ...Object.keys(OWN), HOME_KEPT, "HOME"]);
  return `{ // The environment as the caller gave it, without the launcher's part.
  const { env } = Deno, home = env.get("${HOME_KEPT}");
  for (const name of ${names}) env.delete(name);
  if (home !== undefined) env.set("HOME", home);
}
`;
}

/** What lies beside the launcher. */
export function companions(output: string): { deno: string; home: string } {
  return { deno: `${output}.deno`, home: `${output}.home` };
}

/**
 * Writes the launcher to `output`, with Deno and its cache beside it.
 *
 * Deno is copied: the one that npm has fetched may vanish with npm's cache. A hard link would save 100 MB, but whoever
 * wrote to either name in place would change both.
 *
 * @param main The program's first module, where it will stay.
 */
export function writeLauncher(deno: string, main: string, output: string): void {
  const own = companions(output);
  const draft = `${output}.draft.${Deno.pid}`;
  Deno.mkdirSync(own.home, { recursive: true, mode: 0o755 });
  Deno.copyFileSync(deno, draft);
  Deno.renameSync(draft, own.deno);
  const first = prologue();
  Deno.writeTextFileSync(main, first + Deno.readTextFileSync(main));
  Deno.writeTextFileSync(`${main}.map`, shifted(`${main}.map`, first));
  Deno.writeTextFileSync(draft, launcherScript(own.deno, main, own.home));
  Deno.chmodSync(draft, 0o755);
  Deno.renameSync(draft, output);
  // The first run makes Deno's caches, so that no later one needs to write.
  const tried = run([output, "--version"], {});
  if (!tried.success) fail(`Cannot run the launcher: ${lastLine(tried.stderr)}`);
}

/** A source map whose file has these lines in front of it now. */
function shifted(path: string, lines: string): string {
  const map = JSON.parse(Deno.readTextFileSync(path)) as { mappings: string };
  return JSON.stringify({
    ...map,
    mappings: ";".repeat(lines.split("\n").length - 1) + map.mappings,
  });
}
