/**
 * Files that exist in memory alone.
 *
 * @module
 */
import { check, isErrno } from "./check.ts";
import { E, Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

const MFD_CLOEXEC = 1;

const MFD_ALLOW_SEALING = 2;

const MFD_EXEC = 0x10;

/** `int memfd_create(const char *name, unsigned int flags);` @see memfd_create(2) */
export function memfd_create(name: string, how = 0): OwnedFd {
  using m = scratch();
  const fd = syscall(NR.memfd_create, m.cstring(name), MFD_CLOEXEC | MFD_ALLOW_SEALING | how);
  return new OwnedFd(check(fd, "memfd_create", name), `memfd:${name}`);
}

/** A memfd that may be executed: said aloud, so that `vm.memfd_noexec=1` (Linux 6.3) leaves it so. */
export function memfd_create_exec(name: string): OwnedFd {
  try {
    return memfd_create(name, MFD_EXEC);
  } catch (error) {
    // Before 6.3 there is no such flag, and every memfd may be executed.
    if (isErrno(error, E.EINVAL)) return memfd_create(name);
    throw error;
  }
}

const F_ADD_SEALS = 1033;

/** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE. */
const ALL_SEALS = 1 | 2 | 4 | 8;

/** Seals a memfd: nobody changes its content from now on, through whatever descriptor. @see fcntl(2) */
export function seal(fd: number): void {
  check(syscall(NR.fcntl, fd, F_ADD_SEALS, ALL_SEALS), "fcntl", fd, new Printed("F_ADD_SEALS"));
}
