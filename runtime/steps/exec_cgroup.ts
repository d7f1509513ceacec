/**
 * The place of the process of `exec` in the container's cgroup.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { O, RESOLVE } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open, openat, openat2, writeString } from "../../ffi/open.ts";
import { sched_setaffinity } from "../../ffi/scheduling.ts";
import { explainRefusal } from "../cgroup/file.ts";
import { parseLayout } from "../cgroup/layout.ts";
import { Systemd } from "../cgroup/systemd.ts";
import type { Execution } from "../execution.ts";
import { enterIntelRdt } from "../intel_rdt.ts";
import * as log from "../log.ts";
import type { SubCgroup } from "../options.ts";
import type { BitMask } from "../plan/number_list.ts";
import { isAlive } from "../process_status.ts";
import { inUserNamespace } from "../user_namespace.ts";

/** Puts the process, which is nothing but the tape so far, into the container's cgroup of every hierarchy. */
export function enterCgroup(e: Execution): void {
  const paths = Object.entries(e.state.cgroup?.paths ?? {});
  const [wanted] = e.options.cgroups;
  if (wanted !== undefined && paths.length === 0) {
    throw new Error(`--cgroup ${JSON.stringify(wanted.path)}: the container has no cgroup`);
  }
  checkControllers(e.options.cgroups, paths.map(([key]) => key));
  for (const [key, directory] of paths) {
    try {
      enterOne(e, key, directory);
    } catch (error) {
      if (!isTolerant(e) || !isErrno(error, E.EACCES, E.EPERM, E.EROFS)) throw error;
      log.warn(`The process stays outside of the container's cgroup: ${error.message}`);
    }
  }
}

function isTolerant({ options: { rootless }, privileged }: Execution): boolean {
  return rootless === "auto" ? !privileged || inUserNamespace() : rootless === "true";
}

function controllersOf(key: string): string[] {
  return key === "" ? [] : key.split(",").map((name) => name.replace(/^name=/, ""));
}

function checkControllers(wanted: readonly SubCgroup[], keys: readonly string[]): void {
  const known = new Set(keys.flatMap(controllersOf));
  for (const { controllers = [] } of wanted) {
    const unknown = controllers.find((controller) => !known.has(controller));
    if (unknown === undefined) continue;
    throw new Error(`--cgroup: unknown controller ${JSON.stringify(unknown)}: no hierarchy has it`);
  }
}

/** The last that was given for the hierarchy; one that names its controllers counts for more. */
function subPath(wanted: readonly SubCgroup[], key: string): string | undefined {
  const own = controllersOf(key);
  const named = wanted.findLast(({ controllers }) =>
    controllers?.some((name) => own.includes(name))
  );
  return (named ?? wanted.findLast(({ controllers }) => controllers === undefined))?.path;
}

function enterOne(e: Execution, key: string, directory: string): void {
  const { pid } = e.child!;
  const path = subPath(e.options.cgroups, key);
  using place = openPlace(directory, path);
  try {
    writePid(place, pid);
  } catch (error) {
    if (key === "" && path === undefined && mayGoElsewhere(e, directory, error)) return;
    throw explainRefusal(`put process ${pid} into the cgroup "${directory}${path ?? ""}"`, error);
  }
}

/** Whatever the container has made there: its cgroup is not left. */
function openPlace(directory: string, path: string | undefined): OwnedFd {
  const how = O.O_PATH | O.O_DIRECTORY;
  const place = open(directory, how);
  const relative = (path ?? "").replace(/^\/+/, "");
  if (relative === "") return place;
  using _above = place;
  try {
    return openat2(place.fd, relative, how, RESOLVE.RESOLVE_BENEATH | RESOLVE.RESOLVE_NO_SYMLINKS);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`--cgroup ${JSON.stringify(path)}: ${why}`, { cause: error });
  }
}

function writePid(place: OwnedFd, pid: number): void {
  using file = openat(place.fd, "cgroup.procs", O.O_WRONLY);
  writeString(file.fd, String(pid));
}

/** Other ways in: by systemd's hand, and to where init is, when that has made cgroups of its own. */
function mayGoElsewhere(e: Execution, directory: string, error: unknown): boolean {
  const { systemd } = e.state;
  if (isErrno(error, E.EACCES) && systemd !== undefined) {
    using manager = Systemd.connect([systemd.address]);
    manager.attach(systemd.name, e.child!.pid);
    return true;
  }
  // "No internal processes" (cgroups(7)): a container that hands controllers to its sub-cgroups has left its own.
  if (!isErrno(error, E.EBUSY)) return false;
  const own = cgroupOfInit(e);
  if (own === undefined || !own.startsWith(`${directory}/`)) return false;
  using place = open(own, O.O_PATH | O.O_DIRECTORY);
  writePid(place, e.child!.pid);
  return true;
}

/** The directory of init's v2 cgroup now. */
function cgroupOfInit({ state: { pid = 0, startTime } }: Execution): string | undefined {
  const cgroup = Deno.readTextFileSync(`/proc/${pid}/cgroup`);
  if (!isAlive(pid, startTime)) return undefined;
  const { hierarchies } = parseLayout(Deno.readTextFileSync("/proc/self/mountinfo"), cgroup);
  const unified = hierarchies.find(({ version }) => version === 2);
  return unified && unified.mountpoint + unified.own;
}

/** Before the cgroup is entered: `execCPUAffinity.initial`. */
export function setInitialAffinity(e: Execution): void {
  setAffinity(e, "initial", e.plan.process.execCPUAffinity.initial!);
}

/** After it, which may have reset it: `execCPUAffinity.final`. */
export function setFinalAffinity(e: Execution): void {
  setAffinity(e, "final", e.plan.process.execCPUAffinity.final!);
}

function setAffinity(e: Execution, which: string, { bytes, text }: BitMask): void {
  try {
    sched_setaffinity(e.child!.pid, bytes, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`process.execCPUAffinity.${which}: ${why}`, { cause: error });
  }
}

/** The class of service is not inherited by who comes from outside. */
export function enterClassOfService(e: Execution): void {
  enterIntelRdt(e.state.intelRdt!, e.child!.pid);
}
