/**
 * Runs a piece of a test in a child with namespaces of its own, so that no mount of it is ever seen outside.
 *
 * @module
 */
import { CLONE, MS, O, SOCK } from "../../ffi/constants.ts";
import { fork } from "../../ffi/fork.ts";
import { mount } from "../../ffi/mount.ts";
import { memfd_create } from "../../ffi/memfd.ts";
import { open, readAll, writeString } from "../../ffi/open.ts";
import { exitCode, wait4 } from "../../ffi/process.ts";
import { recv, sendmsg, socketpair } from "../../ffi/socket.ts";

/** What else than a mount namespace the child gets, and what the parent does for it first. */
export interface Isolation {
  /** `CLONE_NEW*` beside CLONE_NEWNS. */
  readonly flags?: number;
  /** Runs in the parent once the child exists; the child waits for it. */
  readonly prepare?: (pid: number) => void;
}

/**
 * Runs `action` in a child with its own mount namespace, whose mounts do not propagate, and returns what it returned (as
 * JSON). What it throws is thrown here.
 */
export function isolated<T>(action: () => T, { flags = 0, prepare }: Isolation = {}): T {
  using result = memfd_create("result");
  const [ours, theirs] = socketpair(SOCK.SOCK_SEQPACKET);
  const child = fork({ flags: CLONE.CLONE_NEWNS + flags }, () => {
    let outcome: { value?: unknown; error?: string };
    try {
      ours.close();
      if (recv(theirs.fd, new Uint8Array(1)) === 0) {
        throw new Error("The parent could not prepare the child");
      }
      mount(null, "/", null, MS.MS_REC | MS.MS_PRIVATE);
      outcome = { value: action() };
    } catch (error) {
      outcome = { error: error instanceof Error ? error.stack ?? error.message : String(error) };
    }
    writeString(result.fd, JSON.stringify(outcome));
    return 0;
  });
  child.pidfd.close();
  theirs.close();
  try {
    prepare?.(child.pid);
    sendmsg(ours.fd, new Uint8Array(1));
  } finally {
    ours.close();
  }
  const exit = wait4(child.pid);
  if (exit === undefined || exitCode(exit) !== 0) {
    throw new Error(`The isolated child ended with ${JSON.stringify(exit)}`);
  }
  // Opened anew: the descriptor shares its offset with the child's.
  using file = open(`/proc/self/fd/${result.fd}`, O.O_RDONLY);
  const { value, error } = JSON.parse(new TextDecoder().decode(readAll(file.fd)));
  if (error !== undefined) throw new Error(error);
  return value;
}

/** One line of /proc/self/mountinfo. */
export interface MountInfo {
  /** Within the filesystem. */
  readonly root: string;
  readonly mountpoint: string;
  /** Sorted. */
  readonly options: readonly string[];
  /** `shared:1`, `master:2`, … */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

/** What a tmpfs tells of itself without being asked, on kernels that are configured so. */
const INODE_WIDTH = /^inode(?:32|64)$/;

/** The mounts at and below a path, in the order of the kernel. @see proc_pid_mountinfo(5) */
export function mountsBelow(path: string): MountInfo[] {
  return Deno.readTextFileSync("/proc/self/mountinfo").trimEnd().split("\n").map((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", mountpoint = "", options = "", ...propagation] = before.split(" ");
    const [type = "", source = "", superOptions = ""] = after.split(" ");
    return {
      root,
      mountpoint,
      options: options.split(",").sort(),
      propagation,
      type,
      source,
      superOptions: superOptions.split(",").filter((option) => !INODE_WIDTH.test(option)),
    };
  }).filter(({ mountpoint }) => mountpoint === path || mountpoint.startsWith(`${path}/`));
}

/** The topmost mount at exactly this path. */
export function mountAt(path: string): MountInfo | undefined {
  return mountsBelow(path).findLast(({ mountpoint }) => mountpoint === path);
}
