/**
 * What is remembered of a container: `<root>/<id>/`, one directory each.
 *
 * - `state.json`: {@linkcode StoredState}, replaced atomically;
 * - `config.json`: the bundle's, as it was at create (later edits MUST NOT affect the container, runtime.md#runtimeLifecycle);
 * - `net_devices.json`: while `create` goes on, how to give network devices back;
 * - `notify/notify.sock`: where the container says that it is ready, if anybody wants to hear it;
 * - `start.sock`: init listens there until it is started, so it exists exactly while the status is `created`.
 *
 * The directory itself is the lock (flock): it is there from the first moment to the last.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { AT, AT_FDCWD, O } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { mkdirat, renameat, unlinkat } from "../ffi/directory.ts";
import { lockExclusive, unlock } from "../ffi/lock.ts";
import { open, openat, readAll, write } from "../ffi/open.ts";
import { sameFile, statx } from "../ffi/stat.ts";
import { type State, stateFault } from "../spec/state.ts";
import type { TapeLabel } from "../ffi/tape/tape.ts";
import { assertContainerId } from "./container_id.ts";
import type { SavedCgroup } from "./cgroup/manager.ts";
import type { SavedUnit } from "./cgroup/systemd_unit.ts";
import type { GuestRoot } from "./guest_root.ts";
import type { SavedIntelRdt } from "./intel_rdt.ts";

/** The name of the socket that init listens on until it is started. */
export const START_SOCKET = "start.sock";

const NET_DEVICES = "net_devices.json";

/** `state.json`: the spec's state and what the later commands need. */
export interface StoredState extends State {
  /** The form of this file; another number is another form. */
  readonly version: 1;
  /** The absolute path of the container's root. */
  readonly rootfs: string;
  /** When it was created: RFC 3339 with nanoseconds, UTC. */
  readonly created: string;
  /** Who created it. */
  readonly ownerUid: number;
  /** Start time of init in clock ticks: with the pid its identity. 0 until init exists. */
  readonly startTime: number;
  /** Whether init has a PID namespace of its own, which dies with it. */
  readonly ownPidNamespace: boolean;
  /** The cgroups of the container and which of them are ours to remove. */
  readonly cgroup?: SavedCgroup;
  /** The unit of systemd that is ours to stop. */
  readonly systemd?: SavedUnit;
  /** The container's place in resctrl, and what of it is ours to remove. */
  readonly intelRdt?: SavedIntelRdt;
  /** The root in a mount namespace that was joined, where it has to be taken away again. */
  readonly guestRoot?: GuestRoot;
  /** What stdin, stdout and stderr are, by the names that `checkpoint` has for them; null where it needs none. */
  readonly descriptors?: readonly (string | null)[];
  /** Whether the container was to keep the caller's session keyring: then so does `exec`. */
  readonly noNewKeyring?: boolean;
  /** The end of init's tape, from accept on: what `start` reads a report by. */
  readonly tape?: { readonly first: number; readonly labels: readonly TapeLabel[] };
}

/** Open while a command works on a container. */
export class Container implements Disposable {
  readonly root: string;
  readonly id: string;
  readonly directory: OwnedFd;

  private constructor(root: string, id: string, directory: OwnedFd) {
    this.root = root;
    this.id = id;
    this.directory = directory;
  }

  [Symbol.dispose](): void {
    this.directory.close();
  }

  /** Reserves the ID: makes the directory, and holds its lock. */
  static create(root: string, id: string): Container {
    assertContainerId(id);
    Deno.mkdirSync(root, { recursive: true, mode: 0o700 });
    using parent = open(root, O.O_RDONLY | O.O_DIRECTORY);
    try {
      mkdirat(parent.fd, id, 0o711);
    } catch (error) {
      if (!isErrno(error, E.EEXIST)) throw error;
      throw new Error(`Cannot use the ID "${id}": container with given ID already exists`, {
        cause: error,
      });
    }
    const directory = openat(parent.fd, id, O.O_RDONLY | O.O_DIRECTORY | O.O_NOFOLLOW);
    lockExclusive(directory.fd);
    return new Container(root, id, directory);
  }

  /** Opens a container that exists. */
  static open(root: string, id: string): Container {
    assertContainerId(id);
    try {
      const how = O.O_RDONLY | O.O_DIRECTORY | O.O_NOFOLLOW;
      return new Container(root, id, openat(AT_FDCWD, `${root}/${id}`, how));
    } catch (error) {
      if (!isErrno(error, E.ENOENT, E.ENOTDIR)) throw error;
      throw new DoesNotExist(id, error);
    }
  }

  /** Opens a container and waits until no other command works on it. */
  static openLocked(root: string, id: string): Container {
    for (;;) {
      const container = Container.open(root, id);
      lockExclusive(container.directory.fd);
      // While we waited it may have been deleted, and even made anew: then the lock is on a directory without a name.
      using current = Container.open(root, id);
      if (sameFile(statx(container.directory.fd), statx(current.directory.fd))) return container;
      container.close();
    }
  }

  /** The same, where a container that is gone is no error. */
  static openLockedIfAny(root: string, id: string): Container | undefined {
    try {
      return Container.openLocked(root, id);
    } catch (error) {
      if (error instanceof DoesNotExist) return undefined;
      throw error;
    }
  }

  /** Lets others work on the container, and keeps the directory. */
  unlock(): void {
    unlock(this.directory.fd);
  }

