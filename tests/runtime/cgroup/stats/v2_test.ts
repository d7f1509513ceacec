/** Statistics from files as version 2 has them, on Linux 6.1. @module */
import { assertEquals } from "#assert";
import { Cgroup } from "../../../../runtime/cgroup/manager.ts";
import { parseCpuStatV2, readCpuStats } from "../../../../runtime/cgroup/stats/cpu.ts";
import { parseList, readCpusetStats } from "../../../../runtime/cgroup/stats/cpuset.ts";
import { pageSizes, readHugetlbStats } from "../../../../runtime/cgroup/stats/hugetlb.ts";
import { parseIoStatV2, readIoStats } from "../../../../runtime/cgroup/stats/io.ts";
import { readMemoryStats, sumOfLimits } from "../../../../runtime/cgroup/stats/memory.ts";
import { readPidsStats } from "../../../../runtime/cgroup/stats/pids.ts";
import { parsePressure } from "../../../../runtime/cgroup/stats/pressure.ts";
import { UNLIMITED } from "../../../../runtime/cgroup/stats/values.ts";
import { FakeCgroup } from "../directory.ts";

/** What `read` makes of a cgroup with these files. */
function stats<T>(read: (cgroup: Cgroup) => T, files: Record<string, string>): T {
  using fake = new FakeCgroup();
  fake.write("cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
  for (const [name, text] of Object.entries(files)) fake.write(name, text);
  return read(Cgroup.deserialize({ paths: { "": fake.directory }, made: [] }));
}

const PRESSURE = "some avg10=1.50 avg60=0.25 avg300=0.00 total=123456\n" +
  "full avg10=0.00 avg60=0.00 avg300=0.01 total=99\n";
const PSI = {
  some: { avg10: 1.5, avg60: 0.25, avg300: 0, total: 123456 },
  full: { avg10: 0, avg60: 0, avg300: 0.01, total: 99 },
};
const NONE = { avg10: 0, avg60: 0, avg300: 0, total: 0 };

Deno.test("parsePressure() reads both lines, and does without one", () => {
  assertEquals(parsePressure(PRESSURE), PSI);
  assertEquals(parsePressure(PRESSURE.split("\n")[0]!), { some: PSI.some, full: NONE });
  assertEquals(parsePressure(""), { some: NONE, full: NONE });
});

const CPU_STAT = "usage_usec 2000\nuser_usec 1500\nsystem_usec 500\nnr_periods 4\n" +
  "nr_throttled 2\nthrottled_usec 7000\nnr_bursts 0\nburst_usec 0\n";

Deno.test("parseCpuStatV2() makes nanoseconds of microseconds", () => {
  assertEquals(parseCpuStatV2(CPU_STAT), {
    usage: { total: 2_000_000, kernel: 500_000, user: 1_500_000 },
    throttling: { periods: 4, throttledPeriods: 2, throttledTime: 7_000_000 },
  });
  // Without the controller there is no throttling.
  assertEquals(parseCpuStatV2("usage_usec 9223372036854775\nuser_usec 0\nsystem_usec 0\n"), {
    usage: { total: 9223372036854775000n, kernel: 0, user: 0 },
    throttling: {},
  });
});

Deno.test("readCpuStats() has the pressure where the kernel counts it", () => {
  const { psi } = stats(readCpuStats, { "cpu.stat": CPU_STAT, "cpu.pressure": PRESSURE });
  assertEquals(psi, PSI);
  assertEquals("psi" in stats(readCpuStats, { "cpu.stat": CPU_STAT }), false);
});

Deno.test("parseList() counts ranges out", () => {
  assertEquals(parseList("0-2,7"), [0, 1, 2, 7]);
  assertEquals(parseList("3"), [3]);
  assertEquals(parseList(""), []);
});

Deno.test("readCpusetStats() of v2 reads what holds, not what was asked for", () => {
  const { cpus, mems, sched_load_balance } = stats(readCpusetStats, {
    "cpuset.cpus": "\n",
    "cpuset.cpus.effective": "0-1\n",
    "cpuset.mems.effective": "0\n",
  });
  assertEquals([cpus, mems, sched_load_balance], [[0, 1], [0], 0]);
});

const MEMORY = {
  "memory.current": "1000\n",
  "memory.max": "4096\n",
  "memory.peak": "2000\n",
  "memory.swap.current": "24\n",
  "memory.swap.max": "8192\n",
  "memory.events": "low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n",
  "memory.swap.events": "high 0\nmax 2\nfail 0\n",
  "memory.stat": "file 77\nanon 900\n",
};

Deno.test("readMemoryStats() of v2 adds swap to memory, as v1 counts them", () => {
  assertEquals(stats(readMemoryStats, { ...MEMORY, "memory.pressure": PRESSURE }), {
    cache: 77,
    usage: { limit: 4096, usage: 1000, max: 2000, failcnt: 3 },
    swap: { limit: 12288, usage: 1024, failcnt: 2 },
    kernel: { limit: 0, failcnt: 0 },
    kernelTCP: { limit: 0, failcnt: 0 },
    raw: { anon: 900, file: 77 },
    psi: PSI,
  });
});

Deno.test("readMemoryStats() of v2 shows no limit as the largest number", () => {
  const { usage, swap } = stats(readMemoryStats, { ...MEMORY, "memory.swap.max": "max\n" });
  assertEquals([usage.limit, swap.limit], [4096, 18446744073709551615n]);
});

Deno.test("sumOfLimits() is none if one of them is none", () => {
  assertEquals(sumOfLimits(1, 2), 3);
  assertEquals(sumOfLimits(UNLIMITED, 2), UNLIMITED);
  assertEquals(sumOfLimits(1, UNLIMITED), UNLIMITED);
});

Deno.test("readPidsStats() reads v2 as it reads v1", () => {
  assertEquals(stats(readPidsStats, { "pids.current": "3\n", "pids.max": "64\n" }), {
    current: 3,
    limit: 64,
  });
});

Deno.test("parseIoStatV2() puts what it knows where v1 has it", () => {
  const text =
    "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=5 dios=6\n253:1 rbytes=1 cost.x=2\n7:0 \n";
  assertEquals(parseIoStatV2(text), {
    ioServiceBytesRecursive: [
      { major: 8, op: "Read", value: 4096 },
      { major: 8, op: "Write" },
      { major: 253, minor: 1, op: "Read", value: 1 },
    ],
    ioServicedRecursive: [{ major: 8, op: "Read", value: 1 }, { major: 8, op: "Write" }],
  });
});

Deno.test("readIoStats() of v2 is nothing but the pressure where there was no I/O", () => {
  assertEquals(stats(readIoStats, { "io.stat": "", "io.pressure": PRESSURE }), { psi: PSI });
  assertEquals(stats(readIoStats, {}), {});
});

Deno.test("pageSizes() names each size once, the smallest first", () => {
  const files = ["hugetlb.1GB.max", "hugetlb.64KB.max", "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"];
  assertEquals(pageSizes([...files, "memory.max", "hugetlb.max"]), ["64KB", "2MB", "1GB"]);
});

Deno.test("readHugetlbStats() of v2 counts how often the limit was met", () => {
  const found = stats(readHugetlbStats, {
    "hugetlb.2MB.current": "2097152\n",
    "hugetlb.2MB.events": "max 4\n",
    "hugetlb.1GB.current": "0\n",
    "hugetlb.1GB.rsvd.current": "0\n",
    "hugetlb.1GB.events": "max 0\n",
  });
  assertEquals(found, { "2MB": { usage: 2097152, failcnt: 4 }, "1GB": { failcnt: 0 } });
});
