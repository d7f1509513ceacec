import { assert, assertEquals } from "#assert";
import { resourceProperties } from "../../../runtime/plan/systemd_resources.ts";
import type { Resources } from "../../../spec/schema/resources.ts";

const INFINITY = 0xffff_ffff_ffff_ffffn;

/** Name → value; of two with one name the later one, as systemd takes it. */
function valuesOf(resources: Resources, version: 1 | 2 = 2): Record<string, unknown> {
  const properties = resourceProperties(resources, version);
  assert(properties.every(({ mayLack }) => mayLack === true));
  return Object.fromEntries(
    properties.map(({ name, value }) => [name, value])
      .filter(([name]) => !(name as string).endsWith("Accounting")),
  );
}

/** Without what is always there. */
function ownOf(resources: Resources, version: 1 | 2 = 2): Record<string, unknown> {
  const { TasksMax: _, ...own } = valuesOf(resources, version);
  return own;
}

Deno.test("resourceProperties() asks for accounting, under the names of the hierarchy", () => {
  const names = (version: 1 | 2) =>
    resourceProperties({}, version).filter(({ signature }) => signature === "b")
      .map(({ name }) => name);
  assertEquals(names(2), ["CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting"]);
  assertEquals(names(1)[2], "BlockIOAccounting");
});

Deno.test("resourceProperties() sets no limit where there is none", () => {
  assertEquals(valuesOf({}), { TasksMax: INFINITY });
  const zeros: Resources = {
    memory: { limit: 0, reservation: 0, swap: 0 },
    cpu: { shares: 0, period: 0, cpus: "", mems: "" },
    blockIO: { weight: 0 },
  };
  assertEquals(ownOf(zeros), {});
  assertEquals(ownOf(zeros, 1), {});
});

Deno.test("resourceProperties() says what memory there is", () => {
  const memory = { limit: 1000, reservation: 500, swap: 3000 };
  assertEquals(ownOf({ memory }), { MemoryMax: 1000n, MemoryLow: 500n, MemorySwapMax: 2000n });
  assertEquals(ownOf({ memory }, 1), { MemoryLimit: 1000n });
  const unlimited = { limit: -1, reservation: -1 };
  assertEquals(ownOf({ memory: unlimited }), {
    MemoryMax: INFINITY,
    MemoryLow: INFINITY,
    MemorySwapMax: INFINITY,
  });
  assertEquals(ownOf({ memory: { swap: -1 } }), { MemorySwapMax: INFINITY });
  const exact = 2n ** 53n + 1n;
  assertEquals(ownOf({ memory: { limit: exact } }), { MemoryMax: exact });
});

Deno.test("resourceProperties() says how much of the processors", () => {
  assertEquals(ownOf({ cpu: { shares: 1024 } }), { CPUWeight: 100n });
  assertEquals(ownOf({ cpu: { shares: 1024 } }, 1), { CPUShares: 1024n });
  assertEquals(ownOf({ cpu: { shares: 1024, idle: 1 } }), { CPUWeight: 0n });
  assertEquals(ownOf({ cpu: { idle: 0 } }), {});
});

Deno.test("resourceProperties() rounds the time up to whole percents", () => {
  const cases: [number, number | undefined, bigint][] = [
    [50_000, 100_000, 500_000n],
    [50_000, undefined, 500_000n],
    [50_001, 100_000, 510_000n],
    [1000, 1_000_000, 10_000n],
    [300_000, 100_000, 3_000_000n],
    [1000, 333_333, 10_000n],
  ];
  for (const [quota, period, expected] of cases) {
    const cpu = period === undefined ? { quota } : { quota, period };
    assertEquals(ownOf({ cpu }), {
      ...(period === undefined ? {} : { CPUQuotaPeriodUSec: BigInt(period) }),
      CPUQuotaPerSecUSec: expected,
    });
  }
  assertEquals(ownOf({ cpu: { quota: -1 } }), { CPUQuotaPerSecUSec: INFINITY });
  assertEquals(ownOf({ cpu: { quota: 0 } }), { CPUQuotaPerSecUSec: INFINITY });
  const most = 2n ** 63n - 1n;
  assertEquals(ownOf({ cpu: { quota: most, period: 1 } }), {
    CPUQuotaPeriodUSec: 1n,
    CPUQuotaPerSecUSec: INFINITY,
  });
});

Deno.test("resourceProperties() turns lists of processors and nodes into masks, in v2", () => {
  const resources = { cpu: { cpus: "0-2,9", mems: "0" } };
  assertEquals(ownOf(resources), {
    AllowedCPUs: Uint8Array.of(0b111, 0b10, 0, 0, 0, 0, 0, 0),
    AllowedMemoryNodes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0),
  });
  assertEquals(ownOf(resources, 1), {});
});

Deno.test("resourceProperties() says how much of the block devices", () => {
  assertEquals(ownOf({ blockIO: { weight: 1000 } }), { IOWeight: 10_000n });
  assertEquals(ownOf({ blockIO: { weight: 500 } }, 1), { BlockIOWeight: 500n });
});

Deno.test("resourceProperties() limits processes to one at least, which systemd insists on", () => {
  assertEquals(valuesOf({ pids: { limit: 7 } }), { TasksMax: 7n });
  assertEquals(valuesOf({ pids: { limit: 0 } }), { TasksMax: 1n });
  assertEquals(valuesOf({ pids: { limit: -1 } }), { TasksMax: INFINITY });
  assertEquals(valuesOf({ pids: {} }), { TasksMax: INFINITY });
});

Deno.test("resourceProperties() knows files of v2, which come last", () => {
  const unified = {
    "memory.max": "max",
    "memory.high": "4096\n",
    "cpu.weight": "77",
    "cpu.max": "25000 50000",
    "cpuset.cpus": "1",
    "io.weight": "default 33",
    "pids.max": "9",
  };
  const resources: Resources = { memory: { limit: 5 }, cpu: { shares: 1024 }, unified };
  assertEquals(valuesOf(resources), {
    MemoryMax: INFINITY,
    MemoryHigh: 4096n,
    CPUWeight: 77n,
    CPUQuotaPeriodUSec: 50_000n,
    CPUQuotaPerSecUSec: 500_000n,
    AllowedCPUs: Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0),
    IOWeight: 33n,
    TasksMax: 9n,
  });
  assertEquals(ownOf({ unified: { "cpu.max": "max" } }), { CPUQuotaPerSecUSec: INFINITY });
  assertEquals(ownOf({ unified }, 1), {});
});

Deno.test("resourceProperties() leaves to the kernel what it cannot read", () => {
  const unified = {
    "memory.max": "1G",
    "memory.low": "",
    "cpu.max": "1 2 3",
    "cpuset.cpus": "0-",
    "cpuset.mems": " ",
    "io.weight": "8:0 50",
    "hugetlb.2MB.max": "4096",
    "cpu.weight.nice": "5",
  };
  assertEquals(ownOf({ unified }), {});
  assertEquals(ownOf({ unified: { "cpu.max": "5 0" } }), {});
});
