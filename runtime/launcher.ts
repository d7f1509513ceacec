/**
 * What the launcher told the program about the process as it was before Deno started.
 *
 * `deno run` raises the soft RLIMIT_NOFILE to the hard one, and a container would inherit that. The launcher passes
 * the limit that it found itself; a compiled program needs none of this, since there Deno leaves the limit alone.
 *
 * @module
 */
import { getPrlimit, setPrlimit } from "../ffi/process.ts";

const launcher: { nofile: number | undefined } = { nofile: undefined };

/** Remembers the soft RLIMIT_NOFILE that the caller had. */
export function setLauncherNofile(limit: number): void {
  launcher.nofile = limit;
}

/** The soft RLIMIT_NOFILE to restore before the container's program runs, or undefined if it was never changed. */
export function launcherNofile(): number | undefined {
  return launcher.nofile;
}

const RLIMIT_NOFILE = 7;

/** Gives a forked child the limit on open files that the launcher's caller had, for the program that it is to become. */
export function restoreNofile(): void {
  if (launcher.nofile === undefined) return;
  const { rlim_max } = getPrlimit(0, RLIMIT_NOFILE);
  const wanted = BigInt(launcher.nofile);
  const rlim_cur = wanted < rlim_max ? wanted : rlim_max;
  setPrlimit(0, RLIMIT_NOFILE, "RLIMIT_NOFILE", { rlim_cur, rlim_max });
}
