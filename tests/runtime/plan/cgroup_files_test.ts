import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import type { CgroupWrite } from "../../../runtime/plan/cgroup/controller.ts";
import { sharesToWeight } from "../../../runtime/plan/cgroup/cpu.ts";
import { weightToV2 } from "../../../runtime/plan/cgroup/io.ts";
import {
  CONTROLLERS,
  type ControllerSources,
  planCgroupFiles,
} from "../../../runtime/plan/cgroup_files.ts";
import type { ConfigError } from "../../../spec/issue.ts";
import type { Resources } from "../../../spec/schema/resources.ts";

const NAMES = "cpuset cpu memory blkio pids hugetlb rdma net_cls net_prio".split(" ");
const V1: ControllerSources = { v1: new Set(NAMES), v2: undefined };
const V2: ControllerSources = {
  v1: new Set(),
  v2: new Set("cpuset cpu memory io pids hugetlb rdma misc".split(" ")),
};
/** As where hugetlb has not been mounted in v1. */
const HYBRID: ControllerSources = {
  v1: new Set(NAMES.filter((name) => name !== "hugetlb")),
  v2: new Set(["hugetlb"]),
};

/** `cpu.shares=512`; a write that may go to nothing ends with `?`. */
function text({ files, mayLack }: CgroupWrite): string {
  return Object.entries(files).map(([file, content]) =>
    `${file}=${typeof content === "string" ? content : content("100 200")}`
  ).join(" | ") + (mayLack ? "?" : "");
}

function plan(resources: Resources, sources: ControllerSources): string[] {
  return planCgroupFiles(resources, sources).flatMap(({ writes }) => writes.map(text));
}

function properties(resources: Resources, sources: ControllerSources): string[] {
  return planCgroupFiles(resources, sources).flatMap(({ writes }) =>
    writes.map(({ property }) => property.replace("linux.resources.", ""))
  );
}

/** What stands in the way, without the common beginning. */
function refusal(resources: Resources, sources: ControllerSources): string {
  let message = "";
  throws(() => planCgroupFiles(resources, sources), (error) => {
    const [issue] = (error as ConfigError).issues;
    message = `${issue?.path}: ${issue?.message}`;
    return true;
  });
  return message.replace("linux.resources.", "");
}

Deno.test("planCgroupFiles() writes nothing where nothing is set", () => {
  const zero: Resources = {
    memory: { limit: 0, reservation: 0, swap: 0, checkBeforeUpdate: true },
    cpu: { shares: 0, period: 0, cpus: "", mems: "" },
    blockIO: { weight: 0, leafWeight: 0, weightDevice: [] },
    hugepageLimits: [],
    network: { priorities: [] },
    pids: {},
    rdma: {},
    unified: {},
    devices: [{ allow: false }],
  };
  for (const sources of [V1, V2, HYBRID, { v1: new Set<string>(), v2: undefined }]) {
    assertEquals(plan({}, sources), []);
    assertEquals(plan(zero, sources), []);
  }
});

Deno.test("configLinuxCPU: time and shares in v1", () => {
  const cpu = { shares: 512, period: 100_000, quota: 50_000n, burst: 10_000, idle: 0 };
  assertEquals(plan({ cpu }, V1), [
    "cpu.idle=0?",
    "cpu.shares=512",
    "cpu.cfs_period_us=100000",
    "cpu.cfs_quota_us=50000",
    "cpu.cfs_burst_us=10000",
  ]);
  assertEquals(plan({ cpu: { realtimeRuntime: 950_000, realtimePeriod: 1_000_000 } }, V1), [
    "cpu.rt_period_us=1000000",
    "cpu.rt_runtime_us=950000",
  ]);
});

Deno.test("configLinuxCPU: time and shares in v2", () => {
  const cpu = { shares: 512, period: 100_000, quota: 50_000n, burst: 10_000, idle: 0 };
  assertEquals(plan({ cpu }, V2), [
    "cpu.idle=0?",
    "cpu.weight=59",
    "cpu.max=50000 100000",
    "cpu.max.burst=10000",
  ]);
  assertEquals(properties({ cpu }, V2), ["cpu.idle", "cpu.shares", "cpu.quota", "cpu.burst"]);
});

