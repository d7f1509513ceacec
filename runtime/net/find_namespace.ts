/**
 * Looking for a network namespace that somebody may still keep alive.
 *
 * @module
 */
import { open } from "../../ffi/open.ts";
import { namespaceFiles, type Whereabouts } from "../namespace_files.ts";
import { isSameNamespace, type NamespaceIdentity, NetNamespace } from "./net_namespace.ts";

/** Opens the namespace; undefined if nobody has it any more, so that the kernel has done away with it. */
export function findNamespace(
  identity: NamespaceIdentity,
  whereabouts: Whereabouts,
): NetNamespace | undefined {
  for (const path of namespaceFiles("net", identity.inode, whereabouts)) {
    const namespace = openIfAny(path);
    if (namespace === undefined) continue;
    if (isSameNamespace(namespace.identity(), identity)) return namespace;
    namespace[Symbol.dispose]();
  }
  return undefined;
}

/** What is gone or forbidden, or no network namespace any more, is not the one. */
function openIfAny(path: string): NetNamespace | undefined {
  try {
    using fd = open(path, 0);
    return NetNamespace.of(fd);
  } catch {
    return undefined;
  }
}
