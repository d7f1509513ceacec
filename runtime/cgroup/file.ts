/**
 * The files of a cgroup: small texts, read and written whole.
 *
 * By name and not by descriptor: cgroup filesystems have no links, and only the runtime writes to their upper levels.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, O } from "../../ffi/constants.ts";
import { E, Printed, SyscallError } from "../../ffi/errno.ts";
import { syscall } from "../../ffi/libc.ts";
import { scratch } from "../../ffi/memory.ts";
import { NR } from "../../ffi/numbers.ts";
import { open, readAll, writeString } from "../../ffi/open.ts";

/** Reads a file of a cgroup, without the last newline. Throws when it cannot be read. */
export function readCgroupFile(directory: string, name: string): string {
  const path = `${directory}/${name}`;
  using file = open(path, O.O_RDONLY);
  return new TextDecoder().decode(readAll(file.fd)).trimEnd();
}

/** Reads a file of a cgroup that not every kernel has, nor every cgroup. */
export function readCgroupFileIfAny(directory: string, name: string): string | undefined {
  try {
    return readCgroupFile(directory, name);
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENODEV)) return undefined;
    throw error;
  }
}

/** Writes a file of a cgroup in one call; the error names the file, the value and what the kernel made of it. */
export function writeCgroupFile(directory: string, name: string, value: string): void {
  using file = open(`${directory}/${name}`, O.O_WRONLY);
  try {
    writeString(file.fd, value);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new SyscallError("write", [new Printed(String(file)), value], error.errno);
  }
}

/** Says in words why a write to `cgroup.procs` was refused, where the errno does not tell. */
export function explainRefusal(action: string, error: unknown): unknown {
  const why = isErrno(error, E.EBUSY)
    ? "It hands controllers to its sub-cgroups (cgroup.subtree_control)"
    : isErrno(error, E.EOPNOTSUPP)
    ? "It is part of a threaded one (cgroup.type)"
    : isErrno(error, E.ENOSPC)
    ? "It has no processors or no memory nodes (cpuset.cpus, cpuset.mems)"
    : undefined;
  if (why === undefined) return error;
  return new Error(`Cannot ${action}: ${why}, so it may hold no process itself`, { cause: error });
}

/** Writes a file of a cgroup that not every kernel has, and of a cgroup that may vanish: systemd removes an empty one at once. */
export function writeCgroupFileIfAny(directory: string, name: string, value: string): boolean {
  try {
    writeCgroupFile(directory, name, value);
    return true;
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENODEV)) return false;
    throw error;
  }
}

/** Whether there is a cgroup (or anything else) of that name. Asked for every hierarchy, mostly in vain: so it does not throw. */
export function isThere(path: string): boolean {
  using m = scratch();
  const result = syscall(NR.statx, AT_FDCWD, m.cstring(path), 0, 0, m.zeros(256));
  if (result >= 0) return true;
  if (result === -E.ENOENT) return false;
  throw new SyscallError("statx", [new Printed("AT_FDCWD"), path], -result);
}
