/** Clauses of config-linux.md on control groups and resources. @module */

import type { Clauses } from "./clause.ts";

/** Where the container is limited, and how. */
export const CGROUP_CLAUSES: Clauses = {
  "config-linux.md#configLinuxControlGroups": {
    "untouched": {
      level: "OPTIONAL",
      text:
        "resources (object, OPTIONAL): without it the limits of a cgroup that exists are left as they are",
      tests: [
        "conformance/cgroups_test.ts: without resources the limits of a cgroup that exists stay",
      ],
    },
    "convert": {
      level: "MUST",
      text:
        "v1 settings may be converted on a v2 host; if a setting cannot be converted, the runtime MUST generate an error",
      tests: [
        "conformance/cgroups_test.ts: what v2 has no setting for is refused by name",
        "conformance/cgroups_test.ts: what v2 cannot be converted to is an error",
        "runtime/plan/cgroup_files_test.ts: configLinuxMemory: what v2 cannot do is an error",
      ],
    },
  },
  "config-linux.md#configLinuxCgroupsPath": {
    "absolute": {
      level: "MUST",
      text:
        "If cgroupsPath is an absolute path, the runtime MUST take the path to be relative to the cgroups mount point",
      tests: [
        "conformance/config_linux_test.ts: an absolute path MUST be taken from the mount point",
        "root/cgroup_container_test.ts: an absolute cgroupsPath counts from the mount point, in every hierarchy",
      ],
    },
    "same": {
      level: "MUST",
      text:
        "Given the same value of cgroupsPath, the runtime MUST consistently attach to the same place in the hierarchy",
      tests: [
        "conformance/config_linux_test.ts: the same value MUST lead to the same place",
        "root/cgroup_container_test.ts: one and the same cgroupsPath leads to the same place again",
      ],
    },
    "invalid": {
      level: "MUST",
      text:
        "Runtimes MAY consider certain values to be invalid, and MUST generate an error if this is the case",
      tests: [
        "conformance/config_linux_test.ts: an invalid value MUST be an error",
        "root/cgroup_container_test.ts: the cgroupsPath ${JSON.stringify(path)} is refused",
      ],
    },
    "fitness": {
      level: "MUST",
      text:
        "The runtime MAY check if the cgroup is fit (not frozen, and empty for create); if it is not, it MUST generate an error",
      tests: [
        "root/cgroup_container_test.ts: a cgroup in which there are processes is refused, and they are left alone",
        "root/cgroup_container_test.ts: a frozen cgroup is refused",
      ],
    },
    "owner": {
      level: "SHOULD",
      text:
        "The runtime SHOULD change the ownership of the container's cgroup if the cgroup filesystem is to be mounted read/write",
      tests: [
        "conformance/cgroups_test.ts: a cgroup mounted for writing SHOULD be the container's user's",
      ],
    },
    "owner-not": {
      level: "SHOULD NOT",
      text:
        "It SHOULD NOT with cgroups v1, without a new cgroup namespace, or if the cgroup filesystem is not to be mounted read/write",
      tests: [
        "conformance/cgroups_test.ts: a cgroup ${what} SHOULD NOT change hands",
        "runtime/plan/delegation_test.ts: isDelegated() wants a cgroup namespace of its own and a cgroup filesystem to write",
      ],
    },
    "owner-files": {
      level: "SHOULD NOT",
      text:
        "It SHOULD change the ownership of the directory and of the files of /sys/kernel/cgroup/delegate, and SHOULD NOT of any other",
      tests: [
        "conformance/cgroups_test.ts: a cgroup mounted for writing SHOULD be the container's user's",
        "root/cgroup_visit_test.ts: configLinuxCgroupsPath: the directory and the files that may be given away change hands, no others",
      ],
    },
    "owner-missing": {
      level: "MUST NOT",
      text:
        "Files of that list that do not exist in the container's cgroup MUST NOT cause a failure",
      tests: [
        "root/cgroup_visit_test.ts: configLinuxCgroupsPath: the directory and the files that may be given away change hands, no others",
      ],
    },
    "owner-default": {
      level: "MUST",
      text:
        "If /sys/kernel/cgroup/delegate does not exist, the runtime MUST use cgroup.procs, cgroup.subtree_control and cgroup.threads",
      tests: [
        "conformance/cgroups_test.ts: where the kernel does not say which, three files MUST be the user's",
      ],
    },
  },
  "config-linux.md#configLinuxDeviceAllowedlist": {
    "order": {
      level: "MUST",
      text: "The runtime MUST apply entries in the listed order",
      tests: [
        "conformance/cgroups_test.ts: the rules MUST be applied in the listed order",
        "root/device_rules_test.ts: configLinuxDeviceAllowedlist: rules are applied in order",
      ],
    },
    "allow": {
      level: "REQUIRED",
      text: "allow (boolean, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
  },
  "config-linux.md#configLinuxMemory": {
    "limits": {
      level: "OPTIONAL",
      text: "limit, reservation, swap, swappiness, disableOOMKiller … (OPTIONAL)",
      tests: [
        "conformance/cgroups_test.ts: what v2 has no setting for is refused by name",
        "conformance/cgroups_test.ts: limits are set",
        "conformance/cgroups_test.ts: swappiness and the OOM killer",
      ],
    },
    "check": {
      level: "MUST",
      text:
        "checkBeforeUpdate: if true the runtime MAY check whether a new limit is lower than the current usage, and MUST reject it then",
      tests: [
        "root/cgroup_apply_test.ts: configLinuxMemory: a limit below what is in use is refused, with both numbers",
      ],
    },
    "kernel": {
      level: "SHOULD NOT",
      text: "kernel and kernelTCP are NOT RECOMMENDED",
      status: "untestable",
      reason: "asked of who writes the configuration",
    },
  },
  "config-linux.md#configLinuxCPU": {
    "limits": {
      level: "OPTIONAL",
      text: "shares, quota, period, cpus, mems, idle … (OPTIONAL)",
      tests: [
        "conformance/cgroups_test.ts: quota, period, burst and shares are set",
        "conformance/cgroups_test.ts: a cgroup can be idle",
        "conformance/cgroups_test.ts: cpus and mems",
      ],
    },
    "burst": {
      level: "MUST",
      text: "If quota is positive, burst MUST be no larger than it; runtimes MAY generate an error",
      tests: [
        "spec/rules/resources_test.ts: the rules of resources",
      ],
    },
  },
  "config-linux.md#configLinuxBlockIO": {
    "members": {
      level: "REQUIRED",
      text: "major, minor (int64, REQUIRED) and rate (uint64, REQUIRED) of a device",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/cgroups_test.ts: rates of a device",
      ],
    },
    "weight": {
      level: "MUST",
      text: "You MUST specify at least one of weight or leafWeight in a given entry",
      tests: [
        "spec/rules/resources_test.ts: the rules of resources",
      ],
    },
    "errors": {
      level: "OPTIONAL",
      text: "A device that the kernel does not take is an error by the clauses on create",
      tests: [
        "conformance/cgroups_test.ts: an error names the property, the file and the value",
      ],
    },
  },
  "config-linux.md#configLinuxHugePageLimits": {
    "members": {
      level: "REQUIRED",
      text: "pageSize (string, REQUIRED) and limit (uint64, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "spec/bad_values_test.ts: ${path} refuses ${JSON.stringify(value)}",
      ],
    },
    "accounting": {
      level: "SHOULD",
      text:
        "The limit is one of reservations; where the kernel has no such accounting, the runtime falls back to page faults",
      tests: [
        "conformance/cgroups_test.ts: by reservation and by fault",
        "runtime/plan/cgroup_files_test.ts: configLinuxHugePageLimits: by reservation where the kernel has it, and by fault",
      ],
    },
  },
  "config-linux.md#configLinuxNetwork": {
    "priorities": {
      level: "REQUIRED",
      text: "priorities: name and priority (REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "runtime/plan/cgroup_files_test.ts: configLinuxNetwork: marks are v1's",
      ],
    },
    "convert": {
      level: "MUST",
      text: "What v2 has no setting for MUST be an error",
      tests: [
        "conformance/cgroups_test.ts: what v2 cannot be converted to is an error",
      ],
    },
  },
  "config-linux.md#configLinuxPIDS": {
    "zero": {
      level: "SHOULD",
      text: "A limit of 0 SHOULD be treated as a proper limit, and -1 as none",
      tests: [
        "conformance/cgroups_test.ts: 0 is a limit, with which the program runs and cannot fork",
        "runtime/plan/cgroup_files_test.ts: configLinuxPIDS: 0 is a limit, -1 is none",
      ],
    },
  },
  "config-linux.md#configLinuxRDMA": {
    "one": {
      level: "MUST",
      text: "You MUST specify at least one of hcaHandles or hcaObjects in a given entry",
      tests: [
        "spec/rules/resources_test.ts: the rules of resources",
      ],
    },
    "limits": {
      level: "OPTIONAL",
      text: "rdma (object, OPTIONAL): limits by the name of the device",
      tests: [
        "conformance/cgroups_test.ts: what the host cannot limit is an error",
        "runtime/plan/cgroup_files_test.ts: configLinuxRDMA: a line a device",
      ],
    },
  },
  "config-linux.md#configLinuxUnified": {
    "unknown": {
      level: "MUST",
      text: "Configuration unknown to the runtime MUST still be written to the relevant file",
      tests: [
        "conformance/cgroups_test.ts: files of v2, word for word",
      ],
    },
    "controllers": {
      level: "MUST",
      text:
        "The OCI runtime MUST ensure that the needed cgroup controllers are enabled for the cgroup",
      tests: [
        "conformance/cgroups_test.ts: files of v2, word for word",
      ],
    },
    "missing": {
      level: "MUST",
      text:
        "The runtime MUST generate an error when the configuration refers to a controller that is not present or that cannot be enabled",
      tests: [
        "conformance/cgroups_test.ts: a file that the kernel does not have is an error",
        "conformance/cgroups_test.ts: what v2 does not have is an error on a hybrid host",
        "runtime/plan/cgroup_files_test.ts: configLinuxUnified: a controller that v2 does not have MUST be an error",
      ],
    },
  },
};
