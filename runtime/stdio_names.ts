/**
 * What the caller has given the container as stdio, by the names under which CRIU puts something else in its place.
 *
 * Remembered at create: a program may put anything at its own descriptors later, and only what came from outside has to be
 * replaced.
 *
 * @see criu(8), --inherit-fd
 * @module
 */
import { AT_FDCWD, S } from "../ffi/constants.ts";
import { readlinkat } from "../ffi/directory.ts";
import { statx } from "../ffi/stat.ts";
import { getTermios } from "../ffi/terminal.ts";

/** The names of descriptors 0, 1 and 2; null for a terminal, which `--shell-job` is for. */
export function stdioNames(): (string | null)[] {
  return [0, 1, 2].map(name);
}

function name(fd: number): string | null {
  const link = readlinkat(AT_FDCWD, `/proc/self/fd/${fd}`);
  if (link.startsWith("pipe:") || link.startsWith("socket:")) return link;
  const { stx_mode, stx_ino } = statx(fd);
  const type = stx_mode & S.S_IFMT;
  if (type !== S.S_IFREG && type !== S.S_IFCHR || getTermios(fd) !== undefined) return null;
  const info = Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`);
  const mount = Number(/^mnt_id:\s*(\d+)$/m.exec(info)?.[1]);
  return `file[${mount.toString(16)}:${stx_ino.toString(16)}]`;
}
