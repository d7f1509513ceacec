/** Statistics from files as version 1 has them, on Linux 6.1. @module */
import { assertEquals } from "#assert";
import { Cgroup } from "../../../../runtime/cgroup/manager.ts";
import {
  parseAccounting,
  parseThrottlingV1,
  readCpuStats,
} from "../../../../runtime/cgroup/stats/cpu.ts";
import { readCpusetStats } from "../../../../runtime/cgroup/stats/cpuset.ts";
import { readHugetlbStats } from "../../../../runtime/cgroup/stats/hugetlb.ts";
import { parseEntriesV1, readIoStats } from "../../../../runtime/cgroup/stats/io.ts";
import { readMemoryStats } from "../../../../runtime/cgroup/stats/memory.ts";
import { readPidsStats } from "../../../../runtime/cgroup/stats/pids.ts";
import { FakeCgroup } from "../directory.ts";

const CONTROLLERS = "cpu,cpuacct,cpuset,memory,blkio,pids,hugetlb";

/** What `read` makes of a cgroup with these files. */
function stats<T>(read: (cgroup: Cgroup) => T, files: Record<string, string>): T {
  using fake = new FakeCgroup();
  for (const [name, text] of Object.entries(files)) fake.write(name, text);
  return read(Cgroup.deserialize({ paths: { [CONTROLLERS]: fake.directory }, made: [] }));
}

const ACCOUNTING = {
  usage: "63573276",
  stat: "user 3\nsystem 2\n",
  percpu: "50576955 12996321 \n",
  all: "cpu user system\n0 24000000 20000000\n1 8000000 0\n",
};

Deno.test("parseAccounting() counts in nanoseconds, by processor", () => {
  assertEquals(parseAccounting(ACCOUNTING), {
    total: 63573276,
    percpu: [50576955, 12996321],
    percpu_kernel: [20000000, 0],
    percpu_user: [24000000, 8000000],
    kernel: 20_000_000,
    user: 30_000_000,
  });
});

Deno.test("parseAccounting() does without files", () => {
  assertEquals(parseAccounting({ usage: "", stat: "", percpu: "", all: "" }), {
    kernel: 0,
    user: 0,
  });
});

Deno.test("parseThrottlingV1() leaves out zeros", () => {
  const stat = "nr_periods 40\nnr_throttled 3\nthrottled_time 123456789\nnr_bursts 0\nburst_time 0";
  const wanted = { periods: 40, throttledPeriods: 3, throttledTime: 123456789 };
  assertEquals(parseThrottlingV1(stat), wanted);
  assertEquals(parseThrottlingV1("nr_periods 0\nnr_throttled 0\nthrottled_time 0"), {});
});

Deno.test("readCpuStats() reads both controllers of v1", () => {
  const found = stats(readCpuStats, {
    "cpuacct.usage": ACCOUNTING.usage,
    "cpuacct.stat": ACCOUNTING.stat,
    "cpuacct.usage_percpu": ACCOUNTING.percpu,
    "cpuacct.usage_all": ACCOUNTING.all,
    "cpu.stat": "nr_periods 1\nnr_throttled 0\nthrottled_time 0\n",
  });
  assertEquals(found, { usage: parseAccounting(ACCOUNTING), throttling: { periods: 1 } });
});

Deno.test("readCpusetStats() reads lists and switches of v1, zeros included", () => {
  const found = stats(readCpusetStats, {
    "cpuset.cpus": "0-2,7\n",
    "cpuset.mems": "0\n",
    "cpuset.cpu_exclusive": "0\n",
    "cpuset.mem_hardwall": "0\n",
    "cpuset.mem_exclusive": "0\n",
    "cpuset.memory_migrate": "1\n",
    "cpuset.memory_spread_page": "0\n",
    "cpuset.memory_spread_slab": "0\n",
    "cpuset.memory_pressure": "12\n",
    "cpuset.sched_load_balance": "1\n",
    "cpuset.sched_relax_domain_level": "-1\n",
  });
  assertEquals(
    JSON.stringify(found),
    JSON.stringify({
      cpus: [0, 1, 2, 7],
      cpu_exclusive: 0,
      mems: [0],
      mem_hardwall: 0,
      mem_exclusive: 0,
      memory_migrate: 1,
      memory_spread_page: 0,
      memory_spread_slab: 0,
      memory_pressure: 12,
      sched_load_balance: 1,
      sched_relax_domain_level: -1,
    }),
  );
});

