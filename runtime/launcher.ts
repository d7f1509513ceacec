/**
 * Undoes what the launcher and `deno run` did to the process; a compiled program needs none of this.
 *
 * - `deno run` raises the soft RLIMIT_NOFILE to the hard one, and a container would inherit that. The launcher tells the
 *   limit that it found itself.
 * - The launcher starts Deno with all signals blocked. Deno's idle threads keep them blocked for good, so that a signal to
 *   the process reaches the one thread that knows what to do with it: this one, which unblocks them here.
 *
 * @module
 */
import { getPrlimit, RLIM_INFINITY, setPrlimit } from "../ffi/process.ts";
import { setSignalMask } from "../ffi/signals.ts";

const RLIMIT_NOFILE = 7;

/** @param nofile The soft limit before Deno raised it, as `ulimit -Sn` prints it. */
export function undoLauncher(nofile: string): void {
  const { rlim_max } = getPrlimit(0, RLIMIT_NOFILE);
  const found = nofile === "unlimited" ? RLIM_INFINITY : BigInt(nofile);
  const rlim_cur = found < rlim_max ? found : rlim_max;
  setPrlimit(0, RLIMIT_NOFILE, "RLIMIT_NOFILE", { rlim_cur, rlim_max });
  setSignalMask(0n);
}
