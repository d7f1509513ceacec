/**
 * The end of a container: 12 and 13 of the lifecycle (runtime.md#runtimeLifecycle).
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { POLL } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import { pidfd_send_signal, poll } from "../ffi/process.ts";
import { parseJson } from "../spec/json.ts";
import type { Hooks } from "../spec/schema/hooks.ts";
import { Cgroup } from "./cgroup/manager.ts";
import { ownEnvironment, runPoststopHooks } from "./hooks.ts";
import { holdProcess } from "./process_status.ts";
import type { Container, StoredState } from "./store.ts";

const SIGKILL = 9;
/** What other runtimes grant a process that is stuck in the kernel before they give up. */
const PATIENCE = 10_000;

/**
 * Kills what still runs, removes what create made and nothing else (MUST), frees the ID, and then runs the poststop hooks,
 * of which a failure is a warning.
 */
export function destroy(
  container: Container,
  state: StoredState,
  warn: (message: string) => void,
): void {
  const hooks = readHooks(container, warn);
  killInit(state);
  if (state.cgroup !== undefined) {
    const cgroup = Cgroup.deserialize(state.cgroup);
    // With a PID namespace of its own everything died with init, but for what joined from outside.
    cgroup.kill(SIGKILL);
    cgroup.remove();
  }
  container.remove();
  const { ociVersion, id, bundle, annotations = {} } = state;
  runPoststopHooks(hooks, {
    state: { ociVersion, id, bundle, annotations, pid: 0 },
    cwd: cwdForHooks(bundle),
    environment: ownEnvironment(),
  }, warn);
}

/** The bundle may be gone by now; its hooks still have to run. */
function cwdForHooks(bundle: string): string {
  try {
    return Deno.statSync(bundle).isDirectory ? bundle : "/";
  } catch {
    return "/";
  }
}

/** The configuration was validated at create; a runtime killed before it was stored has no hooks to run. */
function readHooks(container: Container, warn: (message: string) => void): Hooks | undefined {
  try {
    const config = parseJson(container.readConfig()) as { hooks?: Hooks };
    return config.hooks;
  } catch (error) {
    warn(
      `Cannot run the poststop hooks: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

/** Kills init by its identity and waits for its end; it may be a zombie then, which is its parent's to reap. */
function killInit({ pid = 0, startTime }: StoredState): void {
  using pidfd = holdProcess(pid, startTime);
  if (pidfd === undefined) return;
  try {
    pidfd_send_signal(pidfd, SIGKILL);
  } catch (error) {
    if (isErrno(error, E.ESRCH)) return;
    throw error;
  }
  const [events] = poll([{ fd: pidfd.fd, events: POLL.POLLIN }], PATIENCE);
  if (events === 0) throw new Error("container init still running");
}
