import { assertEquals } from "#assert";
import { fork } from "../../ffi/fork.ts";
import { getPrlimit, wait4 } from "../../ffi/process.ts";
import { blockSignals, signalSet } from "../../ffi/signals.ts";
import { undoLauncher } from "../../runtime/launcher.ts";

const RLIMIT_NOFILE = 7;

/** In a fork: limits and masks are the process's own. */
function inChild(action: () => boolean): number | undefined {
  const child = fork({ flags: 0 }, () => action() ? 7 : 1);
  using _pidfd = child.pidfd;
  return wait4(child.pid)?.status;
}

Deno.test("undoLauncher() sets the soft limit that the launcher found", () => {
  const status = inChild(() => {
    const { rlim_max } = getPrlimit(0, RLIMIT_NOFILE);
    undoLauncher("333");
    const after = getPrlimit(0, RLIMIT_NOFILE);
    return after.rlim_cur === 333n && after.rlim_max === rlim_max;
  });
  assertEquals(status, 7);
});

Deno.test("undoLauncher() does not go beyond the hard limit", () => {
  const status = inChild(() => {
    undoLauncher("unlimited");
    const { rlim_cur, rlim_max } = getPrlimit(0, RLIMIT_NOFILE);
    return rlim_cur === rlim_max;
  });
  assertEquals(status, 7);
});

Deno.test("undoLauncher() unblocks the signals that the launcher has blocked", () => {
  const status = inChild(() => {
    blockSignals(signalSet([1, 2, 15]));
    undoLauncher("100");
    return blockSignals(0n) === 0n;
  });
  assertEquals(status, 7);
});