  /** Whether it has not been removed. */
  exists(): boolean {
    return statx(this.directory.fd).stx_nlink > 0;
  }

  /** Lets go of the directory, and so of the lock. */
  close(): void {
    this.directory.close();
  }

  /** Reads `state.json`; undefined while there is none yet. */
  readStateIfAny(): StoredState | undefined {
    const text = this.#read("state.json");
    if (text === undefined) return undefined;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw this.#broken(error instanceof Error ? error.message : String(error));
    }
    const fault = storedStateFault(value);
    if (fault !== undefined) throw this.#broken(fault);
    return value as StoredState;
  }

  /** Reads `state.json`. A container that is not even half made does not exist for other commands. */
  readState(): StoredState {
    const state = this.readStateIfAny();
    if (state === undefined) throw new DoesNotExist(this.id);
    return state;
  }

  /** Replaces `state.json`: a reader sees the old one or the new one, also after a crash. */
  writeState(state: StoredState): void {
    this.#replace("state.json", JSON.stringify(state));
  }

  /** Keeps the configuration as it is now. */
  writeConfig(text: string): void {
    this.#replace("config.json", text);
  }

  /** The configuration as it was at create. */
  readConfig(): string {
    const text = this.#read("config.json");
    if (text === undefined) throw new DoesNotExist(this.id);
    return text;
  }

  /** Keeps what a later command needs to give network devices back, should `create` be killed: net/journal.ts. */
  writeNetDevices(journal: string): void {
    this.#replace(NET_DEVICES, journal);
  }

  /** The journal, as long as it holds. */
  readNetDevicesIfAny(): string | undefined {
    return this.#read(NET_DEVICES);
  }

  /** The devices are the container's now, or on the host again. */
  removeNetDevices(): void {
    try {
      unlinkat(this.directory.fd, NET_DEVICES);
    } catch (error) {
      if (!isErrno(error, E.ENOENT)) throw error;
    }
  }

  /** A path to a file of the directory that stays short (a socket's may have 107 bytes) and follows the open directory. */
  path(name: string): string {
    return `/proc/self/fd/${this.directory.fd}/${name}`;
  }

  /** Whether init still listens for `start`. */
  isWaiting(): boolean {
    try {
      statx(this.directory.fd, START_SOCKET, AT.AT_SYMLINK_NOFOLLOW);
      return true;
    } catch (error) {
      if (isErrno(error, E.ENOENT)) return false;
      throw error;
    }
  }

  /** Removes the start socket: from now on the container is not `created` any more. */
  stopWaiting(): void {
    unlinkat(this.directory.fd, START_SOCKET);
  }

  /** Removes everything; the ID is free again. */
  remove(): void {
    for (const { name, isDirectory } of [...Deno.readDirSync(this.path(""))]) {
      // Whatever the container may have put there: links are not followed.
      if (isDirectory) Deno.removeSync(this.path(name), { recursive: true });
      else unlinkat(this.directory.fd, name);
    }
    using parent = open(this.root, O.O_RDONLY | O.O_DIRECTORY);
    unlinkat(parent.fd, this.id, AT.AT_REMOVEDIR);
  }

  #read(name: string): string | undefined {
    try {
      using file = openat(this.directory.fd, name, O.O_RDONLY | O.O_NOFOLLOW);
      return new TextDecoder().decode(readAll(file.fd));
    } catch (error) {
      if (isErrno(error, E.ENOENT)) return undefined;
      throw error;
    }
  }

  // Without fsync(2): after a power failure nothing is left of a container but this directory, and `delete --force` takes
  // a broken one as well. On a root that is no tmpfs it would be the slowest part of create.
  #replace(name: string, text: string): void {
    const temporary = `.${name}.new`;
    {
      const how = O.O_WRONLY | O.O_CREAT | O.O_TRUNC | O.O_NOFOLLOW;
      using file = openat(this.directory.fd, temporary, how, 0o600);
      write(file.fd, new TextEncoder().encode(text));
    }
    renameat(this.directory.fd, temporary, this.directory.fd, name);
  }

  #broken(why: string): BrokenState {
    return new BrokenState(`Cannot read the state of container "${this.id}": state.json: ${why}`);
  }
}

/** `state.json` does not say what it should: it was cut off by a crash, or is another program's. */
export class BrokenState extends Error {
  override readonly name = "BrokenState";
}

/** There is no such container. The words are those that clients look for. */
export class DoesNotExist extends Error {
  override readonly name = "DoesNotExist";
  constructor(id: string, cause?: unknown) {
    super(`Cannot open container "${id}": container does not exist`, { cause });
  }
}

function storedStateFault(value: unknown): string | undefined {
  const fault = stateFault(value);
  if (fault !== undefined) return fault;
  const state = value as Partial<Record<keyof StoredState, unknown>>;
  if (state.version !== 1) return `version: expected 1, got ${JSON.stringify(state.version)}`;
  for (const key of ["rootfs", "created"] as const) {
    if (typeof state[key] !== "string") return `${key}: expected string`;
  }
  for (const key of ["startTime", "ownerUid", "pid"] as const) {
    if (typeof state[key] !== "number") return `${key}: expected number`;
  }
  return typeof state.ownPidNamespace === "boolean"
    ? undefined
    : "ownPidNamespace: expected boolean";
}
