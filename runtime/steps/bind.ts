/**
 * Bind mounts: a detached copy of a mount of the host's.
 *
 * @module
 */
import { AT_FDCWD, MS } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mountSetattr, openTreeClone } from "../../ffi/mount.ts";
import type { MountMappings, MountPlan } from "../plan/mounts.ts";
import { quote } from "../quote.ts";
import { IdMaps } from "./idmap.ts";

/**
 * Makes the detached copy, with its ID mapping if it is to have one.
 *
 * @param prepared What {@linkcode openBindSources} made for it; consumed.
 */
export function makeBind(mount: MountPlan, prepared?: OwnedFd): OwnedFd {
  if (prepared !== undefined) return prepared;
  using maps = new IdMaps();
  return openSource(mount, maps);
}

/**
 * Makes the copies that init could not make itself: in a user namespace it may neither map the IDs of a filesystem of
 * the host's nor pass through directories that are closed to its users.
 *
 * To be called by the parent, before it forks init.
 *
 * @param container The mappings of the container's user namespace; undefined when it has none.
 * @returns By index in `mounts`.
 */
export function openBindSources(
  mounts: readonly MountPlan[],
  container: MountMappings | undefined,
): Map<number, OwnedFd> {
  using failed = new DisposableStack();
  using maps = new IdMaps(container);
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

function openSource(mount: MountPlan, maps: IdMaps): OwnedFd {
  const { source, options, idmap } = mount;
  const copy = openTreeClone(AT_FDCWD, source, options.bind === "rbind");
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
