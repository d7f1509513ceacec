/** Clauses of config-linux.md on namespaces, devices, paths and what else is no resource. @module */

import type { Clauses } from "./clause.ts";

/** What only Linux has. */
export const LINUX_CLAUSES: Clauses = {
  "config-linux.md#configLinuxDefaultFilesystems": {
    "four": {
      level: "SHOULD",
      text:
        "/proc, /sys, /dev/pts and /dev/shm SHOULD be made available in each container's filesystem",
      tests: [
        "conformance/config_linux_test.ts: proc, sysfs, devpts and tmpfs SHOULD be there",
      ],
    },
  },
  "config-linux.md#configLinuxNamespaces": {
    "type": {
      level: "REQUIRED",
      text:
        "type (string, REQUIRED): pid, network, mount, ipc, uts, user, cgroup and time SHOULD be supported",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/features_test.ts: every type that is listed is recognised",
      ],
    },
    "path-absolute": {
      level: "MUST",
      text: "path: this value MUST be an absolute path in the runtime mount namespace",
      tests: [
        "conformance/config_linux_test.ts: a path MUST be absolute, and of a namespace of that type",
      ],
    },
    "path-joined": {
      level: "MUST",
      text:
        "The runtime MUST place the container process in the namespace associated with that path",
      tests: [
        "conformance/config_linux_test.ts: a ${kind} namespace with path MUST be joined",
        "conformance/time_namespace_test.ts: a time namespace with a path is joined, with its offsets",
        "root/namespaces_test.ts: a user namespace with a path is joined, and what is new belongs to it",
      ],
    },
    "path-type": {
      level: "MUST",
      text:
        "The runtime MUST generate an error if path is not associated with a namespace of type type",
      tests: [
        "conformance/config_linux_test.ts: a path MUST be absolute, and of a namespace of that type",
        "conformance/time_namespace_test.ts: a path that is no time namespace is an error",
      ],
    },
    "new": {
      level: "MUST",
      text:
        "If path is not specified, the runtime MUST create a new container namespace of type type",
      tests: [
        "conformance/config_linux_test.ts: a ${kind} namespace without path MUST be new",
      ],
    },
    "inherited": {
      level: "MUST",
      text:
        "If a namespace type is not specified, the container MUST inherit the runtime namespace of that type",
      tests: [
        "conformance/config_linux_test.ts: a type that is not listed MUST be inherited",
        "conformance/time_namespace_test.ts: without type time the namespace is the runtime's",
      ],
    },
    "repeated": {
      level: "MUST",
      text:
        "If a namespaces field contains duplicated namespaces with same type, the runtime MUST generate an error",
      tests: [
        "conformance/config_linux_test.ts: a repeated type MUST be an error",
      ],
    },
  },
  "config-linux.md#configLinuxUserNamespaceMappings": {
    "members": {
      level: "REQUIRED",
      text: "containerID, hostID and size (uint32, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/config_linux_test.ts: the mappings are the namespace's, and no file changes its owner",
      ],
    },
    "ownership": {
      level: "SHOULD NOT",
      text:
        "The runtime SHOULD NOT modify the ownership of referenced filesystems to realize the mapping",
      tests: [
        "conformance/config_linux_test.ts: the mappings are the namespace's, and no file changes its owner",
      ],
    },
  },
  "config-linux.md#configLinuxTimeOffset": {
    "offsets": {
      level: "OPTIONAL",
      text: "timeOffsets (object, OPTIONAL): secs and nanosecs by the name of the clock",
      tests: [
        "conformance/time_namespace_test.ts: ${name}, in a new time namespace",
        "conformance/time_namespace_test.ts: the clocks run with the offset",
        "conformance/time_namespace_test.ts: offsets that could not be applied are refused by name",
        "conformance/time_namespace_test.ts: a clock before its beginning is the kernel's to refuse",
      ],
    },
  },
  "config-linux.md#configLinuxDevices": {
    "available": {
      level: "MUST",
      text: "devices lists devices that MUST be available in the container",
      tests: [
        "conformance/config_linux_test.ts: listed devices MUST be there, also outside of /dev",
      ],
    },
    "members": {
      level: "REQUIRED",
      text: "type and path (string, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
    "mismatch": {
      level: "MUST",
      text:
        "If a file already exists at path that does not match the requested device, the runtime MUST generate an error",
      tests: [
        "conformance/config_linux_test.ts: a file that does not match the device MUST be an error",
      ],
    },
    "numbers": {
      level: "REQUIRED",
      text: "major, minor (int64, REQUIRED unless type is p)",
      tests: [
        "spec/rules/linux_test.ts: the rules of linux",
        "conformance/config_linux_test.ts: listed devices MUST be there, also outside of /dev",
      ],
    },
    "repeated": {
      level: "SHOULD NOT",
      text: "The same type, major and minor SHOULD NOT be used for multiple devices",
      status: "untestable",
      reason:
        "asked of who writes the configuration; two nodes of one device are made as they are listed",
    },
    "others": {
      level: "MUST NOT",
      text:
        "Containers MAY NOT access any device node that is not either explicitly referenced or in the default devices",
      tests: [
        "root/device_rules_test.ts: configLinuxDeviceAllowedlist: by default only the default devices can be used, whatever nodes there are",
      ],
    },
  },
  "config-linux.md#configLinuxDefaultDevices": {
    "supplied": {
      level: "MUST",
      text: "The runtime MUST also supply /dev/null, zero, full, random, urandom, tty and ptmx",
      tests: [
        "conformance/config_linux_test.ts: the default devices MUST be there",
      ],
    },
    "console": {
      level: "MUST",
      text:
        "/dev/console is set up if terminal is enabled in the config by bind mounting the pseudoterminal",
      tests: [
        "root/terminal_test.ts: /dev/console and /dev/tty are the terminal",
      ],
    },
  },
  "config-linux.md#configLinuxRootfsMountPropagation": {
    "values": {
      level: "OPTIONAL",
      text: "rootfsPropagation (string, OPTIONAL): shared, slave, private or unbindable",
      tests: [
        "conformance/config_linux_test.ts: each value is the root's",
        "root/rootfs_test.ts: rootfsPropagation ${value}: the root is of that kind, and nothing travels to the host",
      ],
    },
  },
  "config-linux.md#configLinuxMaskedPaths": {
    "absolute": {
      level: "MUST",
      text:
        "maskedPaths will mask over the provided paths so that they cannot be read; the values MUST be absolute paths in the container namespace",
      tests: [
        "conformance/config_linux_test.ts: the paths cannot be read, and MUST be absolute",
      ],
    },
  },
  "config-linux.md#configLinuxReadonlyPaths": {
    "absolute": {
      level: "MUST",
      text:
        "readonlyPaths will set the provided paths as readonly; the values MUST be absolute paths in the container namespace",
      tests: [
        "conformance/config_linux_test.ts: the paths cannot be written, and MUST be absolute",
      ],
    },
  },
  "config-linux.md#configLinuxMountLabel": {
    "context": {
      level: "OPTIONAL",
      text: "mountLabel (string, OPTIONAL) will set the SELinux context for the mounts",
      tests: [
        "conformance/labels_test.ts: it is an error that names it where the kernel does not run SELinux",
        "root/labels_test.ts: linux.mountLabel reaches the filesystem, by both calls that mount",
      ],
    },
  },
  "config-linux.md#configLinuxPersonality": {
    "domain": {
      level: "REQUIRED",
      text: "personality.domain (string, REQUIRED): LINUX or LINUX32",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/process_attributes_test.ts: LINUX32 shows a 32-bit machine",
      ],
    },
    "flags": {
      level: "OPTIONAL",
      text:
        "personality.flags (array of strings, OPTIONAL): currently no flag values are supported",
      tests: [
        "conformance/process_attributes_test.ts: any flag, and an unknown domain, is refused",
      ],
    },
  },
  "config-linux.md#configLinuxSysctl": {
    "values": {
      level: "OPTIONAL",
      text:
        "sysctl (object, OPTIONAL) allows kernel parameters to be modified at runtime for the container",
      tests: [
        "conformance/config_linux_test.ts: the values are the container's",
        "spec/rules/sysctl_test.ts: the rules of sysctl",
      ],
    },
  },
  "config-linux.md#configLinuxMemoryPolicy": {
    "mode": {
      level: "REQUIRED",
      text: "memoryPolicy.mode (string, REQUIRED): the mode of set_mempolicy(2)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/process_attributes_test.ts: ${JSON.stringify(policy)} is the process's and its children's",
        "conformance/process_attributes_test.ts: MPOL_WEIGHTED_INTERLEAVE",
      ],
    },
    "nodes": {
      level: "OPTIONAL",
      text:
        "memoryPolicy.nodes and flags (OPTIONAL): some modes do not require nodes, others require at least one",
      tests: [
        "conformance/process_attributes_test.ts: what set_mempolicy(2) could not take is refused by name",
      ],
    },
  },
};
