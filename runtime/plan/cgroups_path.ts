/**
 * `linux.cgroupsPath` → a path in each of the host's hierarchies.
 *
 * @module
 */
import { ConfigError } from "../../spec/issue.ts";

/** A mounted hierarchy, as far as a path in it is concerned. */
export interface CgroupPlace {
  /** 2 is the unified hierarchy, 1 one of cgroups-v1(7). */
  readonly version: 1 | 2;
  /** What is attached to it, in the kernel's names (`cpu`, `cpuacct`). */
  readonly controllers: readonly string[];
  /** The name of a named v1 hierarchy (`systemd`). */
  readonly name?: string;
  /** Where it is mounted. */
  readonly mountpoint: string;
  /** The cgroup of the calling process, from the mount point: `/` or `/a/b`. */
  readonly own: string;
}

/** Key of a hierarchy → path of a cgroup from the mount point, `/a/b`. */
export type CgroupPaths = Readonly<Record<string, string>>;

/** What tells hierarchies apart: `cpu,cpuacct`, `name=systemd`, and empty for v2, as in the lines of `/proc/self/cgroup`. */
export function hierarchyKey({ version, controllers, name }: CgroupPlace): string {
  if (version === 2) return "";
  return [...controllers, ...(name === undefined ? [] : [`name=${name}`])].join(",");
}

/** What the paths are made from. */
export interface CgroupsPathInput {
  /** The container's ID: the default. */
  readonly id: string;
  /** `linux.cgroupsPath`; empty counts as unset. */
  readonly cgroupsPath?: string | undefined;
}

/**
 * The container's cgroup in every hierarchy.
 *
 * An absolute path counts from the mount point (MUST). A relative one, and the default, counts from the caller's own
 * cgroup; in v2 from the one above it, because a cgroup that holds processes cannot hand controllers to its children.
 *
 * @see config-linux.md#configLinuxCgroupsPath
 */
export function cgroupPaths(places: readonly CgroupPlace[], input: CgroupsPathInput): CgroupPaths {
  const { id, cgroupsPath } = input;
  const path = cgroupsPath === undefined || cgroupsPath === "" ? id : cgroupsPath;
  const names = cleanCgroupsPath(path);
  return Object.fromEntries(places.map((place) => {
    const base = path.startsWith("/") ? [] : startOf(place);
    return [hierarchyKey(place), "/" + [...base, ...names].join("/")];
  }));
}

/** Where a relative path starts. */
function startOf({ version, own }: CgroupPlace): string[] {
  const names = own.split("/").filter((name) => name !== "");
  return version === 2 ? names.slice(0, -1) : names;
}

/**
 * The names of a path without `.` and `..`. Refused is what leads above the start, and the start itself: it is not the
 * container's, and deleting the container would empty it.
 */
function cleanCgroupsPath(path: string): string[] {
  if (/^[^/:]*:[^/:]*:[^/:]*$/.test(path)) {
    throw fault(
      "has systemd's form slice:prefix:name, which goes with --systemd-cgroup only",
      path,
    );
  }
  // The kernel refuses a newline: a line of /proc/pid/cgroup could be forged with it.
  if (/[\0\n]/.test(path)) throw fault("must hold no NUL and no newline", path);
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.pop() === undefined) throw fault("must not lead out of where it starts", path);
  }
  if (names.length === 0) throw fault("must name a cgroup below where it starts", path);
  return names;
}

function fault(message: string, path: string): ConfigError {
  return new ConfigError([{
    path: "linux.cgroupsPath",
    spec: "config-linux.md#configLinuxCgroupsPath",
    message: `${message}, got ${JSON.stringify(path)}`,
  }]);
}

/** What a cgroup filesystem inside the container is made from: one hierarchy of the host. */
export interface CgroupMountInfo {
  /** 2 is the unified hierarchy. */
  readonly version: 1 | 2;
  /** What is attached to it. */
  readonly controllers: readonly string[];
  /** The name of a named v1 hierarchy. */
  readonly name: string | undefined;
  /** Where the host has it. */
  readonly mountpoint: string;
  /** The container's cgroup from there; the caller's own where the container has none. */
  readonly path: string;
}

/** What the container's cgroup mounts show, hierarchy by hierarchy. `paths` is undefined where it has no cgroup of its own. */
export function mountInfo(places: readonly CgroupPlace[], paths?: CgroupPaths): CgroupMountInfo[] {
  return places.map((place) => {
    const { version, controllers, name, mountpoint, own } = place;
    const path = paths?.[hierarchyKey(place)] ?? own;
    return { version, controllers, name, mountpoint, path };
  });
}
