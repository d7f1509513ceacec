/**
 * Which mounts of a container CRIU cannot make again by itself: those of something that is the host's.
 *
 * A checkpoint names each of them by its mount point in the container, and remembers where it came from in the words of the
 * configuration. A restore looks that up in the configuration of its own bundle, which may have another source for it.
 *
 * @see https://criu.org/External_bind_mounts
 * @module
 */
import type { DevicePlan } from "./devices.ts";
import type { MountPlan } from "./mounts.ts";

/** A line of `/proc/<pid>/mountinfo`. @see proc_pid_mountinfo(5) */
export interface MountLine {
  readonly id: number;
  /** `major:minor` of the filesystem. */
  readonly device: string;
  /** What of the filesystem is mounted. */
  readonly root: string;
  readonly mountpoint: string;
  readonly type: string;
}

/** Where an external mount came from. */
export type MountOrigin =
  /** A bind mount of the configuration, or what is mounted below its source. */
  | { readonly kind: "bind"; readonly destination: string; readonly below: string }
  /** The host's null device, over a masked file. */
  | { readonly kind: "null" }
  /** A device of the host's, where none could be made. */
  | { readonly kind: "device"; readonly path: string }
  /** The container's cgroup in one of the host's hierarchies: a key as in `state.json`. */
  | { readonly kind: "cgroup"; readonly hierarchy: string };

/** A mount that CRIU leaves to us. */
export interface ExternalMount {
  /** In the container, without links; also its name in CRIU's images. */
  readonly mountpoint: string;
  readonly origin: MountOrigin;
}

/** A mount that is known by what was found at its place. */
export interface KnownMount {
  readonly id: number;
  /** Its place in the container, without links: a mount is only meant where it begins here. */
  readonly path: string;
  readonly origin: MountOrigin;
  /** For a bind mount that brought along what is mounted below its source: the source. */
  readonly recursiveSource?: string;
}

/** Reads the text of a `mountinfo`. */
export function parseMountInfo(text: string): MountLine[] {
  return text.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [id, , device, root, mountpoint] = before.split(" ");
    const [type = ""] = after.split(" ");
    if (device === undefined || root === undefined || mountpoint === undefined) return [];
    return [{
      id: Number(id),
      device,
      root: unescape(root),
      mountpoint: unescape(mountpoint),
      type,
    }];
  });
}

/** Space, tab, newline and backslash stand in octal: `\040`. */
function unescape(field: string): string {
  return field.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
}

/**
 * The external mounts of a container.
 *
 * @param container The container's mountinfo.
 * @param known What the configuration has put there.
 * @param host The host's mountinfo: what is mounted below the source of a recursive bind mount is external too. What the
 *     container has mounted there itself is not, and is told apart by its filesystem.
 */
export function externalMounts(
  container: readonly MountLine[],
  known: readonly KnownMount[],
  host: readonly MountLine[],
): ExternalMount[] {
  const found = new Map<number, ExternalMount>();
  for (const { id, path, origin, recursiveSource } of known) {
    const line = container.find((line) => line.id === id && line.mountpoint === path);
    if (line === undefined || path === "/") continue;
    found.set(id, { mountpoint: line.mountpoint, origin });
    if (recursiveSource === undefined || origin.kind !== "bind") continue;
    for (const { id, mountpoint, device, root } of container) {
      if (!mountpoint.startsWith(`${line.mountpoint}/`) || found.has(id)) continue;
      const below = mountpoint.slice(line.mountpoint.length);
      const isTheHosts = host.some((other) =>
        other.mountpoint === recursiveSource + below && other.device === device &&
        other.root === root
      );
      if (isTheHosts) found.set(id, { mountpoint, origin: { ...origin, below } });
    }
  }
  return [...found.values()];
}

/** What a restore mounts there. The images may be a stranger's: they choose among these, and name no path of the host. */
export interface RestoreSources {
  readonly mounts: readonly MountPlan[];
  readonly devices: readonly DevicePlan[];
  /** Key of a hierarchy → the directory of the container's cgroup. */
  readonly cgroups: Readonly<Record<string, string>>;
}

/** The path on the host that an external mount shows again. */
export function externalSource(
  { origin, mountpoint }: ExternalMount,
  { mounts, devices, cgroups }: RestoreSources,
): string {
  switch (origin.kind) {
    case "null":
      return "/dev/null";
    case "device":
      if (devices.some(({ path }) => path === origin.path)) return origin.path;
      throw missing("linux.devices: a device", origin.path);
    case "cgroup": {
      const directory = cgroups[origin.hierarchy];
      if (directory !== undefined) return directory;
      throw new Error(`${mountpoint} showed a cgroup of a kind that this host does not have`);
    }
    case "bind": {
      const { destination, below } = origin;
      if (below !== "" && !below.startsWith("/") || below.split("/").includes("..")) {
        throw new Error(`${mountpoint} was mounted from outside of its bind mount`);
      }
      const found = mounts.findLast((plan) =>
        plan.kind === "bind" && plan.destination === destination
      );
      if (found !== undefined) return found.source + below;
      throw missing("mounts: a bind mount", destination);
    }
  }
}

function missing(what: string, path: string): Error {
  return new Error(`${what} at ${JSON.stringify(path)} is missing, which the checkpoint has`);
}

/** What belongs to each kind of origin. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  bind: ["destination", "below"],
  null: [],
  device: ["path"],
  cgroup: ["hierarchy"],
};

/** Whether a value that was read from a file has the form. */
export function isExternalMount(value: unknown): value is ExternalMount {
  const { mountpoint, origin } = Object(value) as { mountpoint?: unknown; origin?: unknown };
  const { kind, ...rest } = Object(origin) as Record<string, unknown>;
  if (typeof mountpoint !== "string" || !Object.hasOwn(KEYS, String(kind))) return false;
  return KEYS[String(kind)]!.every((key) => typeof rest[key] === "string");
}
