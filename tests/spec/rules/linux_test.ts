import { namespaces, testCases } from "../cases.ts";

const dev = "(config-linux.md#configLinuxDevices)";
const memory = "(config-linux.md#configLinuxMemoryPolicy)";
const rdt = "(config-linux.md#configLinuxIntelRdt)";
const personality = "(config-linux.md#configLinuxPersonality)";
const masked = "(config-linux.md#configLinuxMaskedPaths)";

function policy(mode: string, nodes?: string, ...flags: string[]): Record<string, unknown> {
  return { linux: { memoryPolicy: { mode, ...(nodes === undefined ? {} : { nodes }), flags } } };
}

testCases("the rules of linux", [
  ["devices", {
    linux: {
      devices: [
        { type: "c", path: "/dev/fuse", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0 },
        { type: "b", path: "/somewhere/else", major: 4095, minor: 1048575 },
        { type: "u", path: "/dev/u", major: 1, minor: 3 },
        { type: "p", path: "/dev/fifo" },
      ],
    },
  }],
  ["a mode with the bits of the file's type, as Podman writes", {
    linux: { devices: [{ type: "c", path: "/dev/a", major: 1, minor: 3, fileMode: 8630 }] },
  }],
  [
    "a device without numbers",
    { linux: { devices: [{ type: "b", path: "/dev/a" }] } },
    `linux.devices[0].major: is required for a device of type "b" ${dev}`,
    `linux.devices[0].minor: is required for a device of type "b" ${dev}`,
  ],
  [
    "a device at a relative path",
    { linux: { devices: [{ type: "p", path: "dev/a" }] } },
    `linux.devices[0].path: must be an absolute path, got "dev/a" ${dev}`,
  ],
  [
    "a device of type a, and numbers that dev_t cannot hold",
    {
      linux: {
        devices: [
          { type: "a", path: "/a" },
          { type: "c", path: "/b", major: 4096, minor: 1048576 },
          { type: "c", path: "/c", major: -1, minor: 0 },
        ],
      },
    },
    `linux.devices[0].type: expected one of "b", "c", "p", "u", got "a" ${dev}`,
    `linux.devices[1].major: expected integer from 0 to 4095, got 4096 ${dev}`,
    `linux.devices[1].minor: expected integer from 0 to 1048575, got 1048576 ${dev}`,
    `linux.devices[2].major: expected integer from 0 to 4095, got -1 ${dev}`,
  ],

  [
    "relative paths to mask or lock",
    { linux: { maskedPaths: ["proc/kcore"], readonlyPaths: ["/proc/sys", ""] } },
    `linux.maskedPaths[0]: must be an absolute path, got "proc/kcore" ${masked}`,
    'linux.readonlyPaths[1]: must be an absolute path, got "" ' +
    "(config-linux.md#configLinuxReadonlyPaths)",
  ],
  [
    "paths to mask without a mount namespace",
    { linux: { namespaces: namespaces("uts"), readonlyPaths: [] } },
    `linux.maskedPaths: needs a namespace of type "mount" in linux.namespaces ${masked}`,
  ],

  ["each propagation", { linux: { rootfsPropagation: "unbindable" } }],
  ["the recursive propagation that containerd writes", { linux: { rootfsPropagation: "rslave" } }],
  [
    "a propagation that is none",
    { linux: { rootfsPropagation: "public" } },
    'linux.rootfsPropagation: expected one of "private", "shared", "slave", "unbindable", ' +
    '"rprivate", "rshared", "rslave", "runbindable", got "public" ' +
    "(config-linux.md#configLinuxRootfsMountPropagation)",
  ],

  ["personalities", { linux: { personality: { domain: "LINUX32", flags: [] } } }],
  [
    "a personality without domain",
    { linux: { personality: {} } },
    `linux.personality.domain: is required ${personality}`,
  ],
  [
    "a flag of personality",
    { linux: { personality: { domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"] } } },
    'linux.personality.flags[0]: must be absent: no flag is supported, got "ADDR_NO_RANDOMIZE" ' +
    personality,
  ],

  ["the default policy", policy("MPOL_DEFAULT", "")],
  [
    "a policy with nodes",
    policy("MPOL_BIND", "0-3,7", "MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING"),
  ],
  ["a preference for no node", policy("MPOL_PREFERRED")],
  ["a preference for a node", policy("MPOL_PREFERRED", "1", "MPOL_F_RELATIVE_NODES")],
  [
    "a policy without mode",
    { linux: { memoryPolicy: {} } },
    `linux.memoryPolicy.mode: is required ${memory}`,
  ],
  ...["MPOL_DEFAULT", "MPOL_LOCAL"].map((mode) =>
    [
      `${mode} with nodes`,
      policy(mode, "0"),
      `linux.memoryPolicy.nodes: must be absent or empty for ${mode} ${memory}`,
    ] as const
  ),
  ...["MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_PREFERRED_MANY", "MPOL_WEIGHTED_INTERLEAVE"].map((
    mode,
  ) =>
    [
      `${mode} without nodes`,
      policy(mode),
      `linux.memoryPolicy.nodes: must have at least one node for ${mode} ${memory}`,
    ] as const
  ),
  [
    "nodes that are no list",
    policy("MPOL_BIND", "all"),
    `linux.memoryPolicy.nodes: must be a list of memory nodes such as "0-3,7", got "all" ${memory}`,
  ],
  [
    "flags that exclude each other",
    policy("MPOL_BIND", "0", "MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"),
    "linux.memoryPolicy.flags: must not have both of MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES " +
    memory,
  ],
  [
    "a flag on nodes without nodes",
    policy("MPOL_LOCAL", "", "MPOL_F_STATIC_NODES"),
    `linux.memoryPolicy.flags: must not have MPOL_F_STATIC_NODES without nodes ${memory}`,
  ],
  [
    "balancing where it is not possible",
    policy("MPOL_INTERLEAVE", "0", "MPOL_F_NUMA_BALANCING"),
    `linux.memoryPolicy.flags: must not have MPOL_F_NUMA_BALANCING for MPOL_INTERLEAVE ${memory}`,
  ],

  ["resource director settings", {
    linux: {
      intelRdt: {
        closID: "guaranteed_group",
        l3CacheSchema: "L3:0=7f0;1=1f",
        memBwSchema: "MB:0=20;1=70",
        schemata: ["L2:0=f"],
        enableMonitoring: true,
      },
    },
  }],
  ["the default class of service", { linux: { intelRdt: { closID: "/" } } }],
  ...[".", "..", "a/b", "/a"].map((closID) =>
    [
      `the class of service ${closID}`,
      { linux: { intelRdt: { closID } } },
      'linux.intelRdt.closID: must be "/" or the name of a directory, got ' +
      `${JSON.stringify(closID)} ${rdt}`,
    ] as const
  ),
  [
    "schemata of more than a line",
    { linux: { intelRdt: { schemata: ["MB:0=1", "L3:0=1\nMB:0=2"] } } },
    `linux.intelRdt.schemata[1]: must not contain a newline ${rdt}`,
  ],
  [
    "a bandwidth that is none",
    { linux: { intelRdt: { memBwSchema: "L3:0=1" } } },
    `linux.intelRdt.memBwSchema: expected one line that starts with "MB:", got "L3:0=1" ${rdt}`,
  ],
  ["the removed monitoring properties", {
    linux: { intelRdt: { enableCMT: "whatever", enableMBM: 1 } },
  }],
]);
