/**
 * `tmpcopyup`: a tmpfs that starts with what the image has at its place.
 *
 * @module
 */
import { O, RESOLVE, S } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mkdirat, mknodat, readlinkat, symlinkat } from "../../ffi/directory.ts";
import { openat2, read, write } from "../../ffi/open.ts";
import { chmodPath, fchownat, type Stat, statx } from "../../ffi/stat.ts";
import type { FsParameter } from "../plan/mount_options.ts";
import { withoutUmask } from "../root_path.ts";

/** Every step goes by one name below an open directory: nothing that the image changes meanwhile leads elsewhere. */
const ONE_NAME = RESOLVE.RESOLVE_BENEATH | RESOLVE.RESOLVE_NO_SYMLINKS;

/**
 * Copies the tree of a directory into a detached tmpfs: contents, modes and owners; not times, extended attributes and
 * hard links. The tmpfs' own root looks like the directory too, as far as `data` does not say otherwise.
 */
export function copyUp(from: OwnedFd, to: OwnedFd, data: readonly FsParameter[]): void {
  using source = openat2(from.fd, ".", O.O_RDONLY | O.O_DIRECTORY, RESOLVE.RESOLVE_BENEATH);
  const stat = statx(source.fd);
  const said = new Set(data.map(([key]) => key));
  if (!said.has("uid") && !said.has("gid")) fchownat(to.fd, "", stat.stx_uid, stat.stx_gid);
  if (!said.has("mode")) chmodPath(to.fd, stat.stx_mode & 0o7777);
  withoutUmask(() => copyEntries(source, to));
}

function copyEntries(from: OwnedFd, to: OwnedFd): void {
  for (const { name } of Deno.readDirSync(`/proc/self/fd/${from.fd}`)) {
    using entry = openat2(from.fd, name, O.O_PATH | O.O_NOFOLLOW, RESOLVE.RESOLVE_BENEATH);
    const stat = statx(entry.fd);
    copyEntry(from, to, name, stat);
    fchownat(to.fd, name, stat.stx_uid, stat.stx_gid);
    // chown(2) takes the set-user-ID bit away; a link has no mode of its own.
    if ((stat.stx_mode & S.S_IFMT) === S.S_IFLNK) continue;
    using copy = openat2(to.fd, name, O.O_PATH | O.O_NOFOLLOW, ONE_NAME);
    chmodPath(copy.fd, stat.stx_mode & 0o7777);
  }
}

function copyEntry(from: OwnedFd, to: OwnedFd, name: string, stat: Stat): void {
  switch (stat.stx_mode & S.S_IFMT) {
    case S.S_IFDIR: {
      mkdirat(to.fd, name, 0o700);
      const how = O.O_RDONLY | O.O_DIRECTORY | O.O_NOFOLLOW;
      using source = openat2(from.fd, name, how, ONE_NAME);
      using copy = openat2(to.fd, name, how, ONE_NAME);
      return copyEntries(source, copy);
    }
    case S.S_IFREG:
      return copyFile(from, to, name);
    case S.S_IFLNK:
      return symlinkat(readlinkat(from.fd, name), to.fd, name);
    default:
      // Devices, FIFOs and sockets.
      return mknodat(to.fd, name, stat.stx_mode, stat.stx_rdev_major, stat.stx_rdev_minor);
  }
}

function copyFile(from: OwnedFd, to: OwnedFd, name: string): void {
  using source = openat2(from.fd, name, O.O_RDONLY | O.O_NOFOLLOW | O.O_NONBLOCK, ONE_NAME);
  const how = O.O_WRONLY | O.O_CREAT | O.O_EXCL | O.O_NOFOLLOW;
  using copy = openat2(to.fd, name, how, ONE_NAME, 0o600);
  const buffer = new Uint8Array(1 << 16);
  for (let count = read(source.fd, buffer); count > 0; count = read(source.fd, buffer)) {
    write(copy.fd, buffer.subarray(0, count));
  }
}
