/** Rules on `mounts`. @module */

import { entry } from "../property_path.ts";
import { findNamespace, type Report, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";
import type { Mount } from "../schema/mount.ts";

/** Destination, bind source and ID mappings. */
export const MOUNT_RULES: readonly Rule[] = [
  { reads: ["mounts"], check: checkMounts },
  { reads: ["mounts", "linux.namespaces"], check: checkIdmap },
];

function checkMounts({ mounts = [] }: Config, report: Report): void {
  for (const [index, mount] of mounts.entries()) {
    const path = entry("mounts", index);
    // A relative destination is allowed, and relative to "/" (deprecated); the empty one would cover
    // the root itself.
    if (mount.destination === "") report(`${path}.destination`, "must not be empty");
    if ((mount.source ?? "") === "" && hasOption(mount, "bind", "rbind")) {
      report(path, "must have a source, since it is a bind mount");
    }
    checkMappings(path, mount, report);
  }
}

function checkMappings(path: string, mount: Mount, report: Report): void {
  const uids = mount.uidMappings?.length ?? 0;
  const gids = mount.gidMappings?.length ?? 0;
  if (uids > 0 && gids === 0) report(path, "must have gidMappings beside uidMappings");
  if (gids > 0 && uids === 0) report(path, "must have uidMappings beside gidMappings");
}

function checkIdmap(config: Config, report: Report): void {
  if (findNamespace(config, "user") !== undefined) return;
  for (const [index, mount] of (config.mounts ?? []).entries()) {
    if (!hasOption(mount, "idmap", "ridmap") || hasMappings(mount)) continue;
    report(
      entry("mounts", index),
      "must have uidMappings and gidMappings: it is to be ID-mapped, and the container has no user namespace",
    );
  }
}

function hasMappings(mount: Mount): boolean {
  return (mount.uidMappings?.length ?? 0) + (mount.gidMappings?.length ?? 0) > 0;
}

function hasOption(mount: Mount, ...names: readonly string[]): boolean {
  return mount.options?.some((option) => names.includes(option)) ?? false;
}
