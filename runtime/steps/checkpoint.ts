/**
 * Steps of `checkpoint`.
 *
 * @module
 */
import { geteuid } from "../../ffi/process.ts";
import { parseJson } from "../../spec/json.ts";
import type { Config } from "../../spec/schema/config.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { openDirectory, remember } from "../criu/image.ts";
import { CRIU, type CriuOptions } from "../criu/messages.ts";
import { type CheckpointOptions, commonOptions, FIRST_OTHER_FD } from "../criu/options.ts";
import { CriuSession } from "../criu/session.ts";
import { destroy } from "../destroy.ts";
import * as log from "../log.ts";
import { hasNotifyDirectory, withNotifySocket } from "../notify_socket.ts";
import type { ExternalMount } from "../plan/external_mounts.ts";
import { externalNamespaces } from "../plan/external_namespaces.ts";
import { type Plan, planContainer } from "../plan/plan.ts";
import { currentStatus, StatusError } from "../status.ts";
import type { Container, StoredState } from "../store.ts";
import { inUserNamespace } from "../user_namespace.ts";
import { findExternalMounts, namespaceInode } from "./checkpoint_externals.ts";

/** What the steps of `checkpoint` work on. */
export interface Checkpoint {
  readonly options: CheckpointOptions;
  readonly container: Container;
  /** "check that the container runs" */
  state: StoredState;
  /** "read the configuration" */
  plan: Plan;
  /** "look for what is the host's" */
  mounts: readonly ExternalMount[];
  namespaces: readonly string[];
  /** "open the directories" */
  images: OwnedFd;
  work: OwnedFd;
  /** "start CRIU" */
  criu: CriuSession;
}

/** The name of CRIU's log. */
const LOG = "dump.log";

/** CRIU looks into every corner of a process. */
export function checkPrivileges(): void {
  if (geteuid() === 0 && !inUserNamespace()) return;
  throw new Error("CRIU needs root of the host, in the initial user namespace");
}

/** One that was not started has no program yet: what waits in its place are a few lines of ours, bound to this machine. */
export function checkRuns(c: Checkpoint): void {
  c.state = c.container.readState();
  const status: string = currentStatus(c.container, c.state);
  if (status === "running" || status === "paused") return;
  const why = status === "stopped"
    ? "container not running"
    : `cannot checkpoint a container in the ${status} state`;
  throw new StatusError(why, currentStatus(c.container, c.state));
}

/** As it was at create. */
export function readConfiguration(c: Checkpoint): void {
  const { container, state, options } = c;
  const stored = parseJson(container.readConfig()) as Config;
  const config = hasNotifyDirectory(container)
    ? withNotifySocket(stored, options.root, options.id)
    : stored;
  c.plan = planContainer(config, state.bundle);
  if (c.plan.netDevices.length > 0 && c.plan.namespaces.fresh.has("network")) {
    throw new Error(
      "linux.netDevices: CRIU cannot restore a network device that was moved into the container",
    );
  }
}

/** The parts of the container that the images only refer to. */
export function findExternals(c: Checkpoint): void {
  c.mounts = findExternalMounts(c.plan, c.state);
  c.namespaces = externalNamespaces(
    c.plan.namespaces,
    (name) => namespaceInode(c.state.pid ?? 0, name),
  );
  for (const { mountpoint } of c.mounts) log.debug(`external mount: ${mountpoint}`);
}

/** Makes them where they are missing. What is in them stays if the checkpoint fails: the log is wanted then. */
export function openDirectories(c: Checkpoint): void {
  const { imagePath, workPath, parentPath } = c.options;
  c.images = openDirectory(imagePath, "make");
  c.work = openDirectory(workPath, "make");
  if (parentPath === undefined) return;
  // CRIU takes a parent that is not there for none.
  try {
    using _parent = openDirectory(`${imagePath}/${parentPath}`, "existing");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`--parent-path: ${why}`, { cause: error });
  }
}

/** Before the dump: an image without it could not be restored. */
export function rememberExternals(c: Checkpoint): void {
  remember(c.images, { descriptors: c.state.descriptors ?? [], mounts: c.mounts });
}

/** Starts the program. */
export function startCriu(c: Checkpoint): void {
  const { statusFd } = c.options;
  const status = statusFd === undefined ? [] : [{ fd: statusFd }];
  c.criu = CriuSession.start("none", () => [c.images, c.work, ...status]);
}

/** The dump. When it has failed the container goes on: CRIU sees to that. */
export function dump(c: Checkpoint): void {
  const { options } = c;
  c.criu.begin({
    type: options.preDump ? CRIU.PRE_DUMP : CRIU.DUMP,
    options: dumpOptions(c),
    log: `${options.workPath}/${LOG}`,
    listen: ({ script }) => log.debug(`CRIU: ${script}`),
  });
  c.criu.finish();
}

function dumpOptions(c: Checkpoint): CriuOptions {
  const { options, state } = c;
  const freezer = freezerDirectory(state);
  return {
    ...commonOptions(options, LOG),
    pid: state.pid ?? 0,
    root: state.rootfs,
    leave_running: options.leaveRunning || options.preDump,
    tcp_skip_in_flight: options.tcpSkipInFlight,
    link_remap: options.linkRemap,
    external: [
      ...c.namespaces,
      ...c.mounts.map(({ mountpoint }) => `mnt[${mountpoint}]:${mountpoint}`),
      ...(state.descriptors ?? []).flatMap(externalDescriptor),
    ],
    // A later dump has to know which pages have changed since this one.
    ...(options.preDump || options.parentPath !== undefined ? { track_mem: true } : {}),
    ...(options.parentPath === undefined ? {} : { parent_img: options.parentPath }),
    ...(options.pageServer === undefined ? {} : { ps: options.pageServer }),
    ...(options.statusFd === undefined ? {} : { status_fd: FIRST_OTHER_FD }),
    ...(freezer === undefined ? {} : { freeze_cgroup: freezer }),
  };
}

/** Pipes are dumped as any other, and replaced at restore; of files and sockets CRIU wants to know before. */
function externalDescriptor(name: string | null): string[] {
  if (name === null || name.startsWith("pipe:")) return [];
  return [name.replace(/^socket:/, "unix")];
}

/** By the freezer the processes stand still at once, also those that fork. */
function freezerDirectory({ cgroup }: StoredState): string | undefined {
  const paths = cgroup?.paths ?? {};
  const v1 = Object.keys(paths).find((key) => key.split(",").includes("freezer"));
  return v1 === undefined ? paths[""] : paths[v1];
}

/** The processes are gone, and go on as the images; the rest of the container is of no use to anybody. */
export function destroyDumped(c: Checkpoint): void {
  destroy(c.container, c.state, log.warn);
}

/** Lets go of everything. */
export function closeCheckpoint({ images, work, criu }: Checkpoint): void {
  criu?.[Symbol.dispose]();
  images?.close();
  work?.close();
}
