/**
 * How init is born, ends, and is waited for.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { POLL } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { type Child, fork } from "../../ffi/fork.ts";
import { pidfd_send_signal, poll, wait4 } from "../../ffi/process.ts";
import { readSmallFile } from "../../ffi/small_file.ts";
import { killGroup } from "../child_process.ts";
import type { Creation } from "../creation.ts";
import { removeGuestRoot } from "../guest_root.ts";
import { initMain } from "../init.ts";
import { intermediateMain } from "../intermediate.ts";
import { leaveWatch } from "../interruption.ts";
import { cloneFlags, hasNamespace, joinsNamespace, needsIntermediate } from "../plan/namespaces.ts";
import { type Heard, PeerGone, type Word } from "../sync.ts";

const SIGKILL = 9;
/** Arbitrary: what init gets to clean up before it is killed, in milliseconds. */
const PATIENCE = 1000;

/**
 * Makes init in its new namespaces. When there are namespaces to join or clocks to set, an intermediate does so first and
 * then makes init as its own sibling (CLONE_PARENT): one clone3 can only make new namespaces.
 */
export function spawnInit(c: Creation): void {
  const { namespaces } = c.plan;
  if (!needsIntermediate(namespaces)) {
    c.init = forkInit(c);
    closeInitsFds(c);
    return;
  }
  const intermediate = fork({ flags: 0 }, () => asChild(() => intermediateMain(c, initMain)));
  intermediate.pidfd.close();
  closeInitsFds(c);
  try {
    // A signal has to wait: whoever is born meanwhile is to be known, to be ended.
    const { heard, fds } = c.parentEnd.expect("born", () => {});
    const [pidfd] = fds;
    if (heard.type !== "born" || pidfd === undefined) {
      throw new Error("The intermediate sent no pidfd");
    }
    c.init = { pid: heard.pid, pidfd };
  } finally {
    wait4(intermediate.pid);
  }
}

function forkInit(c: Creation): Child {
  const { namespaces } = c.plan;
  try {
    return fork({ flags: cloneFlags(namespaces) }, () => asChild(() => initMain(c)));
  } catch (error) {
    if (c.privileged || hasNamespace(namespaces, "user") || !isErrno(error, E.EPERM)) throw error;
    throw new Error(
      `${error.message}: without privileges linux.namespaces needs a user namespace`,
      { cause: error },
    );
  }
}

/** What is sent to the child is not for us, and it waits for us alone. */
function asChild(main: () => number): number {
  leaveWatch();
  return main();
}

/** Ours are only in the way: init's end must be held by init alone, or its death would not end the conversation. */
function closeInitsFds(c: Creation): void {
  c.initEnd.socket.close();
  c.startSocket.close();
  c.consoleSocket?.close();
}

/** Kills init and everything in its PID namespace, and waits until it is gone. */
export function endInit(c: Creation): void {
  c.parentEnd?.socket.close();
  if (c.init === undefined) return;
  if (!c.plan.namespaces.fresh.has("pid")) killHooks(c.init.pid);
  // It reads the end of our socket; in a mount namespace that it joined, its mounts are its own to take away.
  if (joinsNamespace(c.plan.namespaces, "mount")) {
    poll([{ fd: c.init.pidfd.fd, events: POLL.POLLIN }], PATIENCE);
  }
  try {
    pidfd_send_signal(c.init.pidfd, SIGKILL);
  } catch (error) {
    // It was reaped already, when its silence was looked into.
    if (!isErrno(error, E.ESRCH)) throw error;
  }
  wait4(c.init.pid);
  c.init.pidfd.close();
}

/** A hook that init runs is the leader of its session. With a PID namespace of init's own it ends with that. */
function killHooks(pid: number): void {
  const children = readSmallFile(`/proc/${pid}/task/${pid}/children`) ?? "";
  for (const child of children.split(" ").filter((word) => word !== "")) {
    try {
      killGroup(Number(child));
    } catch (error) {
      // It has ended by itself.
      if (!isErrno(error, E.ESRCH)) throw error;
    }
  }
}

/** ⇄1, with the ways in and out of the cgroup that a new cgroup namespace is made in. */
export function letInitMount(c: Creation): void {
  using doors = new DisposableStack();
  const fds = c.plan.namespaces.fresh.has("cgroup") ? c.cgroup?.openDoors() ?? [] : [];
  for (const fd of fds) doors.use(fd);
  c.parentEnd.send({ type: "go" }, fds.map(({ fd }) => fd));
}

/** ⇄2 */
export function waitForMounts(c: Creation): void {
  const { heard } = expectFromInit(c, "mounted");
  if (heard.type !== "mounted" || heard.guest === undefined) return;
  c.guestRoot = heard.guest;
  // Not to be lost with a runtime that is killed: the namespace keeps the mounts.
  c.storeCreating();
}

/** Init does so itself as long as it can: once it is the tape it cannot. */
export function removeMounts(c: Creation): void {
  if (c.guestRoot !== undefined) removeGuestRoot(c.guestRoot, c.state);
}

/** ⇄3, then ⇄4: from now on init is the tape. */
export function letInitFinish(c: Creation): void {
  c.parentEnd.send({ type: "go" });
  expectFromInit(c, "ready");
}

/** Waits for init's next word; when init died without one, says how. */
export function expectFromInit(c: Creation, type: Heard["type"]): Word {
  try {
    return c.parentEnd.expect(type);
  } catch (error) {
    if (!(error instanceof PeerGone)) throw error;
    const exit = wait4(c.init!.pid);
    const how = exit === undefined
      ? "ended"
      : exit.signal === 0
      ? `exited with status ${exit.status}`
      : `was killed by signal ${exit.signal}`;
    throw new Error(`Init ${how} without reporting an error`, { cause: error });
  }
}
