/**
 * Looking for a network namespace that somebody may still keep alive.
 *
 * @module
 */
import { open } from "../../ffi/open.ts";
import { isSameNamespace, type NamespaceIdentity, NetNamespace } from "./net_namespace.ts";

/** Where to look first. */
export interface Whereabouts {
  /** A file that led there. */
  readonly path?: string | undefined;
  /** A process that was in there; 0 for none. */
  readonly pid: number;
}

/** Opens the namespace; undefined if nobody has it any more, so that the kernel has done away with it. */
export function findNamespace(
  identity: NamespaceIdentity,
  whereabouts: Whereabouts,
): NetNamespace | undefined {
  for (const path of candidates(identity, whereabouts)) {
    const namespace = openIfAny(path);
    if (namespace === undefined) continue;
    if (isSameNamespace(namespace.identity(), identity)) return namespace;
    namespace[Symbol.dispose]();
  }
  return undefined;
}

function* candidates(
  { inode }: NamespaceIdentity,
  { path, pid }: Whereabouts,
): Generator<string> {
  if (pid !== 0) yield `/proc/${pid}/ns/net`;
  if (path !== undefined) yield path;
  const name = `net:[${inode}]`;
  // Processes that were started in there, by a hook for one.
  for (const { name: entry } of Deno.readDirSync("/proc")) {
    const link = `/proc/${entry}/ns/net`;
    if (/^\d+$/.test(entry) && readLink(link) === name) yield link;
  }
  // Files that it is bound to: ip-netns(8).
  for (const line of Deno.readTextFileSync("/proc/self/mountinfo").split("\n")) {
    const [, , , root, mountpoint] = line.split(" ");
    if (root === name && mountpoint !== undefined) yield unescape(mountpoint);
  }
}

/** @see proc_pid_mountinfo(5) */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8)));
}

function readLink(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    // It has ended, or is somebody else's.
    return undefined;
  }
}

/** What is gone or forbidden, or no network namespace any more, is not the one. */
function openIfAny(path: string): NetNamespace | undefined {
  try {
    using fd = open(path, 0);
    return NetNamespace.of(fd);
  } catch {
    return undefined;
  }
}
