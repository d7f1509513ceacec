/**
 * The one-value files of proc and sysfs, hundreds of them at a time.
 *
 * @module
 */
import { AT_FDCWD, O } from "./constants.ts";
import { retry } from "./check.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/** A page: the kernel formats no value of these files longer than that. */
const SIZE = 4096;

const decoder = new TextDecoder();

/**
 * Reads a file of at most 4096 bytes with one read(2), without the newline at its end; undefined if
 * that fails. Files of proc may be write-only, or have no value yet, and nobody wants to know why.
 */
export function readSmallFile(path: string): string | undefined {
  using m = scratch();
  const name = m.cstring(path);
  const buffer = m.zeros(SIZE);
  const fd = retry(() => syscall(NR.openat, AT_FDCWD, name, O.O_RDONLY | O.O_CLOEXEC, 0));
  if (fd < 0) return undefined;
  const length = retry(() => syscall(NR.read, fd, buffer, SIZE));
  syscall(NR.close, fd);
  return length < 0 ? undefined : decoder.decode(m.u8(buffer, length)).replace(/\n$/, "");
}
