/**
 * Whether a container gets its cgroup to own.
 *
 * @module
 */
import type { Config } from "../../spec/schema/config.ts";
import { cleanPath } from "./container_path.ts";
import type { IdMapping } from "./namespaces.ts";

/**
 * Whether the configuration lets the container make cgroups: a namespace of its own, in which it finds its cgroup mounted
 * for writing. Otherwise, and on v1, ownership SHOULD NOT change.
 *
 * @see config-linux.md#configLinuxCgroupsPath
 */
export function isDelegated({ linux, mounts = [] }: Pick<Config, "linux" | "mounts">): boolean {
  const isOwn = (linux?.namespaces ?? []).some(({ type, path = "" }) =>
    type === "cgroup" && path === ""
  );
  return isOwn &&
    mounts.some(({ destination, source, options = [] }) =>
      source === "cgroup" && cleanPath(destination) === "/sys/fs/cgroup" &&
      !options.includes("ro") && !options.includes("rro")
    );
}

/** Reads a uid_map or gid_map. @see user_namespaces(7) */
export function parseIdMap(text: string): IdMapping[] {
  return [...text.matchAll(/^ *(\d+) +(\d+) +(\d+)$/gm)].map((line) => {
    const [containerID, hostID, size] = line.slice(1).map(Number) as [number, number, number];
    return { containerID, hostID, size };
  });
}

/** What an ID of the container is to who has written or read the map; undefined when it is nobody. */
export function toHostId(mappings: readonly IdMapping[], id: number): number | undefined {
  const range = mappings.find(({ containerID, size }) =>
    id >= containerID && id < containerID + size
  );
  return range && range.hostID + (id - range.containerID);
}
