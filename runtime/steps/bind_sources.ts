/**
 * The sources of bind mounts for init in a user namespace, which has none of our rights on the host: it may neither pass
 * through directories that are closed to its users, nor map the IDs of a filesystem of the host's.
 *
 * They have to be mounts of init's own mount namespace. There the kernel has locked what the host had set on them (ro,
 * nosuid, nodev, noexec) when it copied them for another user namespace, and a bind mount of one inherits the locks. A
 * copy that we made of our own mount, and that init only attached, would have none: root of the container could remount
 * it, writable and with devices (mount_namespaces(7), "Restrictions on mount namespaces"). What the configuration sets
 * beyond that is set by init, and no lock, as for all mounts of a container that may mount.
 *
 * So we open the sources from init's root, and init makes the copies; those to be mapped come back for a moment.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { MS, O, RESOLVE } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mountSetattr } from "../../ffi/mount.ts";
import { open, openat2 } from "../../ffi/open.ts";
import type { Creation } from "../creation.ts";
import type { InitContext } from "../init.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { hasNamespace } from "../plan/namespaces.ts";
import { quote } from "../quote.ts";
import { cloneSource } from "./bind.ts";
import { IdMaps } from "./idmap.ts";
import { expectFromInit } from "./spawn.ts";

/** Arbitrary. The kernel passes 253 descriptors with a message. @see unix(7) */
const AT_ONCE = 64;

/** Whether init is lent what it cannot open. Without privileges there is nothing that we could open and init could not. */
export function lendsSources({ privileged, plan }: Creation): boolean {
  return privileged && hasNamespace(plan.namespaces, "user") &&
    hasNamespace(plan.namespaces, "mount") && plan.mounts.some(isBind);
}

function isBind({ kind }: MountPlan): boolean {
  return kind === "bind";
}

function batches({ plan }: Creation): MountPlan[][] {
  const binds = plan.mounts.filter(isBind);
  const count = Math.ceil(binds.length / AT_ONCE);
  return Array.from({ length: count }, (_, i) => binds.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
}

/** The parent's half. */
export function lendBindSources(c: Creation): void {
  const { pid } = c.init!;
  using root = open(`/proc/${pid}/root`, O.O_PATH | O.O_DIRECTORY);
  using user = open(`/proc/${pid}/ns/user`, O.O_RDONLY);
  using maps = new IdMaps(user);
  for (const batch of batches(c)) {
    using lent = new DisposableStack();
    const indices: number[] = [];
    const fds: number[] = [];
    for (const mount of batch) {
      const source = openIfAny(root, mount, c.plan.rootfs);
      if (source === undefined) continue;
      indices.push(mount.index);
      fds.push(lent.use(source).fd);
    }
    c.parentEnd.send({ type: "sources", indices }, fds);
    mapClones(c, batch.filter(({ idmap }) => idmap !== undefined), maps);
  }
}

/** Undefined for what init has to look for itself: what earlier mounts bring, and what only /proc/self leads to. */
function openIfAny(root: OwnedFd, mount: MountPlan, rootfs: string): OwnedFd | undefined {
  const { source } = mount;
  if (`${source}/`.startsWith(`${rootfs}/`)) return undefined;
  try {
    // As init would walk: its root may be another one than ours.
    return openat2(root.fd, source, O.O_PATH, RESOLVE.RESOLVE_IN_ROOT);
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENOTDIR, E.ELOOP)) return undefined;
    throw ofMount(mount, error);
  }
}

function mapClones(c: Creation, mapped: readonly MountPlan[], maps: IdMaps): void {
  if (mapped.length === 0) return;
  const { fds } = expectFromInit(c, "clones");
  using clones = new DisposableStack();
  for (const fd of fds) clones.use(fd);
  mapped.forEach((mount, i) => {
    const clone = fds[i];
    if (clone === undefined) throw ofMount(mount, new Error("init sent no copy of it"));
    try {
      maps.apply(clone, mount.idmap!);
    } catch (error) {
      throw ofMount(mount, error, "map the IDs of");
    }
  });
}

function ofMount({ property, source }: MountPlan, error: unknown, verb = "open"): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(`Cannot ${verb} ${quote(source)} (${property}): ${why}`, { cause: error });
}

/** Init's half. */
export function takeBindSources({ creation }: InitContext): void {
  const sources = new Map<number, OwnedFd>();
  for (const batch of batches(creation)) {
    const { heard, fds } = creation.initEnd.expect("sources");
    if (heard.type !== "sources") throw new Error(`Cannot go on: heard "${heard.type}"`);
    heard.indices.forEach((index, i) => sources.set(index, fds[i]!));
    const mapped = batch.filter(({ idmap }) => idmap !== undefined);
    if (mapped.length === 0) continue;
    const clones = mapped.map((mount) => cloneForMapping(mount, sources.get(mount.index)));
    mapped.forEach(({ index }, i) => sources.set(index, clones[i]!));
    creation.initEnd.send({ type: "clones" }, clones.map(({ fd }) => fd));
  }
  creation.bindSources = sources;
}

function cloneForMapping(mount: MountPlan, place: OwnedFd | undefined): OwnedFd {
  try {
    const clone = cloneSource(mount, place);
    // Before the mount namespace was cut off: attached as it is, it could be a peer of the host's mount, where what the
    // container mounts below it would appear.
    mountSetattr(clone.fd, { propagation: MS.MS_SLAVE }, true);
    return clone;
  } catch (error) {
    throw ofMount(mount, error, "bind");
  }
}