Deno.test("configLinuxCPU: a quota that is not positive is no limit", () => {
  for (const quota of [-1, 0, -5n]) {
    assertEquals(plan({ cpu: { quota } }, V1), ["cpu.cfs_quota_us=-1?"]);
    assertEquals(plan({ cpu: { quota } }, V2), ["cpu.max=max?"]);
    assertEquals(plan({ cpu: { quota, period: 5000 } }, V2), ["cpu.max=max 5000"]);
  }
});

Deno.test("configLinuxCPU: a period alone keeps the quota, a quota alone the period", () => {
  assertEquals(plan({ cpu: { period: 5000 } }, V2), ["cpu.max=100 5000"]);
  assertEquals(plan({ cpu: { quota: 700 } }, V2), ["cpu.max=700"]);
  const [{ writes } = { writes: [] }] = planCgroupFiles({ cpu: { period: 5000 } }, V2);
  const content = writes[0]!.files["cpu.max"];
  assertEquals(typeof content === "function" ? content("") : content, "max 5000");
});

Deno.test("configLinuxCPU: idle comes without shares, which it rules out", () => {
  assertEquals(plan({ cpu: { idle: 1, shares: 512 } }, V1), ["cpu.idle=1"]);
  assertEquals(plan({ cpu: { idle: 1, shares: 512 } }, V2), ["cpu.idle=1"]);
});

Deno.test("configLinuxCPU: real-time settings are v1's", () => {
  const why = "cgroup v2 has no such setting";
  assertEquals(refusal({ cpu: { realtimePeriod: 1 } }, V2), `cpu.realtimePeriod: ${why}`);
  assertEquals(refusal({ cpu: { realtimeRuntime: 1 } }, V2), `cpu.realtimeRuntime: ${why}`);
  assertEquals(plan({ cpu: { realtimeRuntime: 0, realtimePeriod: 0 } }, V2), []);
});

Deno.test("sharesToWeight() goes through least, default and most, and never down", () => {
  assertEquals([1, 2, 1024, 262_144, 300_000].map(sharesToWeight), [1, 1, 100, 10_000, 10_000]);
  assertEquals([10, 102, 512, 2048, 4096].map(sharesToWeight), [4, 17, 59, 174, 303]);
  let last = 0;
  for (let shares = 2; shares <= 262_144; shares += 37) {
    const weight = sharesToWeight(shares);
    if (weight < last || !Number.isInteger(weight)) throw new Error(`${shares} → ${weight}`);
    last = weight;
  }
});

Deno.test("configLinuxCPU: cpus and mems are cpuset's, in both versions, and come first", () => {
  const cpu = { cpus: "0-3,7", mems: "0", shares: 2 };
  for (const sources of [V1, V2]) {
    assertEquals(plan({ cpu }, sources).slice(0, 2), ["cpuset.cpus=0-3,7", "cpuset.mems=0"]);
    assertEquals(planCgroupFiles({ cpu }, sources).map(({ controller }) => controller), [
      "cpuset",
      "cpu",
    ]);
  }
});

Deno.test("configLinuxMemory: limits in v1", () => {
  const memory = {
    limit: 1 << 30,
    swap: 1n << 31n,
    reservation: 1 << 20,
    swappiness: 0,
    disableOOMKiller: true,
    useHierarchy: true,
    kernel: 1 << 20,
    kernelTCP: 1 << 20,
    checkBeforeUpdate: true,
  };
  assertEquals(plan({ memory }, V1), [
    "memory.use_hierarchy=1",
    "memory.limit_in_bytes=1073741824",
    "memory.memsw.limit_in_bytes=2147483648",
    "memory.soft_limit_in_bytes=1048576",
    "memory.swappiness=0",
    "memory.oom_control=1",
  ]);
  assertEquals(plan({ memory: { disableOOMKiller: false } }, V1), ["memory.oom_control=0"]);
});

