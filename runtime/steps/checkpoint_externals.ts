/**
 * What of a running container is the host's, looked up for CRIU.
 *
 * @module
 */
import { AT_FDCWD, O } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { readlinkat } from "../../ffi/directory.ts";
import { open } from "../../ffi/open.ts";
import { isDirectory, statx } from "../../ffi/stat.ts";
import {
  type ExternalMount,
  externalMounts,
  type KnownMount,
  type MountOrigin,
  parseMountInfo,
} from "../plan/external_mounts.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { hasNamespace } from "../plan/namespaces.ts";
import type { Plan } from "../plan/plan.ts";
import { openInRootIfAny } from "../root_path.ts";
import type { StoredState } from "../store.ts";

/** The mounts that CRIU leaves to us. */
export function findExternalMounts(plan: Plan, state: StoredState): ExternalMount[] {
  if (!hasNamespace(plan.namespaces, "mount")) return [];
  const pid = state.pid ?? 0;
  using root = open(`/proc/${pid}/root`, O.O_PATH | O.O_DIRECTORY);
  const container = parseMountInfo(Deno.readTextFileSync(`/proc/${pid}/mountinfo`));
  const host = parseMountInfo(Deno.readTextFileSync("/proc/self/mountinfo"));
  const known = [
    ...plan.mounts.flatMap((mount) => findMount(root, mount, plan, state)),
    ...plan.maskedPaths.flatMap((path) => find(root, path, { kind: "null" }, "file")),
    ...plan.devices.flatMap(({ path }) => find(root, path, { kind: "device", path }, "file")),
  ];
  return externalMounts(container, known, host);
}

function findMount(root: OwnedFd, mount: MountPlan, plan: Plan, state: StoredState): KnownMount[] {
  const { kind, destination, source, options } = mount;
  if (kind === "cgroup") return findCgroups(root, mount, plan, state);
  if (kind !== "bind") return [];
  const found = find(root, destination, { kind, destination, below: "" });
  // By its real name, as the host's mountinfo has what is mounted below it.
  return options.bind !== "rbind"
    ? found
    : found.map((known) => ({ ...known, recursiveSource: realPath(source) }));
}

/** In a cgroup namespace the hierarchies are mounted anew, which CRIU does as well. */
function findCgroups(
  root: OwnedFd,
  { destination }: MountPlan,
  { namespaces }: Plan,
  { cgroup }: StoredState,
): KnownMount[] {
  if (namespaces.fresh.has("cgroup")) return [];
  const keys = Object.keys(cgroup?.paths ?? {});
  const [only] = keys;
  if (keys.length === 1 && only === "") {
    return find(root, destination, { kind: "cgroup", hierarchy: only });
  }
  return keys.flatMap((hierarchy) => {
    const directory = hierarchy === "" ? "unified" : hierarchy.replace(/^name=/, "");
    return find(root, `${destination}/${directory}`, { kind: "cgroup", hierarchy });
  });
}

/** What is mounted at a path of the container; none if the path leads nowhere, or to something of the other kind. */
function find(
  root: OwnedFd,
  path: string,
  origin: MountOrigin,
  kind?: "file",
): KnownMount[] {
  using target = openInRootIfAny(root, path);
  if (target === undefined) return [];
  if (kind === "file" && isDirectory(statx(target.fd))) return [];
  const link = `/proc/self/fd/${target.fd}`;
  return [{ id: mountId(target), path: readlinkat(AT_FDCWD, link), origin }];
}

/** As mountinfo counts. statx(2) tells it only since Linux 5.8. */
function mountId({ fd }: OwnedFd): number {
  const text = Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`);
  return Number(/^mnt_id:\s*(\d+)$/m.exec(text)?.[1]);
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    // It is gone; then nothing is mounted below it either.
    return path;
  }
}

/** `4026531840` of `net:[4026531840]`. */
export function namespaceInode(pid: number, name: string): string {
  const link = readlinkat(AT_FDCWD, `/proc/${pid}/ns/${name}`);
  return /\[(\d+)\]/.exec(link)?.[1] ?? link;
}
