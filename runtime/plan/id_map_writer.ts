/**
 * Who may write the ID map of a new user namespace.
 *
 * @see user_namespaces(7), "Defining user and group ID mappings: writing to uid_map and gid_map"
 * @module
 */
import type { IdMapping } from "./namespaces.ts";

/** Who writes it: we with a capability, we as the one ID that is our own, or newuidmap(1) or newgidmap(1). */
export type IdMapWriter = "capable" | "own" | "helper";

/** What the kernel looks at in us, who are in the new namespace's parent. */
export interface IdMapCaller {
  /** Our effective user ID, or group ID. */
  readonly id: number;
  /** Whether we have CAP_SETUID, or CAP_SETGID, over our user namespace. */
  readonly isCapable: boolean;
}

/** Without the capability the kernel lets us map just our own ID. More takes a program that looks up what we were granted. */
export function idMapWriter(
  mappings: readonly IdMapping[],
  { id, isCapable }: IdMapCaller,
): IdMapWriter {
  if (isCapable) return "capable";
  const [only, ...others] = mappings;
  return only?.hostID === id && only.size === 1 && others.length === 0 ? "own" : "helper";
}

/** The arguments of newuidmap(1) and newgidmap(1). */
export function idMapArguments(pid: number, mappings: readonly IdMapping[]): string[] {
  return [
    pid,
    ...mappings.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]),
  ].map(String);
}