Deno.test("configLinuxMemory: v2 counts swap by itself", () => {
  const memory = { limit: 1 << 30, swap: 1n << 31n, reservation: 1 << 20 };
  assertEquals(plan({ memory }, V2), [
    "memory.max=1073741824",
    "memory.swap.max=1073741824",
    "memory.low=1048576",
  ]);
  assertEquals(plan({ memory: { limit: 5, swap: 5 } }, V2), ["memory.max=5", "memory.swap.max=0"]);
  const huge = { limit: 9_007_199_254_740_993n, swap: 9_223_372_036_854_775_807n };
  assertEquals(plan({ memory: huge }, V2)[1], "memory.swap.max=9214364837600034814");
  for (const limit of [undefined, 0, -1]) {
    const message = refusal({ memory: limit === undefined ? { swap: 5 } : { limit, swap: 5 } }, V2);
    assertEquals(
      message,
      "memory.swap: cgroup v2 limits swap by itself, which takes memory.limit as well",
    );
  }
  assertEquals(
    refusal({ memory: { limit: 5, swap: 4 } }, V2),
    "memory.swap: is less than memory.limit, 5",
  );
});

Deno.test("configLinuxMemory: -1 is no limit, and memory without limit leaves none on swap", () => {
  assertEquals(plan({ memory: { limit: -1 } }, V1), [
    "memory.limit_in_bytes=-1?",
    "memory.memsw.limit_in_bytes=-1?",
  ]);
  assertEquals(plan({ memory: { limit: -1 } }, V2), ["memory.max=max?", "memory.swap.max=max?"]);
  assertEquals(plan({ memory: { limit: 5, swap: -1, reservation: -1 } }, V2), [
    "memory.max=5",
    "memory.swap.max=max?",
    "memory.low=max?",
  ]);
});

Deno.test("configLinuxMemory: what v2 cannot do is an error", () => {
  const why = "cgroup v2 has no such setting";
  assertEquals(refusal({ memory: { swappiness: 0 } }, V2), `memory.swappiness: ${why}`);
  assertEquals(
    refusal({ memory: { disableOOMKiller: true } }, V2),
    `memory.disableOOMKiller: ${why}`,
  );
  assertEquals(
    refusal({ memory: { useHierarchy: false } }, V2),
    "memory.useHierarchy: cgroup v2 counts all memory in the cgroups above as well",
  );
  assertEquals(plan({ memory: { disableOOMKiller: false, useHierarchy: true } }, V2), []);
});

Deno.test("configLinuxMemory: only v2 has to be kept from a limit below what is in use", () => {
  const check = (sources: ControllerSources, checkBeforeUpdate: boolean) =>
    planCgroupFiles({ memory: { limit: 5, checkBeforeUpdate } }, sources)[0]!.writes[0]!.usage;
  const v1 = { current: "memory.usage_in_bytes", peak: "memory.max_usage_in_bytes", check: false };
  assertEquals(check(V1, true), v1);
  const v2 = { current: "memory.current", peak: "memory.peak" };
  assertEquals(check(V2, true), { ...v2, check: true });
  assertEquals(check(V2, false), { ...v2, check: false });
});

const BLOCK_IO: NonNullable<Resources["blockIO"]> = {
  weight: 500,
  weightDevice: [{ major: 8, minor: 0, weight: 1000 }],
  throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 600 }, { major: 8, minor: 16, rate: 0 }],
  throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 1 }],
  throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 2 }],
  throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 18_446_744_073_709_551_615n }],
};

