/** `update`: every flag that sets a limit. @module */
import { assert, assertEquals } from "#assert";
import { sharesToWeight } from "../../runtime/plan/cgroup/cpu.ts";
import { directoryOf, readFile, versionOf } from "../lib/cgroup_files.ts";
import { exists, failure, Sandbox } from "../lib/sandbox.ts";
import { limitsOf, makeSleeper, read, update } from "../lib/update.ts";

const MIB = 1 << 20;

/** Flags → controller, and the files that change with v1 and v2. */
const FLAGS:
  readonly (readonly [string, string, Record<string, string>, Record<string, string>])[] = [
    [
      "--cpu-period 50000",
      "cpu",
      { "cpu.cfs_period_us": "50000" },
      { "cpu.max": "max 50000" },
    ],
    [
      "--cpu-quota 20000",
      "cpu",
      { "cpu.cfs_quota_us": "20000" },
      { "cpu.max": "20000 100000" },
    ],
    [
      "--cpu-quota 20000 --cpu-burst 5000",
      "cpu",
      { "cpu.cfs_quota_us": "20000", "cpu.cfs_burst_us": "5000" },
      { "cpu.max": "20000 100000", "cpu.max.burst": "5000" },
    ],
    [
      "--cpu-share 512",
      "cpu",
      { "cpu.shares": "512" },
      { "cpu.weight": `${sharesToWeight(512)}` },
    ],
    ["--cpuset-cpus 0", "cpuset", { "cpuset.cpus": "0" }, { "cpuset.cpus": "0" }],
    ["--cpuset-mems 0", "cpuset", { "cpuset.mems": "0" }, { "cpuset.mems": "0" }],
    [
      "--memory 64m",
      "memory",
      { "memory.limit_in_bytes": `${64 * MIB}` },
      { "memory.max": `${64 * MIB}` },
    ],
    [
      "--memory-reservation 32M",
      "memory",
      { "memory.soft_limit_in_bytes": `${32 * MIB}` },
      { "memory.low": `${32 * MIB}` },
    ],
    [
      "--memory 64MiB --memory-swap 131072k",
      "memory",
      {
        "memory.limit_in_bytes": `${64 * MIB}`,
        "memory.memsw.limit_in_bytes": `${128 * MIB}`,
      },
      { "memory.max": `${64 * MIB}`, "memory.swap.max": `${64 * MIB}` },
    ],
    ["--pids-limit 7", "pids", { "pids.max": "7" }, { "pids.max": "7" }],
    // A limit like any other: what runs goes on, and cannot fork.
    ["--pids-limit 0", "pids", { "pids.max": "0" }, { "pids.max": "0" }],
  ];

for (const [words, controller, v1, v2] of FLAGS) {
  Deno.test({
    name: `update ${words} changes that, and nothing else`,
    ignore: versionOf(controller) === undefined,
    fn: () => {
      using box = makeSleeper();
      const before = limitsOf(box);
      const changed = versionOf(controller) === 1 ? v1 : v2;
      for (const file of Object.keys(changed)) assert(Object.hasOwn(before, file), file);
      update(box, ...words.split(" "));
      assertEquals(limitsOf(box), { ...before, ...changed });
    },
  });
}

Deno.test({
  name: "update --cpu-idle makes a container idle and takes it back; shares of meanwhile hold then",
  ignore: versionOf("cpu") === undefined,
  fn: () => {
    using box = makeSleeper();
    update(box, "--cpu-idle", "1");
    assertEquals(read(box, "cpu", "cpu.idle"), "1");
    update(box, "--cpu-share=512");
    update(box, "--cpu-idle", "0");
    assertEquals(read(box, "cpu", "cpu.idle"), "0");
    const [file, shares] = versionOf("cpu") === 1
      ? ["cpu.shares", 512]
      : ["cpu.weight", sharesToWeight(512)];
    assertEquals(read(box, "cpu", file as string), `${shares}`);
  },
});

Deno.test({
  name:
    "update --cpu-rt-period and --cpu-rt-runtime are for realtime tasks, which v2 does not limit",
  ignore: versionOf("cpu") === undefined,
  fn: () => {
    using box = new Sandbox();
    // At the top: those above need as much time, and the tests' common one has none.
    box.script("exec sleep 10000", (config) => config.linux.cgroupsPath = `/${box.id}`);
    box.createAndStart();
    const flags = ["--cpu-rt-period", "500000", "--cpu-rt-runtime", "1000"];
    if (exists(`${directoryOf("cpu", `/${box.id}`)}/cpu.rt_runtime_us`)) {
      update(box, ...flags);
      assertEquals(readFile("cpu", `/${box.id}`, "cpu.rt_period_us"), "500000");
      assertEquals(readFile("cpu", `/${box.id}`, "cpu.rt_runtime_us"), "1000");
    } else {
      const message = failure(box.runts("update", ...flags, box.id));
      assert(message.includes("linux.resources.cpu.realtimePeriod: "), message);
    }
  },
});

Deno.test({
  name:
    "update --blkio-weight sets the weight by the file that there is, or says that there is none",
  ignore: versionOf("blkio") === undefined,
  fn: () => {
    using box = makeSleeper();
    const directory = directoryOf("blkio", `/runts-test/${box.id}`);
    const names = ["blkio.bfq.weight", "blkio.weight", "io.bfq.weight", "io.weight"];
    const file = names.find((name) => exists(`${directory}/${name}`));
    if (file === undefined) {
      const message = failure(box.runts("update", "--blkio-weight", "300", box.id));
      assert(message.includes("linux.resources.blockIO.weight: the kernel has no "), message);
      return;
    }
    const before = read(box, "blkio", file);
    update(box, "--blkio-weight", "300");
    const after = read(box, "blkio", file);
    assert(after !== before && (file === "io.weight" || /\b300$/.test(after)), after);
  },
});
