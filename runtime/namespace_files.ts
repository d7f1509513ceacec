/**
 * Where a namespace that somebody may still keep alive can be opened.
 *
 * @module
 */

/** Where to look first. */
export interface Whereabouts {
  /** A file that led there. */
  readonly path?: string | undefined;
  /** A process that was in there; 0 for none. */
  readonly pid: number;
}

/**
 * Files that may be the namespace with this inode; nobody has it any more when none is. The kernel gives inodes away again, so
 * what is opened is to be compared.
 *
 * @param kind Its name in /proc/PID/ns. @see namespaces(7)
 */
export function* namespaceFiles(
  kind: "mnt" | "net",
  inode: bigint | number | string,
  { path, pid }: Whereabouts,
): Generator<string> {
  if (pid !== 0) yield `/proc/${pid}/ns/${kind}`;
  if (path !== undefined) yield path;
  const name = `${kind}:[${inode}]`;
  // Processes that were started in there, by a hook for one.
  for (const { name: entry } of Deno.readDirSync("/proc")) {
    const link = `/proc/${entry}/ns/${kind}`;
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