Deno.test("configLinuxBlockIO: weights and rates in v1", () => {
  const blockIO = {
    ...BLOCK_IO,
    leafWeight: 10,
    weightDevice: [{ major: 8, minor: 0, weight: 1000, leafWeight: 20 }],
  };
  assertEquals(plan({ blockIO }, V1), [
    "blkio.bfq.weight=500 | blkio.weight=500",
    "blkio.leaf_weight=10",
    "blkio.bfq.weight_device=8:0 1000 | blkio.weight_device=8:0 1000",
    "blkio.leaf_weight_device=8:0 20",
    "blkio.throttle.read_bps_device=8:0 600",
    "blkio.throttle.read_bps_device=8:16 0",
    "blkio.throttle.write_bps_device=8:0 1",
    "blkio.throttle.read_iops_device=8:0 2",
    "blkio.throttle.write_iops_device=8:0 18446744073709551615",
  ]);
  assertEquals(properties({ blockIO }, V1).slice(0, 6), [
    "blockIO.weight",
    "blockIO.leafWeight",
    "blockIO.weightDevice[0].weight",
    "blockIO.weightDevice[0].leafWeight",
    "blockIO.throttleReadBpsDevice[0]",
    "blockIO.throttleReadBpsDevice[1]",
  ]);
});

Deno.test("configLinuxBlockIO: weights and rates in v2, where 0 is no rate", () => {
  assertEquals(plan({ blockIO: BLOCK_IO }, V2), [
    "io.bfq.weight=500 | io.weight=4950",
    "io.bfq.weight=8:0 1000 | io.weight=8:0 10000",
    "io.max=8:0 rbps=600",
    "io.max=8:16 rbps=max",
    "io.max=8:0 wbps=1",
    "io.max=8:0 riops=2",
    "io.max=8:0 wiops=18446744073709551615",
  ]);
  const why = "cgroup v2 has no such setting";
  assertEquals(refusal({ blockIO: { leafWeight: 10 } }, V2), `blockIO.leafWeight: ${why}`);
  const weightDevice = [{ major: 8, minor: 0, leafWeight: 10 }];
  assertEquals(
    refusal({ blockIO: { weightDevice } }, V2),
    `blockIO.weightDevice[0].leafWeight: ${why}`,
  );
});

Deno.test("weightToV2() goes from 1 to 10000", () => {
  assertEquals([1, 10, 100, 500, 1000].map(weightToV2), [1, 1, 910, 4950, 10_000]);
});

Deno.test("configLinuxPIDS: 0 is a limit, -1 is none", () => {
  for (const sources of [V1, V2]) {
    assertEquals(plan({ pids: { limit: 0 } }, sources), ["pids.max=0"]);
    assertEquals(plan({ pids: { limit: 32_771n } }, sources), ["pids.max=32771"]);
    assertEquals(plan({ pids: { limit: -1 } }, sources), ["pids.max=max?"]);
  }
});

Deno.test("configLinuxHugePageLimits: by reservation where the kernel has it, and by fault", () => {
  const hugepageLimits = [{ pageSize: "2MB", limit: 0 }, { pageSize: "1GB", limit: 1n << 40n }];
  assertEquals(plan({ hugepageLimits }, V1), [
    "hugetlb.2MB.limit_in_bytes=0",
    "hugetlb.2MB.rsvd.limit_in_bytes=0?",
    "hugetlb.1GB.limit_in_bytes=1099511627776",
    "hugetlb.1GB.rsvd.limit_in_bytes=1099511627776?",
  ]);
  const v2 = ["hugetlb.2MB.max=0", "hugetlb.2MB.rsvd.max=0?"];
  assertEquals(plan({ hugepageLimits }, V2).slice(0, 2), v2);
  // v1 does not have it here, so it is v2's.
  assertEquals(plan({ hugepageLimits }, HYBRID).slice(0, 2), v2);
});

Deno.test("configLinuxRDMA: a line a device", () => {
  const rdma = { mlx5_1: { hcaHandles: 3, hcaObjects: 10_000 }, rxe0: { hcaObjects: 0 } };
  const lines = ["rdma.max=mlx5_1 hca_handle=3 hca_object=10000", "rdma.max=rxe0 hca_object=0"];
  assertEquals(plan({ rdma }, V1), lines);
  assertEquals(plan({ rdma }, V2), lines);
  assertEquals(properties({ rdma }, V2), ['rdma["mlx5_1"]', 'rdma["rxe0"]']);
});

