/**
 * Places for the mounts of a restored container, which CRIU does not make.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open } from "../../ffi/open.ts";
import { isDirectory, statx } from "../../ffi/stat.ts";
import type { Creation } from "../creation.ts";
import { cleanPath } from "../plan/container_path.ts";
import type { MountPlan } from "../plan/mounts.ts";
import { hasNamespace } from "../plan/namespaces.ts";
import { makeInRoot, type MissingKind } from "../root_path.ts";

/** Makes those that are missing in the root itself. What lies in another mount came into being with that. */
export function makeMountPoints({ plan }: Creation): void {
  if (!hasNamespace(plan.namespaces, "mount")) return;
  using root = open(plan.rootfs, O.O_PATH | O.O_DIRECTORY);
  const places = plan.mounts.map(({ destination }) => cleanPath(destination));
  for (const mount of plan.mounts) {
    const place = cleanPath(mount.destination);
    if (places.some((other) => place.startsWith(`${other}/`))) continue;
    makePlace(root, mount);
  }
}

function makePlace(root: OwnedFd, mount: MountPlan): void {
  try {
    using _place = makeInRoot(root, mount.destination, kindOf(mount));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = `Cannot make a place for "${mount.destination}" (${mount.property})`;
    throw new Error(`${what}: ${why}`, { cause: error });
  }
}

function kindOf({ kind, source }: MountPlan): MissingKind {
  if (kind !== "bind") return "directory";
  try {
    using file = open(source, O.O_PATH);
    return isDirectory(statx(file.fd)) ? "directory" : "file";
  } catch (error) {
    if (!isErrno(error, E.ENOENT)) throw error;
    throw new Error(`the source ${JSON.stringify(source)} is missing`, { cause: error });
  }
}
