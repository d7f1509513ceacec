/** The dictionary from a property of config.json to the clause that describes it. @module */

import type { SpecRef } from "./anchors.ts";

/** The clause by property, without indices; a property that is missing belongs to its parent's. */
const CLAUSES: Readonly<Record<string, SpecRef>> = {
  "": "config.md#configuration",
  "ociVersion": "config.md#configSpecificationVersion",
  "root": "config.md#configRoot",
  "mounts": "config.md#configMounts",
  "mounts.options": "config.md#configLinuxMountOptions",
  "mounts.type": "config.md#configPOSIXMounts",
  "mounts.uidMappings": "config.md#configPOSIXMounts",
  "mounts.gidMappings": "config.md#configPOSIXMounts",
  "process": "config.md#configProcess",
  "process.rlimits": "config.md#configPOSIXProcess",
  "process.apparmorProfile": "config.md#configLinuxProcess",
  "process.capabilities": "config.md#configLinuxProcess",
  "process.noNewPrivileges": "config.md#configLinuxProcess",
  "process.oomScoreAdj": "config.md#configLinuxProcess",
  "process.scheduler": "config.md#configLinuxProcess",
  "process.selinuxLabel": "config.md#configLinuxProcess",
  "process.ioPriority": "config.md#configLinuxProcess",
  "process.execCPUAffinity": "config.md#configLinuxProcess",
  "process.user": "config.md#configPOSIXUser",
  "process.user.username": "config.md#configWindowsUser",
  "hostname": "config.md#configHostname",
  "domainname": "config.md#configDomainname",
  "hooks": "config.md#configHooks",
  "annotations": "config.md#configAnnotations",
  "freebsd": "config.md#configPlatformSpecificConfiguration",
  "solaris": "config.md#configPlatformSpecificConfiguration",
  "vm": "config.md#configPlatformSpecificConfiguration",
  "windows": "config.md#configPlatformSpecificConfiguration",
  "zos": "config.md#configPlatformSpecificConfiguration",
  "linux": "config-linux.md#linuxContainerConfiguration",
  "linux.namespaces": "config-linux.md#configLinuxNamespaces",
  "linux.uidMappings": "config-linux.md#configLinuxUserNamespaceMappings",
  "linux.gidMappings": "config-linux.md#configLinuxUserNamespaceMappings",
  "linux.timeOffsets": "config-linux.md#configLinuxTimeOffset",
  "linux.devices": "config-linux.md#configLinuxDevices",
  "linux.netDevices": "config-linux.md#configLinuxNetworkDevices",
  "linux.cgroupsPath": "config-linux.md#configLinuxCgroupsPath",
  "linux.resources": "config-linux.md#configLinuxControlGroups",
  "linux.resources.devices": "config-linux.md#configLinuxDeviceAllowedlist",
  "linux.resources.memory": "config-linux.md#configLinuxMemory",
  "linux.resources.cpu": "config-linux.md#configLinuxCPU",
  "linux.resources.blockIO": "config-linux.md#configLinuxBlockIO",
  "linux.resources.hugepageLimits": "config-linux.md#configLinuxHugePageLimits",
  "linux.resources.network": "config-linux.md#configLinuxNetwork",
  "linux.resources.pids": "config-linux.md#configLinuxPIDS",
  "linux.resources.rdma": "config-linux.md#configLinuxRDMA",
  "linux.resources.unified": "config-linux.md#configLinuxUnified",
  "linux.intelRdt": "config-linux.md#configLinuxIntelRdt",
  "linux.memoryPolicy": "config-linux.md#configLinuxMemoryPolicy",
  "linux.sysctl": "config-linux.md#configLinuxSysctl",
  "linux.seccomp": "config-linux.md#configLinuxSeccomp",
  "linux.rootfsPropagation": "config-linux.md#configLinuxRootfsMountPropagation",
  "linux.maskedPaths": "config-linux.md#configLinuxMaskedPaths",
  "linux.readonlyPaths": "config-linux.md#configLinuxReadonlyPaths",
  "linux.mountLabel": "config-linux.md#configLinuxMountLabel",
  "linux.personality": "config-linux.md#configLinuxPersonality",
};

const INDEX = /\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g;

/** The clause that describes the property at `path` (as `linux.namespaces[2].type`). */
export function clauseOf(path: string): SpecRef {
  let property = path.replaceAll(INDEX, "");
  for (;;) {
    if (Object.hasOwn(CLAUSES, property)) return CLAUSES[property] ?? "config.md#configuration";
    const end = property.lastIndexOf(".");
    property = end === -1 ? "" : property.slice(0, end);
  }
}