Deno.test("configLinuxNetwork: marks are v1's", () => {
  const network = {
    classID: 0x10_0001,
    priorities: [{ name: "eth0", priority: 500 }, { name: "eth1", priority: 1000 }],
  };
  assertEquals(plan({ network }, V1), [
    "net_cls.classid=1048577",
    "net_prio.ifpriomap=eth0 500",
    "net_prio.ifpriomap=eth1 1000",
  ]);
  assertEquals(refusal({ network }, V2), "network.classID: cgroup v2 has no such setting");
  const { priorities } = network;
  assertEquals(
    refusal({ network: { priorities } }, V2),
    "network.priorities: cgroup v2 has no such setting",
  );
});

Deno.test("configLinuxUnified: files word for word, by controller, a line a write", () => {
  const unified = {
    "memory.high": "1000000",
    "io.max": "8:0 rbps=1\n8:16 wbps=2\n",
    "cgroup.max.depth": "3",
    "memory.min": "5",
    "cpu.pressure": "some 150000 1000000",
    "cpuset.cpus": "",
    "misc.max": "sev 3",
  };
  assertEquals(
    planCgroupFiles({ unified }, V2).map(({ controller, writes }) => [
      controller,
      ...writes.map(text),
    ]),
    [
      ["memory", "memory.high=1000000", "memory.min=5"],
      ["io", "io.max=8:0 rbps=1", "io.max=8:16 wbps=2"],
      ["cgroup", "cgroup.max.depth=3", "cpu.pressure=some 150000 1000000"],
      ["cpuset", "cpuset.cpus=\n"],
      ["misc", "misc.max=sev 3"],
    ],
  );
  assertEquals(properties({ unified }, V2)[0], 'unified["memory.high"]');
});

Deno.test("configLinuxUnified: it has the last word", () => {
  const resources = { memory: { limit: 5 }, unified: { "memory.max": "7" }, pids: { limit: 1 } };
  assertEquals(plan(resources, V2), ["memory.max=5", "pids.max=1", "memory.max=7"]);
});

Deno.test("configLinuxUnified: a controller that v2 does not have MUST be an error", () => {
  const unified = { "memory.high": "1" };
  assertEquals(refusal({ unified }, V1), 'unified["memory.high"]: the host has no cgroup v2');
  assertEquals(
    refusal({ unified }, HYBRID),
    'unified["memory.high"]: cgroup v2 has no controller "memory" on this host',
  );
  assertEquals(plan({ unified: { "hugetlb.2MB.max": "0" } }, HYBRID), ["hugetlb.2MB.max=0"]);
  assertEquals(
    refusal({ unified: { strange: "1" } }, V2),
    'unified["strange"]: cgroup v2 has no controller "strange" on this host',
  );
});

Deno.test("planCgroupFiles() refuses a limit that no hierarchy of the host has a controller for", () => {
  const none: ControllerSources = { v1: new Set(), v2: new Set() };
  const bare: ControllerSources = { v1: new Set(), v2: undefined };
  const why = "the host has no cgroup controller";
  assertEquals(refusal({ pids: { limit: 0 } }, none), `pids.limit: ${why} "pids"`);
  assertEquals(refusal({ blockIO: { weight: 10 } }, none), `blockIO.weight: ${why} "io"`);
  assertEquals(refusal({ blockIO: { weight: 10 } }, bare), `blockIO.weight: ${why} "blkio"`);
  assertEquals(refusal({ network: { classID: 0 } }, bare), `network.classID: ${why} "net_cls"`);
});

Deno.test("planCgroupFiles() needs no controller for having no limit", () => {
  const none: ControllerSources = { v1: new Set(), v2: new Set() };
  const resources = {
    memory: { limit: -1, swap: -1 },
    cpu: { quota: -1, burst: 0, idle: 0, realtimeRuntime: 0 },
    pids: { limit: -1 },
  };
  assertEquals(plan(resources, none), []);
});

Deno.test("every controller has a name in v1, and says that it is set only if it is", () => {
  for (const { names, isSet } of CONTROLLERS) {
    assertEquals([typeof names[1], isSet({})], ["string", false]);
  }
});
