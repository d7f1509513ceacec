/**
 * Being in a cgroup for a moment.
 *
 * A cgroup namespace is rooted where the process that makes it is (cgroup_namespaces(7)), and init must not stay there: what
 * it still has to do takes more memory than the container may have. It goes in and out by descriptors that its parent has
 * opened: whether a move is allowed is decided by who opened the file (Linux 5.16, and all stable kernels of then), and
 * init may be a stranger in its user namespace.
 *
 * @module
 */
import type { OwnedFd } from "../../ffi/fd.ts";
import { writeString } from "../../ffi/open.ts";

/**
 * Does something inside.
 *
 * @param doors As {@linkcode Cgroup.openDoors} opened them: in and out by turns. They are closed.
 */
export function visit(doors: readonly OwnedFd[], action: () => void): void {
  const inwards = doors.filter((_, index) => index % 2 === 0);
  const outwards = doors.filter((_, index) => index % 2 === 1);
  // A rehearsal, where we are: what these lines need of memory for the first time is not to be the container's.
  goThrough(outwards);
  goThrough(inwards);
  action();
  goThrough(outwards);
  for (const door of doors) door.close();
}

function goThrough(doors: readonly OwnedFd[]): void {
  for (const door of doors) enter(door);
}

/** 0 is whoever writes, in every PID namespace. */
function enter(procs: OwnedFd): void {
  writeString(procs.fd, "0");
}
