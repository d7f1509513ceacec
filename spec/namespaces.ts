/** The kinds of namespace. @module */

/**
 * The values of `linux.namespaces[].type`.
 *
 * @see config-linux.md#configLinuxNamespaces
 */
export const NAMESPACE_TYPES = [
  "cgroup",
  "ipc",
  "mount",
  "network",
  "pid",
  "time",
  "user",
  "uts",
] as const;

/** One of {@linkcode NAMESPACE_TYPES}. */
export type NamespaceType = (typeof NAMESPACE_TYPES)[number];
