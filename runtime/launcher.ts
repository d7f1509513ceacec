/**
 * What the launcher told the program about the process as it was before Deno started.
 *
 * `deno run` raises the soft RLIMIT_NOFILE to the hard one, and a container would inherit that. The launcher passes
 * the limit that it found itself; a compiled program needs none of this, since there Deno leaves the limit alone.
 *
 * @module
 */

const launcher: { nofile: number | undefined } = { nofile: undefined };

/** Remembers the soft RLIMIT_NOFILE that the caller had. */
export function setLauncherNofile(limit: number): void {
  launcher.nofile = limit;
}

/** The soft RLIMIT_NOFILE to restore before the container's program runs, or undefined if it was never changed. */
export function launcherNofile(): number | undefined {
  return launcher.nofile;
}
