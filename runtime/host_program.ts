/**
 * Programs of the host that a command has work for.
 *
 * @module
 */
import { chdir } from "../ffi/directory.ts";
import { execve } from "../ffi/fork.ts";
import { memfd_create } from "../ffi/memfd.ts";
import { dup3, readAll, rewind } from "../ffi/open.ts";
import { exitCode } from "../ffi/process.ts";
import { runProgram } from "./child_process.ts";
import { ownEnvironment } from "./hooks.ts";

/** What is searched after $PATH: some callers give us none. */
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Looks for a program in $PATH, and then in the usual places. */
function findProgram(name: string): string {
  for (const directory of `${Deno.env.get("PATH") ?? ""}:${USUAL_PATH}`.split(":")) {
    // Relative entries would make the program a matter of the current directory.
    if (directory.startsWith("/") && isProgram(`${directory}/${name}`)) {
      return `${directory}/${name}`;
    }
  }
  throw new Error(`${name}: executable file not found in $PATH, nor in ${USUAL_PATH}`);
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

/**
 * Runs a program of the host to its end, with nothing on stdin.
 *
 * @returns What it has written to stdout.
 * @throws {Error} If it fails, with what it has to say.
 */
export function hostOutput(name: string, args: readonly string[]): string {
  const path = findProgram(name);
  using stdout = memfd_create("runts-output");
  const program = {
    path,
    argv: [name, ...args],
    envp: ownEnvironment(),
    cwd: "/",
    stdin: "",
  };
  const { exit, output } = runProgram(program, () => {
    dup3(stdout.fd, 1, 0);
    chdir(program.cwd);
    execve(program.path, program.argv, program.envp);
  });
  const code = exitCode(exit);
  if (code !== 0) {
    throw new Error(`${name} ended with exit code ${code}${output === "" ? "" : `: ${output}`}`);
  }
  rewind(stdout.fd);
  return new TextDecoder().decode(readAll(stdout.fd));
}
