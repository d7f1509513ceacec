/**
 * The way to somebody who waits for a descriptor: at a console socket, a pidfd socket, a seccomp listener.
 *
 * @module
 */
import { O, SOCK } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { open } from "../ffi/open.ts";
import { connectUnix, socket } from "../ffi/socket.ts";

/** Connects to a stream socket of the host. */
export function connectToPath(path: string): OwnedFd {
  const connection = socket(SOCK.AF_UNIX, SOCK.SOCK_STREAM);
  // Through an open directory: the caller's path may be longer than the 107 bytes of sun_path.
  const slash = path.lastIndexOf("/");
  using directory = open(path.slice(0, slash + 1) || ".", O.O_PATH | O.O_DIRECTORY);
  connectUnix(connection.fd, `/proc/self/fd/${directory.fd}/${path.slice(slash + 1)}`);
  return connection;
}
