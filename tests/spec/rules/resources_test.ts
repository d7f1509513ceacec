import { testCases } from "../cases.ts";

function resources(value: Record<string, unknown>): { linux: Record<string, unknown> } {
  return { linux: { resources: value } };
}

const devices = "(config-linux.md#configLinuxDeviceAllowedlist)";
const memory = "(config-linux.md#configLinuxMemory)";
const cpu = "(config-linux.md#configLinuxCPU)";
const pids = "(config-linux.md#configLinuxPIDS)";
const blockIO = "(config-linux.md#configLinuxBlockIO)";
const rdma = "(config-linux.md#configLinuxRDMA)";
const unified = "(config-linux.md#configLinuxUnified)";
const hugepages = "(config-linux.md#configLinuxHugePageLimits)";
const network = "(config-linux.md#configLinuxNetwork)";

testCases("the rules of resources", [
  ["none", resources({})],
  [
    "device rules",
    resources({
      devices: [
        { allow: false },
        { allow: false, type: "", access: "" },
        { allow: true, type: "a" },
        { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
        // Docker for `c *:* m`.
        { allow: true, type: "c", major: -1, minor: -1, access: "m" },
      ],
    }),
  ],
  [
    "device rules that are none",
    resources({
      devices: [{ allow: true, type: "p", access: "x" }, {
        allow: true,
        type: "char",
        access: "r w",
      }],
    }),
    `linux.resources.devices[0].type: must be "a", "b" or "c", got "p" ${devices}`,
    `linux.resources.devices[0].access: must be composed of "r", "w" and "m", got "x" ${devices}`,
    `linux.resources.devices[1].type: must be "a", "b" or "c", got "char" ${devices}`,
    `linux.resources.devices[1].access: must be composed of "r", "w" and "m", got "r w" ${devices}`,
  ],
  [
    "a device rule without a verdict",
    resources({ devices: [{ access: "rwm", minor: -2 }] }),
    `linux.resources.devices[0].allow: is required ${devices}`,
    `linux.resources.devices[0].minor: expected integer from -1 to 4294967295, got -2 ${devices}`,
  ],

  [
    "memory limits",
    resources({
      memory: {
        limit: 536870912,
        reservation: 2n ** 62n,
        swap: 536870912,
        kernel: -1,
        kernelTCP: -1,
        swappiness: 100,
        checkBeforeUpdate: true,
      },
    }),
  ],
  ["unlimited swap", resources({ memory: { limit: 1048576, swap: -1 } })],
  [
    "memory limits below all",
    resources({ memory: { limit: -2, reservation: -(2n ** 63n), kernelTCP: -5 } }),
    `linux.resources.memory.limit: must be -1 (unlimited) or more, got -2 ${memory}`,
    "linux.resources.memory.reservation: must be -1 (unlimited) or more, " +
    `got -9223372036854775808 ${memory}`,
    `linux.resources.memory.kernelTCP: must be -1 (unlimited) or more, got -5 ${memory}`,
  ],
  [
    "less memory with swap than without",
    resources({ memory: { limit: 2048, swap: 1024 } }),
    `linux.resources.memory.swap: must not be less than limit, 2048, got 1024 ${memory}`,
  ],
  [
    "more than full swappiness, and a limit that is no integer",
    resources({ memory: { swappiness: 101, limit: 1.5, reservation: "1g" } }),
    "linux.resources.memory.limit: expected integer from -9223372036854775808 to " +
    `9223372036854775807, got 1.5 ${memory}`,
    "linux.resources.memory.reservation: expected integer from -9223372036854775808 to " +
    `9223372036854775807, got "1g" ${memory}`,
    `linux.resources.memory.swappiness: expected integer from 0 to 100, got 101 ${memory}`,
  ],

  [
    "CPU limits",
    resources({ cpu: { shares: 1024, quota: 1000, burst: 1000, period: 500, idle: 1 } }),
  ],
  ["a burst with no quota", resources({ cpu: { quota: -1, burst: 5 } })],
  [
    "a burst above the quota",
    resources({ cpu: { quota: 1000, burst: 1001 } }),
    `linux.resources.cpu.burst: must not exceed quota, 1000, got 1001 ${cpu}`,
  ],
  [
    "an idle that is neither",
    resources({ cpu: { idle: 2 } }),
    `linux.resources.cpu.idle: expected integer from 0 to 1, got 2 ${cpu}`,
  ],

  ["no limit of processes", resources({ pids: { limit: -1 } })],
  ["a limit of no process", resources({ pids: { limit: 0 } })],
  ["a pids object without limit", resources({ pids: {} })],
  [
    "a negative limit of processes",
    resources({ pids: { limit: -2 } }),
    `linux.resources.pids.limit: must be -1 (no limit) or more, got -2 ${pids}`,
  ],

  [
    "block I/O limits",
    resources({
      blockIO: {
        weight: 10,
        weightDevice: [{ major: 8, minor: 0, weight: 500 }, { major: 8, minor: 1, leafWeight: 0 }],
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 2n ** 64n - 1n }],
      },
    }),
  ],
  [
    "a weight of nothing",
    resources({ blockIO: { weightDevice: [{ major: 8, minor: 0 }] } }),
    `linux.resources.blockIO.weightDevice[0]: must have weight or leafWeight ${blockIO}`,
  ],
  [
    "a rate of nothing",
    resources({ blockIO: { throttleWriteIOPSDevice: [{ major: 8 }], weight: 65536 } }),
    `linux.resources.blockIO.weight: expected integer from 0 to 65535, got 65536 ${blockIO}`,
    `linux.resources.blockIO.throttleWriteIOPSDevice[0].minor: is required ${blockIO}`,
    `linux.resources.blockIO.throttleWriteIOPSDevice[0].rate: is required ${blockIO}`,
  ],

  [
    "huge pages",
    resources({
      hugepageLimits: ["64KB", "2MB", "1GB"].map((pageSize) => ({
        pageSize,
        limit: 9223372036854772000n,
      })),
    }),
  ],
  ...["64kB", "2MiB", "0MB", "2M", "02MB", "MB"].map((pageSize) =>
    [
      `the page size ${pageSize}`,
      resources({ hugepageLimits: [{ pageSize, limit: 0 }] }),
      'linux.resources.hugepageLimits[0].pageSize: expected size such as "64KB", "2MB" or "1GB", ' +
      `got "${pageSize}" ${hugepages}`,
    ] as const
  ),

  [
    "network classes",
    resources({ network: { classID: 1048577, priorities: [{ name: "a", priority: 1 }] } }),
  ],
  [
    "a class in hexadecimal",
    resources({ network: { classID: "0x100001" } }),
    `linux.resources.network.classID: expected integer from 0 to 4294967295, got "0x100001" ${network}`,
  ],

  ["RDMA limits", resources({ rdma: { mlx5_1: { hcaHandles: 3 }, mlx4_0: { hcaObjects: 0 } } })],
  [
    "an RDMA device without limits, and one without a name",
    resources({ rdma: { mlx5_1: {}, "a b": { hcaHandles: 1 }, "": { hcaHandles: 1 } } }),
    `linux.resources.rdma.mlx5_1: must have hcaHandles or hcaObjects ${rdma}`,
    `linux.resources.rdma["a b"]: must be named by a device's name ${rdma}`,
    `linux.resources.rdma[""]: must be named by a device's name ${rdma}`,
  ],

  [
    "files of cgroup v2",
    resources({ unified: { "io.max": "259:0 rbps=2\n253:0 rbps=2", "x.y": "" } }),
  ],
  [
    "files of another directory",
    resources({ unified: { "../memory.max": "1", "a/b": "1", "..": "", "": "" } }),
    ...["../memory.max", "a/b", "..", ""].map((key) =>
      `linux.resources.unified[${JSON.stringify(key)}]: must be named by a file of the cgroup, ` +
      `without a directory ${unified}`
    ),
  ],
]);
