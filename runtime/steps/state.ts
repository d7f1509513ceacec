/**
 * Steps of `create` that reserve, connect and remember.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, O, SOCK } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { renameat, unlinkat } from "../../ffi/directory.ts";
import { isCloseOnExec, openat, write } from "../../ffi/open.ts";
import { bindUnix, listen, sendmsg, socket } from "../../ffi/socket.ts";
import type { Creation } from "../creation.ts";
import { makeNotifyDirectory } from "../notify_socket.ts";
import type { CreateOptions } from "../options.ts";
import { Container, START_SOCKET, type StoredState } from "../store.ts";
import { connectToPath } from "../stream_socket.ts";
import { channelPair } from "../sync.ts";

/** Makes the state directory and takes its lock; keeps the configuration as it is now. */
export function reserveId(c: Creation): void {
  c.container = Container.create(c.options.root, c.options.id);
  c.container.writeConfig(c.configText);
  if (c.options.notifySocket !== undefined) makeNotifyDirectory(c.container);
}

/** Gives the ID back. */
export function releaseId(c: Creation): void {
  if (c.container === undefined) return;
  c.container.remove();
  c.container.close();
}

/** Everything that init inherits: its end of the ladder, the socket for `start`, the way to the console's reader. */
export function openSockets(c: Creation): void {
  checkPassedFds(c.options);
  [c.parentEnd, c.initEnd] = channelPair();
  c.startSocket = socket(SOCK.AF_UNIX, SOCK.SOCK_SEQPACKET);
  bindUnix(c.startSocket.fd, c.container.path(START_SOCKET));
  listen(c.startSocket.fd, 1);
  const { consoleSocket } = c.options;
  c.consoleSocket = consoleSocket === undefined
    ? c.foreground?.console
    : connectToPath(consoleSocket);
}

/** What the caller passed is open and not close-on-exec; our own descriptors always are, and must not be handed out. */
export function checkPassedFds(
  { listenFds, preserveFds }: Pick<CreateOptions, "listenFds" | "preserveFds">,
): void {
  for (let fd = 3; fd < 3 + listenFds + preserveFds; fd++) {
    if (isCloseOnExec(fd) === false) continue;
    const i = fd - 3 - listenFds;
    const what = i < 0 ? "LISTEN_FDS" : `unable to stat preserved-fd ${i} (of ${preserveFds})`;
    throw new Error(`${what}: descriptor ${fd} is not open`);
  }
}

/** Init exists: from now on there is somebody to kill. */
export function storeCreating(c: Creation): void {
  c.storeCreating();
}

/** The status `created`, with the part of the tape that `start` will have to understand. */
export function storeCreated(c: Creation): void {
  const { labels } = c.parentEnd;
  const first = labels.findIndex((label) => label.spec === "runtime.md#runtimeStart");
  const state: StoredState = {
    ...c.state,
    status: "created",
    tape: { first, labels: labels.slice(first) },
  };
  c.container.writeState(state);
  c.state = state;
}

/** The pid of init. */
export function writePidFile(c: Creation): void {
  writePid(c.options.pidFile!, c.init!.pid);
  c.pidFile = c.options.pidFile;
}

/**
 * Writes a pid as bare digits: containerd reads the whole file with Atoi, which takes no newline. Under another name
 * first, so that who polls for the file never reads half of it.
 */
export function writePid(path: string, pid: number): void {
  const slash = path.lastIndexOf("/");
  const temporary = `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}`;
  // What a killed create left there would be in the way for ever.
  unlinkIfAny(temporary);
  try {
    using file = openat(AT_FDCWD, temporary, O.O_CREAT | O.O_EXCL | O.O_WRONLY, 0o644);
    write(file.fd, new TextEncoder().encode(String(pid)));
    renameat(AT_FDCWD, temporary, AT_FDCWD, path);
  } catch (error) {
    unlinkIfAny(temporary);
    throw error;
  }
}

/** Takes the pid file back, if it was written: before that, a file of that name is somebody else's. */
export function removePidFile(c: Creation): void {
  if (c.pidFile !== undefined) unlinkIfAny(c.pidFile);
}

function unlinkIfAny(path: string): void {
  try {
    unlinkat(AT_FDCWD, path);
  } catch (error) {
    if (!isErrno(error, E.ENOENT, E.ENOTDIR)) throw error;
  }
}

/** Sends the pidfd of init. */
export function sendPidfd(c: Creation): void {
  deliverPidfd(c.options.pidfdSocket!, "standard", c.init!.pidfd);
}

/** Sends a pidfd; "standard" tells a container's first process from one of `exec`, "setns". */
export function deliverPidfd(path: string, kind: "standard" | "setns", pidfd: OwnedFd): void {
  using connection = connectToPath(path);
  sendmsg(connection.fd, new TextEncoder().encode(kind), [pidfd.fd]);
}

/** Lets the tape go on to wait for `start`. From here on init lives without us. */
export function handOver(c: Creation): void {
  c.parentEnd.send({ type: "go" });
}

/** Only what is still ours: init's ends are closed by the time it is born. */
export function closeSockets(c: Creation): void {
  c.parentEnd?.socket.close();
  c.initEnd?.socket.close();
  c.startSocket?.close();
  c.consoleSocket?.close();
}
