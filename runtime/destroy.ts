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
import { isPaused } from "./cgroup/freezer.ts";
import { Cgroup } from "./cgroup/manager.ts";
import { stopUnit } from "./cgroup/systemd_unit.ts";
import { removeGuestRoot } from "./guest_root.ts";
import { hasHooks, ownEnvironment, runPoststopHooks } from "./hooks.ts";
import { removeIntelRdt } from "./intel_rdt.ts";
import { holdProcess } from "./process_status.ts";
import { runSteps, type Step } from "./step.ts";
import { recoverDevices } from "./steps/recover_net_devices.ts";
import type { Container, StoredState } from "./store.ts";
import { stepTrace } from "./trace.ts";

const SIGKILL = 9;
/** What other runtimes grant a process that is stuck in the kernel before they give up. */
const PATIENCE = 10_000;

/** What the steps of a destruction work on. */
interface Destruction {
  readonly container: Container;
  readonly state: StoredState;
  readonly warn: (message: string) => void;
  /** "read the hooks" */
  hooks: Hooks | undefined;
}

/** What `delete` does, and a lifecycle that a hook has broken off. */
export const DESTROY_STEPS: readonly Step<Destruction>[] = [
  // While the configuration is still there.
  { name: "read the poststop hooks", spec: "config.md#configHooksPoststop", run: readHooks },
  // With init alive: its network namespace may be the last thing that keeps them.
  {
    name: "give back the devices of a killed create",
    spec: "runtime.md#runtimeErrors",
    run: recoverDevices,
  },
  { name: "kill init", spec: "runtime.md#runtimeDelete", run: killInit },
  // A namespace of the container's own has gone with init, and its mounts with it.
  {
    name: "take the root out of the joined mount namespace",
    spec: "runtime.md#runtimeDelete",
    when: (d) => d.state.guestRoot !== undefined,
    run: removeRoot,
  },
  {
    name: "remove the cgroup",
    spec: "runtime.md#runtimeDelete",
    when: (d) => d.state.cgroup !== undefined,
    run: removeCgroup,
  },
  // Empty by now, so it goes by itself; but not before its manager has noticed, and not if it has failed.
  {
    name: "stop the unit",
    spec: "runtime.md#runtimeDelete",
    when: (d) => d.state.systemd !== undefined,
    run: (d) => stopUnit(d.state.systemd!),
  },
  {
    name: "remove the class of service",
    spec: "config-linux.md#configLinuxIntelRdt",
    when: (d) => d.state.intelRdt !== undefined,
    run: (d) => removeIntelRdt(d.state.intelRdt!),
  },
  { name: "free the ID", spec: "runtime.md#runtimeDelete", run: (d) => d.container.remove() },
  // After everything else: 13 of the lifecycle comes after 12.
  {
    name: "run the poststop hooks",
    spec: "config.md#configHooksPoststop",
    when: (d) => hasHooks(d.hooks, "poststop"),
    run: runThePoststopHooks,
  },
];

/**
 * Kills what still runs, removes what create made and nothing else (MUST), frees the ID, and then runs the poststop hooks,
 * of which a failure is a warning.
 */
export function destroy(
  container: Container,
  state: StoredState,
  warn: (message: string) => void,
): void {
  runSteps(DESTROY_STEPS, { container, state, warn, hooks: undefined }, stepTrace());
}

/** A failure must not keep the rest from being removed; who owns the namespace can still do it. */
function removeRoot({ state, warn }: Destruction): void {
  try {
    removeGuestRoot(state.guestRoot!, state);
  } catch (error) {
    warn(
      `Cannot take the container's mounts out of the mount namespace that it joined: ${
        error instanceof Error ? error.message : String(error)
      }`,
    );
  }
}

/** With a PID namespace of its own everything died with init, but for what joined from outside. */
function removeCgroup({ state }: Destruction): void {
  const cgroup = Cgroup.deserialize(state.cgroup!);
  cgroup.kill(SIGKILL);
  cgroup.remove();
}

function runThePoststopHooks({ state, hooks, warn }: Destruction): void {
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
function readHooks(d: Destruction): void {
  try {
    d.hooks = (parseJson(d.container.readConfig()) as { hooks?: Hooks }).hooks;
  } catch (error) {
    d.warn(
      `Cannot run the poststop hooks: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Kills init by its identity and waits for its end; it may be a zombie then, which is its parent's to reap. */
function killInit({ state: { pid = 0, startTime, cgroup } }: Destruction): void {
  using pidfd = holdProcess(pid, startTime);
  if (pidfd === undefined) return;
  try {
    pidfd_send_signal(pidfd, SIGKILL);
  } catch (error) {
    if (isErrno(error, E.ESRCH)) return;
    throw error;
  }
  // v1 lets what is frozen die only when it is thawed.
  if (cgroup !== undefined && isPaused(cgroup)) Cgroup.deserialize(cgroup).thaw();
  const [events] = poll([{ fd: pidfd.fd, events: POLL.POLLIN }], PATIENCE);
  if (events === 0) throw new Error("container init still running");
}
