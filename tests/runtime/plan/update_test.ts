import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { planUpdate, planUpdateFiles } from "../../../runtime/plan/update.ts";

const SOURCES = { v1: new Set(["cpu", "memory", "pids", "devices"]), v2: undefined };

Deno.test("planUpdate() merges objects by member, and lists by what their entries are about", () => {
  const stored = {
    cpu: { shares: 100, cpus: "0" },
    hugepageLimits: [{ pageSize: "2MB", limit: 1 }, { pageSize: "1GB", limit: 2 }],
  };
  const { merged } = planUpdate(stored, {
    cpu: { shares: 200 },
    hugepageLimits: [{ pageSize: "2MB", limit: 3 }],
  });
  assertEquals(merged, {
    cpu: { shares: 200, cpus: "0" },
    hugepageLimits: [{ pageSize: "1GB", limit: 2 }, { pageSize: "2MB", limit: 3 }],
  });
});

Deno.test("planUpdate() keeps the rules for devices", () => {
  const devices = [{ allow: true, type: "c", major: 1, minor: 3, access: "rw" }];
  const { merged } = planUpdate({ devices }, { devices: [{ allow: false }] });
  assertEquals(merged, { devices });
});

Deno.test("planUpdate() takes zeros for absent where they mean nothing, and only there", () => {
  const { given } = planUpdate({}, {
    cpu: { shares: 0, quota: 0, period: 0, idle: 0 },
    memory: { limit: 0, swap: 0 },
    pids: { limit: 0 },
  });
  assertEquals(given, { cpu: { idle: 0 }, memory: {}, pids: { limit: 0 } });
});

Deno.test("planUpdate() takes the limit of swap away with that of memory, unless told otherwise", () => {
  const stored = { memory: { limit: 10, swap: 20 } };
  assertEquals(planUpdate(stored, { memory: { limit: -1 } }).merged, {
    memory: { limit: -1, swap: -1 },
  });
  assertEquals(planUpdate(stored, { memory: { limit: -1, swap: 30 } }).merged, {
    memory: { limit: -1, swap: 30 },
  });
});

Deno.test("planUpdate() refuses memory above its sum with swap, be that old or new", () => {
  const message =
    /linux\.resources\.memory: the limit, 30, would be above that of memory and swap together, 20/;
  throws(() => planUpdate({ memory: { swap: 20 } }, { memory: { limit: 30 } }), { message });
  throws(() => planUpdate({}, { memory: { limit: 30, swap: 20 } }), { message });
});

Deno.test("planUpdateFiles() writes the controllers that are asked for something, all that holds of them", () => {
  const plan = planUpdate({ cpu: { period: 50000, shares: 9 }, pids: { limit: 3 } }, {
    cpu: { quota: 20000 },
  });
  const files = planUpdateFiles(plan, SOURCES).map(({ controller, writes }) =>
    [controller, writes.map(({ files }) => Object.keys(files)[0])] as const
  );
  assertEquals(files, [["cpu", ["cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us"]]]);
});
