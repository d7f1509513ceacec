/**
 * Namespaces that a container shares, and what CRIU is told about them.
 *
 * @see https://criu.org/Inheriting_FDs_on_restore, criu(8): --external, --inherit-fd, --join-ns
 * @module
 */
import type { NamespaceType } from "../../spec/namespaces.ts";
import type { JoinPlan, NamespacePlan } from "./namespaces.ts";

/** How CRIU deals with a namespace that is not the container's own; a kind that is not here it cannot deal with. */
const WAYS: Partial<Record<NamespaceType, "external" | "join">> = {
  network: "external",
  pid: "external",
  ipc: "join",
  uts: "join",
  time: "join",
};

/** The names of namespaces in CRIU's options. */
const CRIU_NAMES: Partial<Record<NamespaceType, string>> = {
  network: "net",
  pid: "pid",
  ipc: "ipc",
  uts: "uts",
  time: "time",
};

/** The label of an external namespace in the images. */
function label(type: NamespaceType): string {
  return type === "network" ? "extRootNetNS" : "extRootPidNS";
}

/** What a restore does with a namespace that exists. */
export interface NamespaceRestore {
  /** Opened, and handed over under these names: they are put in by descriptor. */
  readonly inherited: readonly { readonly path: string; readonly key: string }[];
  /** Joined by path. */
  readonly joined: readonly { readonly ns: string; readonly ns_file: string }[];
}

/** Refuses what CRIU cannot do. */
function check(join: JoinPlan): "external" | "join" {
  const way = WAYS[join.type];
  if (way !== undefined) return way;
  throw new Error(
    `${join.property}: CRIU cannot restore into a ${join.type} namespace that exists`,
  );
}

/**
 * The external namespaces of a checkpoint: `net[4026531840]:extRootNetNS`.
 *
 * @param inode Looks up the number of the container's namespace of that kind.
 */
export function externalNamespaces(
  { joined }: NamespacePlan,
  inode: (name: string) => string,
): string[] {
  return joined.filter((join) => check(join) === "external").map(({ type }) => {
    const name = CRIU_NAMES[type]!;
    return `${name}[${inode(name)}]:${label(type)}`;
  });
}

/** What a restore does with them. */
export function restoredNamespaces({ joined }: NamespacePlan): NamespaceRestore {
  const external = joined.filter((join) => check(join) === "external");
  const others = joined.filter((join) => check(join) === "join");
  return {
    inherited: external.map(({ type, path }) => ({ path, key: label(type) })),
    joined: others.map(({ type, path }) => ({ ns: CRIU_NAMES[type]!, ns_file: path })),
  };
}
