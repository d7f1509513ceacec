/**
 * From `linux.namespaces` to what clone3(2) makes and setns(2) joins.
 *
 * @module
 */
import { CLONE } from "../../ffi/constants.ts";
import type { Linux } from "../../spec/schema/linux.ts";
import type { NamespaceType } from "../../spec/namespaces.ts";

/** The flag of each kind. */
export const NAMESPACE_FLAGS: Readonly<Record<NamespaceType, number>> = {
  cgroup: CLONE.CLONE_NEWCGROUP,
  ipc: CLONE.CLONE_NEWIPC,
  mount: CLONE.CLONE_NEWNS,
  network: CLONE.CLONE_NEWNET,
  pid: CLONE.CLONE_NEWPID,
  time: CLONE.CLONE_NEWTIME,
  user: CLONE.CLONE_NEWUSER,
  uts: CLONE.CLONE_NEWUTS,
};

/** A namespace that exists already. */
export interface JoinPlan {
  readonly type: NamespaceType;
  readonly flag: number;
  readonly path: string;
  /** Where it stands in the configuration, for messages. */
  readonly property: string;
}

/** One line of a uid_map or gid_map: the IDs from `containerID` on stand for those from `hostID` on. */
export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** Which namespaces init gets, and how. */
export interface NamespacePlan {
  /** Kinds that are new. Those not listed anywhere are inherited from the runtime (MUST). */
  readonly fresh: ReadonlySet<NamespaceType>;
  readonly joined: readonly JoinPlan[];
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
  /** The text of the new time namespace's timens_offsets; empty when its clocks are the runtime's. */
  readonly timeOffsets: string;
}

/** Translates `linux.namespaces` and the ID mappings. */
export function planNamespaces(linux: Linux | undefined): NamespacePlan {
  const fresh = new Set<NamespaceType>();
  const joined: JoinPlan[] = [];
  (linux?.namespaces ?? []).forEach(({ type, path }, index) => {
    const property = `linux.namespaces[${index}].path`;
    if (path === undefined || path === "") fresh.add(type);
    else joined.push({ type, flag: NAMESPACE_FLAGS[type], path, property });
  });
  return {
    fresh,
    joined,
    uidMappings: linux?.uidMappings ?? [],
    gidMappings: linux?.gidMappings ?? [],
    timeOffsets: fresh.has("time") ? timeOffsetsText(linux?.timeOffsets ?? {}) : "",
  };
}

/** A line a clock. @see time_namespaces(7) */
function timeOffsetsText(offsets: NonNullable<Linux["timeOffsets"]>): string {
  return Object.entries(offsets).map(([clock, { secs = 0, nanosecs = 0 }]) =>
    `${clock} ${secs} ${nanosecs}\n`
  ).join("");
}

/** Whether the container has the namespace for itself or shares a listed one: not the runtime's own. */
export function hasNamespace(plan: NamespacePlan, type: NamespaceType): boolean {
  return plan.fresh.has(type) || joinsNamespace(plan, type);
}

/** Whether the namespace is somebody else's, who goes on living in it. */
export function joinsNamespace(plan: NamespacePlan, type: NamespaceType): boolean {
  return plan.joined.some((join) => join.type === type);
}

/** Whether somebody has to go ahead of init: to join what exists, or to set the clocks before the first process is there. */
export function needsIntermediate({ joined, timeOffsets }: NamespacePlan): boolean {
  return joined.length > 0 || timeOffsets !== "";
}

/**
 * What the clone3 that makes init gets. Not the cgroup namespace: its root is the cgroup of the caller at that moment, so
 * init unshares it once it is in its own (cgroup_namespaces(7)). Nor what {@linkcode unshareFlags} has.
 */
export function cloneFlags(plan: NamespacePlan): number {
  let flags = 0;
  for (const type of plan.fresh) if (type !== "cgroup") flags += NAMESPACE_FLAGS[type];
  return flags - unshareFlags(plan);
}

/**
 * What the intermediate makes before init: a time namespace with offsets, which its first process fixes, and the user
 * namespace, since the other is to belong to it.
 */
export function unshareFlags({ fresh, timeOffsets }: NamespacePlan): number {
  if (timeOffsets === "") return 0;
  return CLONE.CLONE_NEWTIME + (fresh.has("user") ? CLONE.CLONE_NEWUSER : 0);
}

/** The text of a uid_map or gid_map. @see user_namespaces(7) */
export function idMapText(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join(
    "",
  );
}
