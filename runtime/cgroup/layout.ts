/**
 * Which cgroup hierarchies the host has, and where the calling process is in them.
 *
 * Read from `/proc/self` at every start. It can change between two commands, and a cached copy would be one more file
 * to trust.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { open, readAll } from "../../ffi/open.ts";
import type { CgroupPlace } from "../plan/cgroups_path.ts";

/** A mounted hierarchy. `own` counts from the mount point already. */
export interface CgroupHierarchy extends CgroupPlace {
  /** The cgroup that the mount shows as its root: `/` unless it is a bind mount, as containers have it. */
  readonly root: string;
}

/** All hierarchies that are mounted; v2 comes last. */
export interface Layout {
  /** `hybrid`: controllers of v1 beside a v2 hierarchy that has the rest, or none. */
  readonly kind: "v1" | "hybrid" | "v2";
  /** One entry each, however often it is mounted. */
  readonly hierarchies: readonly CgroupHierarchy[];
}

/** Reads the layout of the host, as this process sees it. */
export function readLayout(): Layout {
  return parseLayout(readFile("/proc/self/mountinfo"), readFile("/proc/self/cgroup"));
}

function readFile(path: string): string {
  using file = open(path, O.O_RDONLY);
  return new TextDecoder().decode(readAll(file.fd));
}

interface CgroupMount {
  readonly version: 1 | 2;
  readonly root: string;
  readonly mountpoint: string;
  /** The superblock's options, among them the controllers' names. */
  readonly options: ReadonlySet<string>;
}

/**
 * The layout from the texts of `/proc/self/mountinfo` and `/proc/self/cgroup`.
 *
 * A line of the latter says what belongs together (`4:cpu,cpuacct:/a`); its mount is the one with all those options.
 *
 * @see proc_pid_mountinfo(5)
 * @see cgroups(7)
 */
export function parseLayout(mountinfo: string, cgroup: string): Layout {
  const mounts = parseMounts(mountinfo);
  const hierarchies: CgroupHierarchy[] = [];
  const lines = cgroup.split("\n").flatMap((line) => {
    const [, id, attached, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    return id === undefined || attached === undefined || path === undefined
      ? []
      : [{ id, attached, path }];
  });
  for (const { attached, path } of lines.filter(({ id }) => id !== "0")) {
    const options = attached.split(",");
    const candidates = mounts.filter((mount) =>
      mount.version === 1 && options.every((option) => mount.options.has(option))
    );
    const mount = best(candidates, path);
    if (mount !== undefined) hierarchies.push(hierarchy(mount, options, path));
  }
  const unified = lines.find(({ id }) => id === "0")?.path ?? "/";
  const mount = best(mounts.filter(({ version }) => version === 2), unified);
  const hasV1 = hierarchies.length > 0;
  if (mount !== undefined) hierarchies.push(hierarchy(mount, [], unified));
  return { kind: !hasV1 ? "v2" : mount === undefined ? "v1" : "hybrid", hierarchies };
}

function hierarchy(
  mount: CgroupMount,
  attached: readonly string[],
  path: string,
): CgroupHierarchy {
  const { version, root, mountpoint } = mount;
  const name = attached.find((option) => option.startsWith("name="))?.slice("name=".length);
  return {
    version,
    controllers: attached.filter((option) => !option.startsWith("name=")),
    ...(name === undefined ? {} : { name }),
    mountpoint,
    root,
    // Outside of what the mount shows (a cgroup namespace that the mount is older than): its root is all there is.
    own: fromRoot(root, path) ?? "/",
  };
}

/** The path as the mount shows it, or undefined when it does not. */
function fromRoot(root: string, path: string): string | undefined {
  // A namespace sees what is above its root as `/..`: nobody can tell the names on the way down from there.
  if (root.startsWith("/..") || path.startsWith("/..")) return undefined;
  if (root === "/") return path;
  if (path === root) return "/";
  return path.startsWith(root + "/") ? path.slice(root.length) : undefined;
}

/** Of several mounts of one hierarchy the one that shows most of it, the caller's own cgroup included. */
function best(mounts: readonly CgroupMount[], path: string): CgroupMount | undefined {
  const showing = mounts.filter(({ root }) => fromRoot(root, path) !== undefined);
  const candidates = showing.length > 0 ? showing : mounts;
  return candidates.toSorted((a, b) => a.root.length - b.root.length)[0];
}

function parseMounts(mountinfo: string): CgroupMount[] {
  // By mount point: a later mount hides an earlier one at the same place.
  const mounts = new Map<string, CgroupMount | undefined>();
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [, , , root, mountpoint] = before.split(" ");
    const [type, , options = ""] = after.split(" ");
    if (root === undefined || mountpoint === undefined) continue;
    const version = type === "cgroup" ? 1 : type === "cgroup2" ? 2 : undefined;
    const mount = version === undefined ? undefined : {
      version,
      root: unescape(root),
      mountpoint: unescape(mountpoint),
      options: new Set(options.split(",")),
    } as const;
    mounts.set(unescape(mountpoint), mount);
  }
  return [...mounts.values()].filter((mount) => mount !== undefined);
}

/** Space, tab, newline and backslash stand in octal: `\040`. */
function unescape(field: string): string {
  return field.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
  );
}
