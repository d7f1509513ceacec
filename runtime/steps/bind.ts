/**
 * Bind mounts: a detached copy of a mount of the host's.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, MS } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mountSetattr, openTreeClone } from "../../ffi/mount.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { quote } from "../quote.ts";
import { IdMaps } from "./idmap.ts";

/**
 * Makes the detached copy, with its ID mapping if it is to have one.
 *
 * @param prepared Consumed: the copy itself if it is to be mapped, else the place to copy.
 */
export function makeBind(mount: MountPlan, prepared?: OwnedFd): OwnedFd {
  if (prepared !== undefined && mount.idmap !== undefined) return prepared;
  using place = prepared;
  using maps = new IdMaps();
  return openSource(mount, maps, place);
}

/**
 * Makes the mapped copies for an init that shares our user namespace. Where it has its own, see bind_sources.ts.
 *
 * To be called by the parent, before it forks init.
 *
 * @returns By index in `mounts`.
 */
export function openBindSources(mounts: readonly MountPlan[]): Map<number, OwnedFd> {
  using failed = new DisposableStack();
  using maps = new IdMaps();
  const sources = new Map<number, OwnedFd>();
  for (const mount of mounts) {
    if (mount.kind !== "bind" || mount.idmap === undefined) continue;
    const source = failed.use(openSource(mount, maps));
    // Attached as it is, it would be a peer of the host's mount: what the container mounts below it would appear there.
    mountSetattr(source.fd, { propagation: MS.MS_SLAVE }, true);
    sources.set(mount.index, source);
  }
  failed.move();
  return sources;
}

/** Makes the detached copy, without a mapping. */
export function cloneSource({ source, options }: MountPlan, place?: OwnedFd): OwnedFd {
  const recursive = options.bind === "rbind";
  try {
    return place === undefined
      ? openTreeClone(AT_FDCWD, source, recursive)
      : openTreeClone(place.fd, "", recursive);
  } catch (error) {
    if (recursive || !isErrno(error, E.EINVAL)) throw error;
    // has_locked_children() in fs/namespace.c: what the host has covered stays covered for a user namespace.
    const hint = "what is mounted below it has to come along in a user namespace (rbind)";
    throw new Error(`${error.message}: ${hint}`, { cause: error });
  }
}

function openSource(mount: MountPlan, maps: IdMaps, place?: OwnedFd): OwnedFd {
  const { source, idmap } = mount;
  const copy = cloneSource(mount, place);
  if (idmap === undefined) return copy;
  try {
    maps.apply(copy, idmap);
    return copy;
  } catch (error) {
    copy.close();
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot map the IDs of ${quote(source)}: ${why}`, { cause: error });
  }
}
