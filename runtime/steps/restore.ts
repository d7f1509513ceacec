/**
 * Steps of `restore`. Most of what has to be there before is made by the steps of `create`.
 *
 * @module
 */
import { CLONE, MS, O } from "../../ffi/constants.ts";
import { mount } from "../../ffi/mount.ts";
import { unshare } from "../../ffi/namespace.ts";
import { open } from "../../ffi/open.ts";
import { pidfd_open } from "../../ffi/process.ts";
import { sendmsg } from "../../ffi/socket.ts";
import { fchmod, fchownat, statx } from "../../ffi/stat.ts";
import { fchownStdio } from "../../ffi/stdio.ts";
import { peerNumber } from "../../ffi/terminal.ts";
import { readLayout } from "../cgroup/layout.ts";
import { Creation, type Foreground } from "../creation.ts";
import { openDirectory, recall, type Remembered } from "../criu/image.ts";
import { CRIU, type CriuOptions } from "../criu/messages.ts";
import { commonOptions, FIRST_OTHER_FD, type RestoreOptions } from "../criu/options.ts";
import { CriuSession, type Notification } from "../criu/session.ts";
import * as log from "../log.ts";
import { hasNotifyMount, makeNotifyDirectory, withNotifySocket } from "../notify_socket.ts";
import { hierarchyKey } from "../plan/cgroups_path.ts";
import { toHostId } from "../plan/delegation.ts";
import { externalSource } from "../plan/external_mounts.ts";
import { type NamespaceRestore, restoredNamespaces } from "../plan/external_namespaces.ts";
import type { StoredState } from "../store.ts";
import { connectToPath } from "../stream_socket.ts";
import { reserveId } from "./state.ts";

/** What the steps of `restore` work on: a creation, of which CRIU does init's part. */
export class Restoration extends Creation {
  declare readonly options: RestoreOptions;
  /** "read the checkpoint" */
  remembered!: Remembered;
  /** "plan the namespaces" */
  namespaces!: NamespaceRestore;
  /** "let the container's root read the images": takes that back. */
  closeImages: (() => void) | undefined;
  /** "start CRIU" */
  criu: CriuSession | undefined;
  /** "let CRIU restore the processes ⇄2": whether the terminal's master has come, and gone on to its reader. */
  hasSentConsole = false;

  /** Takes what `restore` takes. */
  constructor(options: RestoreOptions, foreground?: Foreground) {
    super(options, foreground);
  }
}

/** The name of CRIU's log. */
const LOG = "restore.log";

/** Reads what the checkpoint has left for us. */
export function readCheckpoint(c: Restoration): void {
  const { imagePath, workPath, root, id } = c.options;
  using images = openDirectory(imagePath, "existing");
  c.remembered = recall(images, imagePath);
  openDirectory(workPath, "make").close();
  // The program has the socket's name in its environment, and nobody listens any more; but the mount must be there.
  if (hasNotify(c)) c.config = withNotifySocket(c.config, root, id);
}

function hasNotify({ remembered }: Restoration): boolean {
  return remembered.mounts.some(({ origin }) =>
    origin.kind === "bind" && hasNotifyMount(origin.destination)
  );
}

/** Refuses what CRIU cannot do, and looks whether everything that was the host's is to be had. */
export function planExternals(c: Restoration): void {
  c.namespaces = restoredNamespaces(c.plan.namespaces);
  if (c.plan.netDevices.length > 0 && c.plan.namespaces.fresh.has("network")) {
    throw new Error("linux.netDevices: CRIU cannot restore a network device that was moved in");
  }
  if (c.options.cgroupManager === "disabled" && c.options.manageCgroupsMode !== "ignore") {
    throw new Error(
      "--cgroup-manager=disabled: CRIU makes cgroups of its own, unless by --manage-cgroups-mode=ignore",
    );
  }
  if (c.options.manageCgroupsMode === "strict") {
    throw new Error(
      "--manage-cgroups-mode strict: CRIU then wants no cgroup to exist, and the container's is there before CRIU",
    );
  }
}

/**
 * In a user namespace the processes are nobody to the host, and read the images by themselves. So the group of their root may
 * pass through the directory: memory is in there, and not for everybody.
 */
export function openImages(c: Restoration): void {
  using images = openDirectory(c.options.imagePath, "existing");
  const { stx_mode, stx_uid, stx_gid } = statx(images.fd);
  const gid = toHostId(c.plan.namespaces.gidMappings, 0);
  if (gid === undefined || (stx_mode & 0o001) !== 0) return;
  const mode = stx_mode & 0o7777;
  c.closeImages = (): void => {
    using images = openDirectory(c.options.imagePath, "existing");
    fchownat(images.fd, "", stx_uid, stx_gid);
    fchmod(images.fd, mode);
  };
  fchownat(images.fd, "", stx_uid, gid);
  fchmod(images.fd, (mode & ~0o077) | 0o010);
}

/** As it was. */
export function closeImages(c: Restoration): void {
  c.closeImages?.();
  c.closeImages = undefined;
}

/**
 * As create does it for the container's user. CRIU opens the files again with the rights of the container's root, which reach
 * to files of others only if owner and group are of its user namespace.
 */
export function giveStdio(c: Restoration): void {
  const { namespaces, process } = c.plan;
  if (!namespaces.fresh.has("user")) return fchownStdio(process.uid);
  const uid = toHostId(namespaces.uidMappings, process.uid);
  if (uid !== undefined) fchownStdio(uid, toHostId(namespaces.gidMappings, 0));
}

/** The state directory, and in it the one that the container may see. */
export function reserveTheId(c: Restoration): void {
  reserveId(c);
  if (hasNotify(c)) makeNotifyDirectory(c.container);
}

