/**
 * Steps of `exec` that only look and decide.
 *
 * @module
 */
import { AT_FDCWD, O } from "../../ffi/constants.ts";
import { open, readAll } from "../../ffi/open.ts";
import { sameFile, statx } from "../../ffi/stat.ts";
import { parseJson, stringifyJson } from "../../spec/json.ts";
import type { NamespaceType } from "../../spec/namespaces.ts";
import type { Config } from "../../spec/schema/config.ts";
import type { Process } from "../../spec/schema/process.ts";
import { parseProcess } from "../../spec/validate.ts";
import { hasHostCapability } from "../capabilities.ts";
import type { Execution } from "../execution.ts";
import * as log from "../log.ts";
import { changeProcess } from "../plan/exec_process.ts";
import { missingModules } from "../plan/labels.ts";
import { planMemoryPolicy } from "../plan/memory_policy.ts";
import { NAMESPACE_FLAGS } from "../plan/namespaces.ts";
import { planProcess } from "../plan/process.ts";
import { planSeccomp } from "../plan/seccomp_filter.ts";
import { holdProcess } from "../process_status.ts";
import { makeFilter } from "../seccomp.ts";
import { labelWrites, securityModules } from "../security_modules.ts";
import { currentStatus, StatusError } from "../status.ts";
import { Container } from "../store.ts";

/** Without its lock: what happens to the container meanwhile happens to the process as well. */
export function openContainer(e: Execution): void {
  const { root, id } = e.options;
  e.container = Container.open(root, id);
  e.state = e.container.readState();
  // As it was at create, where it was validated: later edits of the bundle MUST NOT matter (runtime.md#runtimeLifecycle).
  e.config = parseJson(e.container.readConfig()) as Config;
}

/** The sentences are those that clients know. */
export function checkStatus(e: Execution): void {
  e.status = currentStatus(e.container, e.state);
  if (e.status === "running" || e.status === "created") return;
  if (e.status !== "paused") {
    throw new StatusError(`cannot exec in a ${e.status} container`, e.status);
  }
  if (e.options.ignorePaused) return;
  throw new StatusError(
    "cannot exec in a paused container (use --ignore-paused to override)",
    e.status,
  );
}

/** Reads it from the file, or makes it from the container's own; either is validated. */
export function readProcess(e: Execution): void {
  const { process } = e.options;
  const text = "file" in process ? readText(process.file) : stringifyJson(changed(e, process));
  e.config = {
    ...e.config,
    process: parseProcess(text, "file" in process ? process.file : "process"),
  };
  checkConsole(e, e.config.process?.terminal ?? false);
}

function changed(e: Execution, changes: Parameters<typeof changeProcess>[1]): Process {
  if (changes.args.length === 0) throw new Error("exec args cannot be empty");
  if (e.config.process === undefined) throw new Error("process property must not be empty");
  return changeProcess(e.config.process, changes);
}

function readText(path: string): string {
  if (path === "-") return new TextDecoder().decode(readAll(0));
  using file = open(path, O.O_RDONLY);
  return new TextDecoder().decode(readAll(file.fd));
}

/** The words are those that callers of container runtimes know. */
function checkConsole({ options, here }: Execution, terminal: boolean): void {
  const detach = here === undefined;
  if (terminal && detach && options.consoleSocket === undefined) {
    throw new Error("cannot allocate tty if runts will detach without setting console socket");
  }
  if (options.consoleSocket !== undefined && (!terminal || !detach)) {
    throw new Error("cannot use console socket if runts will not detach or allocate tty");
  }
}

/** What the container's other processes have by inheritance, this one has by the configuration. */
export function planTheProcess(e: Execution): void {
  const { process, linux } = e.config;
  e.plan = {
    process: planProcess(process),
    personality: linux?.personality?.domain,
    memoryPolicy: linux?.memoryPolicy && planMemoryPolicy(linux.memoryPolicy),
    seccomp: linux?.seccomp && planSeccomp(linux.seccomp),
  };
  for (const warning of e.plan.process.warnings) log.warn(warning);
}

/** Whether there are labels to set. */
export function hasLabels({ config: { process } }: Execution): boolean {
  return process?.apparmorProfile !== undefined || process?.selinuxLabel !== undefined;
}

/** A process without the label that it was to have must not run. */
export function lookForModules(e: Execution): void {
  const missing = missingModules(e.config, securityModules());
  if (missing.length > 0) throw new Error(missing.join("; "));
  e.labelWrites = labelWrites(e.config);
}

/** The container's own, made anew. */
export function makeTheFilter(e: Execution): void {
  e.filter = makeFilter(e.plan.seccomp!);
}

/** The names in /proc/pid/ns. */
const FILES: Readonly<Record<NamespaceType, string>> = {
  cgroup: "cgroup",
  ipc: "ipc",
  mount: "mnt",
  network: "net",
  pid: "pid",
  time: "time",
  user: "user",
  uts: "uts",
};

/** Takes hold of init, and compares its namespaces with ours: by inode, as setns(2) refuses a user namespace that one is in. */
export function lookForNamespaces(e: Execution): void {
  const { pid = 0, startTime } = e.state;
  const pidfd = holdProcess(pid, startTime);
  if (pidfd === undefined) throw new StatusError("cannot exec in a stopped container", "stopped");
  let flags = 0;
  for (const [type, name] of Object.entries(FILES) as [NamespaceType, string][]) {
    if (isForeign(pid, name)) flags += NAMESPACE_FLAGS[type];
  }
  // One that the container shares with somebody has that one's root: a process in there would be outside of the container.
  const hasOwnMounts = (flags & NAMESPACE_FLAGS.mount) !== 0 && e.state.guestRoot === undefined;
  const root = hasOwnMounts ? undefined : open(`/proc/${pid}/root`, O.O_PATH | O.O_DIRECTORY);
  const keepGroups = Deno.readTextFileSync(`/proc/${pid}/setgroups`).trim() === "deny";
  e.destination = { pidfd, flags, root, keepGroups };
  // Had it ended since, another process might have its number: then nothing of the above was its own.
  using again = holdProcess(pid, startTime);
  if (again === undefined) throw new StatusError("cannot exec in a stopped container", "stopped");
  checkGroups(e);
  e.schedulesProcess = mustSchedule(e);
}

function mustSchedule({ plan: { process }, destination }: Execution): boolean {
  if (process.scheduler === undefined && process.ioPriority === undefined) return false;
  return (destination.flags & NAMESPACE_FLAGS.user) !== 0 && hasHostCapability("CAP_SYS_NICE");
}

function isForeign(pid: number, name: string): boolean {
  const [theirs, ours] = [pid, "self"].map((who) => statx(AT_FDCWD, `/proc/${who}/ns/${name}`));
  return !sameFile(theirs!, ours!);
}

/** With the call denied the process keeps the groups that it has; those asked for it does not get. */
function checkGroups({ destination, plan }: Execution): void {
  if (!destination.keepGroups || plan.process.additionalGids.length === 0) return;
  throw new Error("process.user.additionalGids: setgroups(2) is denied in the container");
}
