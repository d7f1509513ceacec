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
import { explainRefusal } from "./file.ts";

/**
 * Does something inside.
 *
 * @param doors As {@linkcode Cgroup.openDoors} opened them: in and out by turns. They are closed.
 */
export function visit(doors: readonly OwnedFd[], action: () => void): void {
  doors.forEach((door, index) => index % 2 === 0 && enter(door));
  action();
  doors.forEach((door, index) => index % 2 === 1 && enter(door));
  for (const door of doors) door.close();
}

/** 0 is whoever writes, in every PID namespace. */
function enter(procs: OwnedFd): void {
  try {
    writeString(procs.fd, "0");
  } catch (error) {
    throw explainRefusal("go into the container's cgroup", error);
  }
}
