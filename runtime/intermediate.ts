/**
 * The intermediate: joins the namespaces that exist already, sets the clocks of a new one, makes init in the rest, and ends.
 *
 * One clone3 makes new namespaces only; joining a PID namespace takes effect for children alone; and the offsets of a time
 * namespace are fixed once a process is in it.
 *
 * @module
 */
import { CLONE, O } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import { isErrno } from "../ffi/check.ts";
import { fork, setUndumpable } from "../ffi/fork.ts";
import { setns, unshare } from "../ffi/namespace.ts";
import { open, openat, writeString } from "../ffi/open.ts";
import { setName } from "../ffi/process.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import type { SpecRef } from "../spec/anchors.ts";
import type { Creation } from "./creation.ts";
import { cloneFlags, type JoinPlan, unshareFlags } from "./plan/namespaces.ts";
import { StepError } from "./step.ts";
import { toFailure } from "./sync.ts";

interface Opened {
  readonly join: JoinPlan;
  readonly fd: OwnedFd;
}

/** Runs in the child that the parent made; returns its exit status. */
export function intermediateMain(c: Creation, initMain: (c: Creation) => number): number {
  try {
    setName("runts:[1:JOIN]");
    c.parentEnd.socket.close();
    c.container.close();
    const { namespaces } = c.plan;
    // Now: what is joined may have another proc.
    using self = open("/proc/self", O.O_PATH | O.O_DIRECTORY);
    inStep("join the namespaces", "config-linux.md#configLinuxNamespaces", () => {
      // Whoever lives in those namespaces must not trace us or open our files while we are half inside (CVE-2016-9962).
      // With nobody there we stay as we are: else our own files would belong to root, also for one who is not root.
      if (namespaces.joined.length > 0) setUndumpable();
      joinAll(namespaces.joined);
    });
    if (namespaces.timeOffsets !== "") {
      inStep("set the time offsets", "config-linux.md#configLinuxTimeOffset", () => {
        unshare(unshareFlags(namespaces));
        using file = openat(self.fd, "timens_offsets", O.O_WRONLY);
        writeString(file.fd, namespaces.timeOffsets);
      });
    }
    inStep("give birth to init", "config-linux.md#configLinuxNamespaces", () => {
      const flags = cloneFlags(namespaces) + CLONE.CLONE_PARENT;
      const init = fork({ flags }, () => initMain(c));
      c.initEnd.send({ type: "born", pid: init.pid }, [init.pidfd.fd]);
    });
    return 0;
  } catch (error) {
    c.initEnd.send(toFailure(error));
    return 1;
  }
}

/** Names what an error was about. */
function inStep(step: string, spec: SpecRef, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new StepError(step, spec, error instanceof Error ? error : new Error(String(error)));
  }
}

/**
 * Joins in two rounds, with the user namespace between them: a namespace that the runtime's user namespace owns can be
 * joined only before it, one that the joined user namespace owns by an unprivileged caller only after it.
 */
function joinAll(joins: readonly JoinPlan[]): void {
  // All paths are opened first: after the mount namespace is joined they would mean something else.
  const opened = joins.map((join) => ({ join, fd: openNamespace(join) }));
  const user = opened.find(({ join }) => join.type === "user");
  const others = opened.filter((entry) => entry !== user);
  const deferred = others.filter((entry) => !joinOrDefer(entry, user !== undefined));
  if (user !== undefined) joinNamespace(user);
  for (const entry of deferred) joinNamespace(entry);
}

function openNamespace({ path, property }: JoinPlan): OwnedFd {
  return named(property, () => open(path, O.O_RDONLY | O.O_NOCTTY));
}

/** Joins; false when that has to wait for the user namespace. */
function joinOrDefer(entry: Opened, mayDefer: boolean): boolean {
  try {
    setns(entry.fd, entry.join.flag);
    return true;
  } catch (error) {
    if (mayDefer && isErrno(error, E.EPERM)) return false;
    throw nameIt(entry.join.property, error);
  }
}

function joinNamespace({ join, fd }: Opened): void {
  named(join.property, () => setns(fd, join.flag));
}

function named<T>(property: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw nameIt(property, error);
  }
}

function nameIt(property: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  // setns(2) says EINVAL for a file that is no namespace, or one of another kind than the type says (MUST be an error).
  const hint = isErrno(error, E.EINVAL) ? " (is it a namespace of that type?)" : "";
  return new Error(`${property}: ${message}${hint}`, { cause: error });
}