/** Who gets the terminal's master. */
export function connectConsole(c: Restoration): void {
  const { consoleSocket } = c.options;
  c.consoleSocket = consoleSocket === undefined
    ? c.foreground?.console
    : connectToPath(consoleSocket);
}

/** Ours alone: the foreground's is closed by who made it. */
export function closeConsole(c: Restoration): void {
  if (c.options.consoleSocket !== undefined) c.consoleSocket?.close();
}

/** Starts the program. It works in a mount namespace that ends with it, so nothing of it is left on the host. */
export function startCriu(c: Restoration): void {
  const { rootfs } = c.plan;
  const { imagePath, workPath } = c.options;
  c.criu = CriuSession.start("ours", () => {
    unshare(CLONE.CLONE_NEWNS);
    mount(null, "/", null, MS.MS_REC | MS.MS_SLAVE);
    // CRIU wants its root to be a mount.
    mount(rootfs, rootfs, null, MS.MS_BIND);
    // Those that we have open are of our mount namespace, and CRIU mounts in its working directory.
    const directories = [imagePath, workPath].map((path) => openDirectory(path, "existing"));
    return [...directories, ...c.namespaces.inherited.map(({ path }) => open(path, O.O_RDONLY))];
  });
}

/** Hangs up: CRIU kills what it has made so far. */
export function stopCriu(c: Restoration): void {
  c.criu?.[Symbol.dispose]();
  c.criu = undefined;
}

/** ⇄1: up to the moment at which the namespaces exist, and the first process in them. */
export function letCriuBegin(c: Restoration): void {
  const { workPath } = c.options;
  c.criu!.begin({
    type: CRIU.RESTORE,
    options: restoreOptions(c),
    log: `${workPath}/${LOG}`,
    listen: (notification) => hear(c, notification),
  });
  // The latter for a container that has no namespace of its own.
  holdInit(c, c.criu!.waitFor("setup-namespaces", "post-restore"));
}

function holdInit(c: Restoration, notification: Notification | undefined): void {
  const { pid = 0 } = notification ?? {};
  if (pid <= 0) throw new Error("CRIU did not tell the pid of the restored process");
  c.init = { pid, pidfd: pidfd_open(pid) };
}

function restoreOptions(c: Restoration): CriuOptions {
  const { options, plan, remembered, namespaces, cgroup } = c;
  const { lsmProfile, lsmMountContext } = options;
  const cgroups = cgroup?.serialize().paths ?? {};
  const sources = { mounts: plan.mounts, devices: plan.devices, cgroups };
  return {
    ...commonOptions(options, LOG),
    root: plan.rootfs,
    // The container's process is our child, as it is in `create`: whoever reaps for us reaps it after us.
    rst_sibling: true,
    external: remembered.mounts.map((mount) =>
      `mnt[${mount.mountpoint}]:${externalSource(mount, sources)}`
    ),
    inherit_fd: [
      ...inheritedStdio(remembered),
      ...namespaces.inherited.map(({ key }, i) => ({ key, fd: FIRST_OTHER_FD + i })),
    ],
    join_ns: namespaces.joined,
    cg_root: cgroupRoots(cgroups),
    ...(lsmProfile === undefined ? {} : { lsm_profile: lsmProfile }),
    ...(lsmMountContext === undefined ? {} : { lsm_mount_context: lsmMountContext }),
  };
}

/** Ours in the place of those that the container had. One that stood for two is named once. */
function inheritedStdio({ descriptors }: Remembered): { key: string; fd: number }[] {
  return descriptors.flatMap((key, fd) =>
    key === null || descriptors.indexOf(key) < fd ? [] : [{ key, fd }]
  );
}

/** The container's cgroup stands for the one in the images: as the hierarchies count, and not from where they are mounted. */
function cgroupRoots(paths: Readonly<Record<string, string>>): { ctrl?: string; path: string }[] {
  return readLayout().hierarchies.flatMap((place) => {
    const directory = paths[hierarchyKey(place)];
    if (directory === undefined) return [];
    const root = place.root === "/" ? "" : place.root;
    const path = root + directory.slice(place.mountpoint === "/" ? 0 : place.mountpoint.length);
    // v2 has no name; what has none is meant wherever nothing else is.
    if (place.version === 2) return [{ path }];
    return hierarchyKey(place).split(",").map((ctrl) => ({ ctrl, path }));
  });
}

/** What CRIU tells on the way. */
function hear(c: Restoration, { script, fds }: Notification): void {
  log.debug(`CRIU: ${script}`);
  const [master] = fds;
  if (script !== "orphan-pts-master" || master === undefined) return;
  if (c.consoleSocket === undefined) {
    throw new Error("the container has a terminal, and process.terminal is not set");
  }
  const name = `/dev/pts/${peerNumber(master)}`;
  sendmsg(c.consoleSocket.fd, new TextEncoder().encode(name), [master.fd]);
  c.hasSentConsole = true;
}

/** ⇄2: up to the moment at which the processes stand there, and wait to go on. */
export function letCriuRestore(c: Restoration): void {
  c.criu!.waitFor("post-restore");
  if (c.plan.process.terminal && !c.hasSentConsole) {
    throw new Error("process.terminal: the container had no terminal when it was checkpointed");
  }
}

/** ⇄3: the processes run. */
export function letProcessesRun(c: Restoration): void {
  c.criu!.finish();
  stopCriu(c);
}

/** A restored container is a running one; all that a start would have to know is past. */
export function storeRunning(c: Restoration): void {
  const state: StoredState = { ...c.state, status: "running" };
  c.container.writeState(state);
  c.state = state;
}
