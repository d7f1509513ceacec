/**
 * Where a container's program is, where it starts, and where its user is at home: by the container's own tree, so in a
 * process that has entered it.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { AT_FDCWD, S } from "../ffi/constants.ts";
import { chdir, getcwd } from "../ffi/directory.ts";
import { E } from "../ffi/errno.ts";
import { statx } from "../ffi/stat.ts";

/**
 * Enters `process.cwd`. As root first, like other runtimes: a directory that only root may enter is allowed as current
 * directory.
 *
 * @returns False for what root may not enter (NFS, FUSE): that is left to the tape, which tries as the container's user.
 */
export function enterDirectory(cwd: string): boolean {
  try {
    chdir(cwd);
  } catch (error) {
    if (!isErrno(error, E.EACCES, E.EPERM)) throw error;
    return false;
  }
  // "/proc/self/fd/7" may be a directory of the host, if a descriptor leaked; the kernel says so (CVE-2024-21626).
  if (getcwd().startsWith("/")) return true;
  throw new Error(`process.cwd: ${JSON.stringify(cwd)} is outside of the container's root`);
}

/** Where execvp(3) of glibc looks without a PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** Where execvp(3) would find the program, in the container's tree and with its PATH. The sentences are those that callers match. */
export function findExecutable(file: string, env: readonly string[]): string {
  if (file.includes("/")) {
    requireProgram(file);
    return file;
  }
  const path = env.find((variable) => variable.startsWith("PATH="))?.slice(5) ?? DEFAULT_PATH;
  const found = path.split(":").map((directory) => `${directory || "."}/${file}`)
    .find(isExecutable);
  if (found !== undefined) return found;
  throw new Error(`process.args[0]: exec: "${file}": executable file not found in $PATH`);
}

function isExecutable(path: string): boolean {
  try {
    const { stx_mode } = statx(AT_FDCWD, path);
    return (stx_mode & S.S_IFMT) === S.S_IFREG && (stx_mode & 0o111) !== 0;
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENOTDIR, E.EACCES, E.ELOOP, E.ENAMETOOLONG)) return false;
    throw error;
  }
}

function requireProgram(path: string): void {
  const fault = programFault(path);
  if (fault !== undefined) throw new Error(`process.args[0]: exec: "${path}": ${fault}`);
}

function programFault(path: string): string | undefined {
  try {
    const { stx_mode } = statx(AT_FDCWD, path);
    const type = stx_mode & S.S_IFMT;
    if (type === S.S_IFDIR) return "is a directory";
    return type === S.S_IFREG && (stx_mode & 0o111) !== 0 ? undefined : "permission denied";
  } catch (error) {
    if (isErrno(error, E.ENOENT)) return "no such file or directory";
    if (isErrno(error, E.ENOTDIR)) return "not a directory";
    if (isErrno(error, E.EACCES)) return "permission denied";
    throw error;
  }
}

/** Callers rely on HOME being there. */
export function withHome(env: readonly string[], home: () => string): readonly string[] {
  return env.some((variable) => variable.startsWith("HOME=")) ? env : [...env, `HOME=${home()}`];
}
