/**
 * Where a user of the container is at home.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { O, RESOLVE, S } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { openat2, read } from "../ffi/open.ts";
import { statx } from "../ffi/stat.ts";

/** Arbitrary: an image may hold a file of any size; a home beyond this is not found. */
const MOST_READ = 1 << 20;

/** The sixth field of the user's line in the image's /etc/passwd, or "/". @see passwd(5) */
export function homeDirectory(root: OwnedFd, uid: number): string {
  for (const line of readPasswd(root).split("\n")) {
    const fields = line.split(":");
    if (fields[2] === String(uid) && fields[5]?.startsWith("/") === true) return fields[5];
  }
  return "/";
}

function readPasswd(root: OwnedFd): string {
  try {
    // Not blocking: the image may have put a FIFO there.
    const how = O.O_RDONLY | O.O_NONBLOCK | O.O_NOCTTY;
    using file = openat2(root.fd, "etc/passwd", how, RESOLVE.RESOLVE_IN_ROOT);
    if ((statx(file.fd).stx_mode & S.S_IFMT) !== S.S_IFREG) return "";
    const bytes = new Uint8Array(MOST_READ);
    let length = 0;
    for (let count = -1; count !== 0 && length < MOST_READ; length += count) {
      count = read(file.fd, bytes.subarray(length));
    }
    return new TextDecoder().decode(bytes.subarray(0, length));
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENOTDIR, E.EACCES, E.ELOOP)) return "";
    throw error;
  }
}
