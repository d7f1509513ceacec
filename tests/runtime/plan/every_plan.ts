/** All plans that are made of a configuration, for tests that put any configuration to them. */

import { type ControllerSources, planCgroupFiles } from "../../../runtime/plan/cgroup_files.ts";
import { cgroupPaths, type CgroupPlace, mountInfo } from "../../../runtime/plan/cgroups_path.ts";
import { isDelegated } from "../../../runtime/plan/delegation.ts";
import { deviceFilter } from "../../../runtime/plan/device_filter.ts";
import { deviceList, deviceListWrites } from "../../../runtime/plan/device_list.ts";
import { deviceRules } from "../../../runtime/plan/device_rules.ts";
import { missingModules, planLabelWrites } from "../../../runtime/plan/labels.ts";
import {
  cloneFlags,
  idMapText,
  needsIntermediate,
  unshareFlags,
} from "../../../runtime/plan/namespaces.ts";
import { planContainer } from "../../../runtime/plan/plan.ts";
import { unitProperties } from "../../../runtime/plan/systemd_properties.ts";
import { planUnit } from "../../../runtime/plan/systemd_unit.ts";
import { hasUsualDeviceRules, needsCgroup } from "../../../runtime/plan/without_cgroup.ts";
import type { Config } from "../../../spec/schema/config.ts";
import { configWarnings } from "../../../spec/warnings.ts";

const NAMES = "cpuset cpu memory blkio pids hugetlb rdma net_cls net_prio".split(" ");
const ON_V2 = "cpuset cpu memory io pids hugetlb rdma".split(" ");

/** Hosts with cgroup v1, v2, both, and without any. */
export const SOURCES: readonly ControllerSources[] = [
  { v1: new Set(NAMES), v2: undefined },
  { v1: new Set(), v2: new Set(ON_V2) },
  { v1: new Set(NAMES.filter((name) => name !== "hugetlb")), v2: new Set(["hugetlb"]) },
  { v1: new Set(), v2: undefined },
];

const PLACES: readonly CgroupPlace[] = [
  { version: 2, controllers: [], mountpoint: "/sys/fs/cgroup", own: "/a/b" },
  { version: 1, controllers: ["cpu"], mountpoint: "/sys/fs/cgroup/cpu", own: "/" },
];

/** One function for each, which makes it or throws. */
export function everyPlanOf(config: Config): (() => unknown)[] {
  const { linux = {} } = config;
  return [
    () => configWarnings(config),
    () => containerPlan(config),
    () => missingModules(config, { apparmor: false, selinux: false }),
    () => [true, false].map((is) => planLabelWrites(config, is)),
    () => isDelegated(config),
    () => [needsCgroup(linux, true), hasUsualDeviceRules(linux)],
    () => deviceFilter(deviceRules(linux)),
    () => {
      const list = deviceList(deviceRules(linux));
      return deviceListWrites({ allowsAll: true, exceptions: [] }, list);
    },
    () => mountInfo(PLACES, cgroupPaths(PLACES, { id: "x", cgroupsPath: linux.cgroupsPath })),
    ...SOURCES.map((sources) => () => cgroupFiles(config, sources)),
    ...([1, 2] as const).map((version) => () => unit(config, version)),
  ];
}

function containerPlan(config: Config): unknown {
  const plan = planContainer(config, "/bundle");
  const { namespaces } = plan;
  idMapText([...namespaces.uidMappings, ...namespaces.gidMappings]);
  cloneFlags(namespaces);
  unshareFlags(namespaces);
  needsIntermediate(namespaces);
  const text = JSON.stringify(plan, (_, value) => typeof value === "bigint" ? `${value}` : value);
  // It would end a string of the kernel's in the middle.
  if (text.includes("\\u0000")) throw new Error(`a NUL in the plan: ${text}`);
  return plan;
}

/** With their contents, some of which depend on what the file holds. */
function cgroupFiles({ linux }: Config, sources: ControllerSources): unknown {
  return planCgroupFiles(linux?.resources ?? {}, sources).flatMap(({ writes }) =>
    writes.flatMap(({ files }) =>
      Object.values(files).map((content) =>
        typeof content === "string" ? content : content("max 100000")
      )
    )
  );
}

function unit({ linux = {}, annotations = {} }: Config, version: 1 | 2): unknown {
  const input = { id: "x", cgroupsPath: linux.cgroupsPath, isUser: version === 1 };
  const properties = unitProperties(planUnit(input), {
    id: "x",
    resources: linux.resources ?? {},
    annotations,
    devices: deviceRules(linux),
    version,
  });
  for (const { name } of properties) {
    if (typeof name !== "string") throw new Error(`a property without a name: ${name}`);
  }
  return properties;
}