Deno.test("readMemoryStats() reads the four counters of v1, limits exactly", () => {
  const found = stats(readMemoryStats, {
    "memory.limit_in_bytes": "9223372036854771712\n",
    "memory.usage_in_bytes": "487424\n",
    "memory.max_usage_in_bytes": "2650112\n",
    "memory.failcnt": "0\n",
    "memory.memsw.limit_in_bytes": "67108864\n",
    "memory.memsw.usage_in_bytes": "487425\n",
    "memory.memsw.max_usage_in_bytes": "2650113\n",
    "memory.memsw.failcnt": "7\n",
    "memory.kmem.limit_in_bytes": "9223372036854771712\n",
    "memory.kmem.usage_in_bytes": "253952\n",
    "memory.kmem.max_usage_in_bytes": "524288\n",
    "memory.kmem.failcnt": "0\n",
    "memory.kmem.tcp.limit_in_bytes": "9223372036854771712\n",
    "memory.kmem.tcp.usage_in_bytes": "0\n",
    "memory.kmem.tcp.max_usage_in_bytes": "0\n",
    "memory.kmem.tcp.failcnt": "0\n",
    "memory.stat": "cache 8192\nrss 53248\nhierarchical_memory_limit 9223372036854771712\n",
  });
  assertEquals(found, {
    cache: 8192,
    usage: { limit: 9223372036854771712n, usage: 487424, max: 2650112, failcnt: 0 },
    swap: { limit: 67108864, usage: 487425, max: 2650113, failcnt: 7 },
    kernel: { limit: 9223372036854771712n, usage: 253952, max: 524288, failcnt: 0 },
    kernelTCP: { limit: 9223372036854771712n, failcnt: 0 },
    raw: { cache: 8192, hierarchical_memory_limit: 9223372036854771712n, rss: 53248 },
  });
});

Deno.test("readMemoryStats() of v1 has no numbers for swap where the kernel does not count it", () => {
  const { swap } = stats(readMemoryStats, { "memory.limit_in_bytes": "4096\n" });
  assertEquals(swap, { limit: 0, failcnt: 0 });
});

Deno.test("readPidsStats() leaves out what is no limit", () => {
  assertEquals(stats(readPidsStats, { "pids.current": "3\n", "pids.max": "max\n" }), {
    current: 3,
  });
  assertEquals(stats(readPidsStats, { "pids.current": "3\n", "pids.max": "64\n" }), {
    current: 3,
    limit: 64,
  });
});

const SERVICED = "8:0 Read 7\n8:0 Write 0\n8:0 Total 7\n253:16 Read 1\nTotal 8\n";

Deno.test("parseEntriesV1() reads by device, with an operation or without", () => {
  assertEquals(parseEntriesV1(SERVICED), [
    { major: 8, op: "Read", value: 7 },
    { major: 8, op: "Write" },
    { major: 8, op: "Total", value: 7 },
    { major: 253, minor: 16, op: "Read", value: 1 },
  ]);
  assertEquals(parseEntriesV1("8:16 1024\n"), [{ major: 8, minor: 16, value: 1024 }]);
  assertEquals(parseEntriesV1("Total 0\n"), []);
});

Deno.test("readIoStats() believes the scheduler of the devices before the throttling", () => {
  const throttle = {
    "blkio.throttle.io_service_bytes_recursive": "8:0 Read 4096\n",
    "blkio.throttle.io_serviced_recursive": "8:0 Read 1\n",
  };
  const silent = { "blkio.bfq.io_serviced_recursive": "Total 0\n" };
  assertEquals(stats(readIoStats, { ...throttle, ...silent }), {
    ioServiceBytesRecursive: [{ major: 8, op: "Read", value: 4096 }],
    ioServicedRecursive: [{ major: 8, op: "Read", value: 1 }],
  });
  const bfq = {
    "blkio.bfq.io_serviced_recursive": "8:0 Read 9\n",
    "blkio.bfq.time_recursive": "8:0 55\n",
  };
  assertEquals(stats(readIoStats, { ...throttle, ...bfq }), {
    ioServicedRecursive: [{ major: 8, op: "Read", value: 9 }],
    ioTimeRecursive: [{ major: 8, value: 55 }],
  });
  assertEquals(stats(readIoStats, {}), {});
});

Deno.test("readHugetlbStats() of v1 prefers what was reserved, smallest pages first", () => {
  const found = stats(readHugetlbStats, {
    "hugetlb.1GB.usage_in_bytes": "1073741824\n",
    "hugetlb.1GB.max_usage_in_bytes": "2147483648\n",
    "hugetlb.1GB.failcnt": "0\n",
    "hugetlb.2MB.usage_in_bytes": "0\n",
    "hugetlb.2MB.max_usage_in_bytes": "0\n",
    "hugetlb.2MB.failcnt": "0\n",
    "hugetlb.2MB.rsvd.usage_in_bytes": "2097152\n",
    "hugetlb.2MB.rsvd.max_usage_in_bytes": "4194304\n",
    "hugetlb.2MB.rsvd.failcnt": "5\n",
  });
  assertEquals(Object.entries(found), [
    ["2MB", { usage: 2097152, max: 4194304, failcnt: 5 }],
    ["1GB", { usage: 1073741824, max: 2147483648, failcnt: 0 }],
  ]);
});
