/**
 * The container's cgroup, as the steps of `create` see it.
 *
 * @module
 */
import { readLayout } from "../cgroup/layout.ts";
import { Cgroup } from "../cgroup/manager.ts";
import type { Creation } from "../creation.ts";
import { type CgroupPaths, cgroupPaths, mountInfo } from "../plan/cgroups_path.ts";
import { inUserNamespace } from "../user_namespace.ts";

/** Decides on a place in every hierarchy of the host, and makes the directories. */
export function createCgroup(c: Creation): void {
  const { options, config } = c;
  const layout = readLayout();
  const paths: CgroupPaths = cgroupPaths(layout.hierarchies, {
    id: options.id,
    cgroupsPath: config.linux?.cgroupsPath,
    systemdCgroup: options.systemdCgroup,
  });
  const tolerant = options.rootless === "auto"
    ? !c.privileged || inUserNamespace()
    : options.rootless === "true";
  // One that was asked for by name is there, or create fails.
  const rootless = tolerant && config.linux?.cgroupsPath === undefined;
  const cgroup = Cgroup.plan(layout, paths, { rootless });
  // Before anything is made: should we be killed in the middle, `delete --force` knows what to look for.
  c.cgroup = cgroup;
  c.storeCreating();
  cgroup.create();
  c.cgroupMounts = mountInfo(layout.hierarchies, cgroup.isUsed ? paths : undefined);
}

/** Puts init in. */
export function enterCgroup(c: Creation): void {
  c.cgroup!.enter(c.init!.pid);
}

/** Removes what was made. */
export function removeCgroup(c: Creation): void {
  c.cgroup?.remove();
}
