/**
 * `linux.resources` → files of the container's cgroups: which, what, and in which order.
 *
 * @see config-linux.md#configLinuxControlGroups
 * @module
 */
import type { Resources } from "../../spec/schema/resources.ts";
import type { CgroupVersion, CgroupWrite, Controller } from "./cgroup/controller.ts";
import { CPU_CONTROLLER } from "./cgroup/cpu.ts";
import { CPUSET_CONTROLLER } from "./cgroup/cpuset.ts";
import { HUGETLB_CONTROLLER } from "./cgroup/hugetlb.ts";
import { IO_CONTROLLER } from "./cgroup/io.ts";
import { MEMORY_CONTROLLER } from "./cgroup/memory.ts";
import { NET_CLS_CONTROLLER, NET_PRIO_CONTROLLER } from "./cgroup/network.ts";
import { PIDS_CONTROLLER } from "./cgroup/pids.ts";
import { RDMA_CONTROLLER } from "./cgroup/rdma.ts";
import { CORE, planUnified } from "./cgroup/unified.ts";
import { refusal } from "./refusal.ts";

/** All of them. cpuset is first: moving a process to other memory nodes is cheaper before it has any. */
export const CONTROLLERS: readonly Controller[] = [
  CPUSET_CONTROLLER,
  CPU_CONTROLLER,
  MEMORY_CONTROLLER,
  IO_CONTROLLER,
  PIDS_CONTROLLER,
  HUGETLB_CONTROLLER,
  RDMA_CONTROLLER,
  NET_CLS_CONTROLLER,
  NET_PRIO_CONTROLLER,
];

/** What to write in one hierarchy, for one controller. */
export interface ControllerWrites {
  /** The kernel's name; `cgroup` for files that every v2 cgroup has. */
  readonly controller: string;
  readonly version: CgroupVersion;
  /** To be tried in this order first: which one the kernel wants before which depends on what is set already. */
  readonly writes: readonly CgroupWrite[];
}

/** Which controllers the host has, as far as a plan depends on it. */
export interface ControllerSources {
  /** Attached to some hierarchy of v1. */
  readonly v1: ReadonlySet<string>;
  /** Available in the v2 hierarchy; undefined if there is none. */
  readonly v2: ReadonlySet<string> | undefined;
}

/**
 * Plans all of `resources` but the device rules.
 *
 * @throws {ConfigError} For what the host's controllers have no setting for (MUST).
 */
export function planCgroupFiles(
  resources: Resources,
  sources: ControllerSources,
): ControllerWrites[] {
  const plans = CONTROLLERS.filter(({ isSet }) => isSet(resources))
    .map((controller) => planController(controller, resources, sources))
    .filter((plan) => plan !== undefined);
  // Last: what is written word for word has the last word.
  return [...plans, ...planUnifiedFiles(resources, sources)];
}

function planController(
  { names, plan }: Controller,
  resources: Resources,
  { v1, v2 }: ControllerSources,
): ControllerWrites | undefined {
  if (names[1] !== undefined && v1.has(names[1])) {
    return { controller: names[1], version: 1, writes: plan[1](resources) };
  }
  if (v2 !== undefined) {
    const writes = plan[2](resources);
    if (names[2] !== undefined && v2.has(names[2])) {
      return { controller: names[2], version: 2, writes };
    }
  }
  const needed = plan[1](resources).find(({ mayLack }) => mayLack !== true);
  if (needed === undefined) return undefined;
  const name = names[v2 === undefined ? 1 : 2] ?? names[1];
  throw refusal(needed.property, `the host has no cgroup controller "${name}"`);
}

function planUnifiedFiles(resources: Resources, { v2 }: ControllerSources): ControllerWrites[] {
  return planUnified(resources).map(({ controller, writes }) => {
    const [{ property }] = writes as [CgroupWrite];
    if (v2 === undefined) throw refusal(property, "the host has no cgroup v2");
    if (controller !== CORE && !v2.has(controller)) {
      throw refusal(property, `cgroup v2 has no controller "${controller}" on this host`);
    }
    return { controller, version: 2, writes };
  });
}
