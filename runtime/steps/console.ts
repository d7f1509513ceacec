/**
 * The container's terminal.
 *
 * @module
 */
import { MAGIC, O, RESOLVE, S } from "../../ffi/constants.ts";
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { setControllingTerminal } from "../../ffi/fork.ts";
import { moveMount, openTreeClone } from "../../ffi/mount.ts";
import { dup3, openat, openat2 } from "../../ffi/open.ts";
import { fstatfsType, statx } from "../../ffi/stat.ts";
import { sendmsg } from "../../ffi/socket.ts";
import { openPeer, peerNumber, setWindowSize, unlockPeer } from "../../ffi/terminal.ts";
import type { InitContext } from "../init.ts";
import type { ProcessPlan } from "../plan/process.ts";

/**
 * Makes a terminal in the container's devpts, puts it on /dev/console, sends the master away, and takes the other end as
 * stdio and controlling terminal.
 */
export function openConsole({ creation, root }: InitContext): void {
  const size = creation.plan.process.consoleSize;
  using peer = openTerminal(root, size, creation.consoleSocket!, (peer) => bindConsole(root, peer));
  setControllingTerminal(peer.fd);
  for (const fd of [0, 1, 2]) dup3(peer.fd, fd, 0);
}

/**
 * Makes a terminal in the container's devpts and sends the master away.
 *
 * @param prepare Called before the master is sent.
 * @returns The container's end.
 */
export function openTerminal(
  root: OwnedFd,
  size: ProcessPlan["consoleSize"],
  socket: OwnedFd,
  prepare: (peer: OwnedFd) => void = () => {},
): OwnedFd {
  using master = openMaster(root);
  unlockPeer(master);
  const number = peerNumber(master);
  const peer = openPeer(master);
  // Before the master is sent: who receives it sees the size that was asked for.
  if (size !== undefined) setWindowSize(peer.fd, { ws_row: size.height, ws_col: size.width });
  prepare(peer);
  // The name goes along as the message; readers of the socket take it for the file's name.
  sendmsg(socket.fd, new TextEncoder().encode(`/dev/pts/${number}`), [master.fd]);
  return peer;
}

/** An image can put anything at /dev/pts/ptmx; it is used only if it is the multiplexer of a devpts. */
function openMaster(root: OwnedFd): OwnedFd {
  const resolve = RESOLVE.RESOLVE_IN_ROOT | RESOLVE.RESOLVE_NO_SYMLINKS;
  const master = openat2(root.fd, "dev/pts/ptmx", O.O_RDWR | O.O_NOCTTY, resolve);
  const { stx_rdev_major, stx_rdev_minor } = statx(master.fd);
  const genuine = fstatfsType(master.fd) === MAGIC.DEVPTS_SUPER_MAGIC &&
    stx_rdev_major === 5 && stx_rdev_minor === 2;
  if (genuine) return master;
  master.close();
  throw new Error(
    'Cannot use "/dev/pts/ptmx" of the container: it is not the multiplexer of a devpts',
  );
}

/**
 * Binds the terminal over /dev/console. By descriptors on both sides: neither a link at /dev/console nor one at
 * /dev/pts/N leads anywhere (CVE-2025-52565).
 */
function bindConsole(root: OwnedFd, peer: OwnedFd): void {
  const resolve = RESOLVE.RESOLVE_IN_ROOT | RESOLVE.RESOLVE_NO_SYMLINKS;
  using dev = openat2(root.fd, "dev", O.O_PATH | O.O_DIRECTORY, resolve);
  try {
    openat(dev.fd, "console", O.O_CREAT | O.O_EXCL | O.O_NOFOLLOW | O.O_RDONLY, 0o600).close();
  } catch (error) {
    if (!isErrno(error, E.EEXIST)) throw error;
  }
  using target = openat(dev.fd, "console", O.O_PATH | O.O_NOFOLLOW);
  if ((statx(target.fd).stx_mode & S.S_IFMT) === S.S_IFLNK) {
    throw new Error('Cannot bind the terminal to "/dev/console": it is a symbolic link');
  }
  using tree = openTreeClone(peer.fd, "", false);
  moveMount(tree.fd, target);
}
