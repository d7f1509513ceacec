/**
 * Whether the IDs of a configuration exist in its user namespace.
 *
 * @module
 */
import { ConfigError, type Issue } from "../../spec/issue.ts";
import type { Config } from "../../spec/schema/config.ts";
import type { IdMapping } from "./namespaces.ts";

/**
 * Refuses IDs that the new user namespace does not map: the kernel says EINVAL, late, and without their name. Of one that
 * is joined the maps are not known here.
 *
 * @throws {ConfigError} With every ID that is missing.
 */
export function assertIdsMapped({ process, linux }: Config): void {
  const user = linux?.namespaces?.find(({ type }) => type === "user");
  if (user === undefined || (user.path ?? "") !== "") return;
  const issues: Issue[] = [];
  const check = (map: "uidMappings" | "gidMappings", id: number, path: string): void => {
    if (isMapped(linux?.[map] ?? [], id)) return;
    const message = `must be mapped by linux.${map}, got ${id}`;
    issues.push({ path, spec: "config.md#configPOSIXUser", message });
  };
  const { uid = 0, gid = 0, additionalGids = [] } = process?.user ?? {};
  check("uidMappings", uid, "process.user.uid");
  check("gidMappings", gid, "process.user.gid");
  additionalGids.forEach((id, i) => check("gidMappings", id, `process.user.additionalGids[${i}]`));
  for (const map of ["uidMappings", "gidMappings"] as const) {
    if (isMapped(linux?.[map] ?? [], 0)) continue;
    const message = "must map ID 0, as which the container is set up";
    const spec = "config-linux.md#configLinuxUserNamespaceMappings";
    issues.push({ path: `linux.${map}`, spec, message });
  }
  if (issues.length > 0) throw new ConfigError(issues);
}

function isMapped(mappings: readonly IdMapping[], id: number): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}
