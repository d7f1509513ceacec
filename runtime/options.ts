/**
 * What the operations take: the command line's flags in the terms of `runtime/`.
 *
 * @module
 */
import type { Resources } from "../spec/schema/resources.ts";
import type { ContainerStatus } from "../spec/state.ts";
import type { ProcessChanges } from "./plan/exec_process.ts";

/** Which container, and in which state directory. */
export interface ContainerRef {
  /** The absolute path of the directory that holds one directory a container. */
  readonly root: string;
  /** The container's ID, unchecked. */
  readonly id: string;
}

/** Whether failing to use cgroups is an error: decided by the caller, or by who runs us. */
export type Rootless = "auto" | "true" | "false";

/** Who makes the container's cgroup: we do, systemd does, or nobody. */
export type CgroupManager = "cgroupfs" | "systemd" | "disabled";

/** What `create` takes. */
export interface CreateOptions extends ContainerRef {
  /** The absolute path of the bundle, without links if it exists. */
  readonly bundle: string;
  /** An AF_UNIX socket that receives the terminal's descriptor; absolute. */
  readonly consoleSocket?: string;
  /** An AF_UNIX socket that receives the pidfd of init; absolute. */
  readonly pidfdSocket?: string;
  /** The absolute path of the file that receives the pid of init, without a newline. */
  readonly pidFile?: string;
  /** MS_MOVE and chroot instead of pivot_root, for a root on a ramdisk. */
  readonly noPivot: boolean;
  /** Keeps the caller's session keyring. */
  readonly noNewKeyring: boolean;
  /** How many descriptors above stdio a service manager has opened for the container. */
  readonly listenFds: number;
  /** How many descriptors above those the container gets. */
  readonly preserveFds: number;
  /** Where a service manager waits to hear that the container is ready: a path, or "@" and an abstract name. */
  readonly notifySocket?: string;
  /**
   * Who makes the cgroup. With `systemd`, `cgroupsPath` is `slice:prefix:name`; with `disabled` the container stays in the
   * caller's own cgroup, which is the caller's to manage.
   */
  readonly cgroupManager: CgroupManager;
  /** What to do where cgroups are not ours to write. */
  readonly rootless: Rootless;
  /** Whether debug lines are wanted, from init as well. */
  readonly debug: boolean;
}

/** What `run` takes. */
export interface RunOptions extends CreateOptions {
  /** Returns as soon as the program runs. */
  readonly detach: boolean;
  /** Leaves the container's state when its program has ended. */
  readonly keep: boolean;
  /** Does not become the subreaper of what the container leaves behind. */
  readonly noSubreaper: boolean;
}

/** What `exec` takes. */
export interface ExecOptions extends ContainerRef {
  /** The process: whole, as JSON in a file ("-" is stdin), or the container's own with changes. */
  readonly process: { readonly file: string } | ProcessChanges;
  /** Returns as soon as the program runs. */
  readonly detach: boolean;
  /** An AF_UNIX socket that receives the terminal's descriptor; absolute. */
  readonly consoleSocket?: string;
  /** An AF_UNIX socket that receives the pidfd of the process; absolute. */
  readonly pidfdSocket?: string;
  /** The absolute path of the file that receives the pid of the process, without a newline. */
  readonly pidFile?: string;
  /** How many descriptors above stdio a service manager has opened for the program. */
  readonly listenFds: number;
  /** How many descriptors above those the program gets. */
  readonly preserveFds: number;
  /** Cgroups below the container's, for all hierarchies or for those of some controllers. */
  readonly cgroups: readonly SubCgroup[];
  /** Does not mind a paused container; the program then runs when the container is resumed. */
  readonly ignorePaused: boolean;
  /** What to do where cgroups are not ours to write. */
  readonly rootless: Rootless;
}

/** A cgroup below the container's. */
export interface SubCgroup {
  /** Whose hierarchies it is in; absent, all. */
  readonly controllers?: readonly string[];
  /** From the container's cgroup, which "/" stands for. */
  readonly path: string;
}

/** What `kill` takes. */
export interface KillOptions extends ContainerRef {
  /** The signal's number. */
  readonly signal: number;
  /** Signals every process of the container, and does not mind a stopped one. */
  readonly all: boolean;
}

/** What `delete` takes. */
export interface DeleteOptions extends ContainerRef {
  /** Kills what still runs, and does not mind a missing container. */
  readonly force: boolean;
}

/** What `update` takes. */
export interface UpdateOptions extends ContainerRef {
  /** What is to hold from now on; what is left out stays as it is. */
  readonly resources: Resources;
  /** The share of the L3 cache (Intel RDT). */
  readonly l3CacheSchema?: string;
  /** The share of the memory bandwidth (Intel RDT). */
  readonly memBwSchema?: string;
}

/** What `events` takes. */
export interface EventsOptions extends ContainerRef {
  /** Milliseconds between two reports. */
  readonly interval: number;
  /** Takes each line, with its newline. */
  readonly print: (line: string) => void;
}

/** What `list` takes. */
export interface ListOptions {
  /** The absolute path of the directory that holds one directory a container. */
  readonly root: string;
  /** Whether the caller left it to us; if so a missing one is an empty list. */
  readonly rootIsDefault: boolean;
}

/** What `spec` takes. */
export interface SpecOptions {
  /** The directory that gets the config.json; absolute. */
  readonly bundle: string;
  /** For a caller without privileges: a user namespace, and no cgroup. */
  readonly rootless: boolean;
}

/** A container as `state` and `list` print it: the spec's state and what runtimes add. Keys in printing order. */
export interface ContainerState {
  /** The runtime-spec version of the state. */
  readonly ociVersion: string;
  /** The container's ID. */
  readonly id: string;
  /** The pid of init in the runtime's namespace; 0 when stopped. */
  readonly pid: number;
  /** Where in its life the container is. */
  readonly status: ContainerStatus;
  /** The absolute path of the bundle. */
  readonly bundle: string;
  /** The absolute path of the root filesystem. */
  readonly rootfs: string;
  /** When it was created (RFC 3339 with fractions, UTC). */
  readonly created: string;
  /** The config's annotations; absent when there are none. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The name of the state's owner, or `#uid`; empty but in `list`. */
  readonly owner: string;
}
