/**
 * Changing the limits of a cgroup that has some, as `update` does, and taking them back.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { applyLimits } from "../../runtime/cgroup/limits.ts";
import { Cgroup } from "../../runtime/cgroup/manager.ts";
import { hierarchyKey } from "../../runtime/plan/cgroups_path.ts";
import { type ControllerSources, planCgroupFiles } from "../../runtime/plan/cgroup_files.ts";
import type { Resources } from "../../spec/schema/resources.ts";
import {
  directoryOf,
  LAYOUT,
  makeEverywhere,
  readFile,
  V2,
  V2_CONTROLLERS,
  versionOf,
} from "../lib/cgroup_files.ts";

const SOURCES: ControllerSources = {
  v1: new Set(
    LAYOUT.hierarchies.filter(({ version }) => version === 1).flatMap(({ controllers }) =>
      controllers
    ),
  ),
  v2: V2 === undefined ? undefined : V2_CONTROLLERS,
};
const MIB = 1 << 20;

/** A cgroup that existed before. */
class Place implements Disposable {
  readonly path = `/runts-apply-${Deno.pid}`;
  readonly directories = makeEverywhere(this.path);
  readonly cgroup: Cgroup;

  constructor() {
    const paths = LAYOUT.hierarchies.map((place, index) => [
      hierarchyKey(place),
      this.directories[index]!,
    ]);
    this.cgroup = Cgroup.deserialize({ paths: Object.fromEntries(paths), made: [] });
  }

  [Symbol.dispose](): void {
    for (const directory of this.directories) Deno.removeSync(directory);
  }

  apply(resources: Resources): DisposableStack {
    return applyLimits(this.cgroup, planCgroupFiles(resources, SOURCES));
  }

  read(controller: string, ...files: string[]): string {
    return files.map((file) => readFile(controller, this.path, file)).join(" ");
  }

  cpu(): string {
    return versionOf("cpu") === 1
      ? this.read("cpu", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.cfs_burst_us")
      : this.read("cpu", "cpu.max", "cpu.max.burst");
  }

  /** Memory, and memory with swap. */
  memory(): string {
    if (versionOf("memory") === 1) {
      return this.read("memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes");
    }
    const [max, swap] = ["memory.max", "memory.swap.max"].map((file) =>
      Number(this.read("memory", file))
    ) as [number, number];
    return `${max} ${max + swap}`;
  }
}

function applyTest(name: string, controllers: string[], body: (place: Place) => void): void {
  Deno.test({
    name,
    ignore: controllers.some((controller) => versionOf(controller) === undefined),
    fn: () => {
      using place = new Place();
      body(place);
    },
  });
}

function messageOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It did not throw");
}

applyTest(
  "applyLimits() finds the order in which the kernel takes time limits",
  ["cpu"],
  (place) => {
    // Each is refused in the order of the others: the burst has to fit the quota, whichever changes first.
    for (
      const [quota, period, burst] of [
        [50_000, 100_000, 0],
        [500_000, 1_000_000, 400_000],
        [5_000, 10_000, 1_000],
        [200_000, 50_000, 200_000],
        [10_000, 1_000_000, 0],
      ] as const
    ) {
      place.apply({ cpu: { quota, period, burst } });
      assertEquals(place.cpu(), `${quota} ${period} ${burst}`);
    }
    place.apply({ cpu: { quota: -1, burst: 0 } });
    assertEquals(place.cpu().split(" ")[0], versionOf("cpu") === 1 ? "-1" : "max");
  },
);

applyTest("applyLimits() changes a period and keeps the quota", ["cpu"], (place) => {
  place.apply({ cpu: { quota: 50_000, period: 100_000 } });
  place.apply({ cpu: { period: 200_000 } });
  assertEquals(place.cpu(), "50000 200000 0");
  place.apply({ cpu: { quota: 60_000 } });
  assertEquals(place.cpu(), "60000 200000 0");
});

applyTest("applyLimits() raises and lowers memory together with swap", ["memory"], (place) => {
  for (const size of [64, 512, 16, 32]) {
    place.apply({ memory: { limit: size * MIB, swap: 2 * size * MIB } });
    assertEquals(place.memory(), `${size * MIB} ${2 * size * MIB}`);
  }
  place.apply({ memory: { limit: -1 } });
  assert(!place.memory().includes(`${64 * MIB}`));
});

applyTest("applyLimits() takes everything back", ["cpu", "memory", "pids"], (place) => {
  place.apply({
    cpu: { quota: 50_000, period: 100_000, burst: 10_000, shares: 1024 },
    memory: { limit: 64 * MIB, swap: 64 * MIB },
    pids: { limit: 5 },
  });
  const before = [place.cpu(), place.memory(), place.read("pids", "pids.max")];
  const undo = place.apply({
    cpu: { quota: 500_000, period: 1_000_000, burst: 400_000, shares: 2048 },
    memory: { limit: 512 * MIB, swap: 1024 * MIB },
    pids: { limit: 6 },
  });
  assertEquals(place.cpu(), "500000 1000000 400000");
  undo.dispose();
  assertEquals([place.cpu(), place.memory(), place.read("pids", "pids.max")], before);
});

applyTest("applyLimits() leaves nothing of a set that is refused", ["cpu", "pids"], (place) => {
  place.apply({ pids: { limit: 5 }, cpu: { quota: 50_000 } });
  const before = place.cpu();
  // A quota below a millisecond is refused; the order of the controllers puts cpu first.
  const message = messageOf(() => place.apply({ cpu: { quota: 7 }, pids: { limit: 6 } }));
  assert(/^linux\.resources\.cpu\.quota: write\(.*"7"\): EINVAL/.test(message), message);
  const missing = messageOf(() =>
    place.apply({ pids: { limit: 6 }, hugepageLimits: [{ pageSize: "3MB", limit: 0 }] })
  );
  assert(missing.startsWith("linux.resources.hugepageLimits[0]: "), missing);
  assertEquals([place.cpu(), place.read("pids", "pids.max")], [before, "5"]);
});

/** With swap v1 could make room for the limit. */
const HAS_SWAP = Deno.readTextFileSync("/proc/swaps").trim().includes("\n");

Deno.test({
  name: "configLinuxMemory: a limit below what is in use is refused, with both numbers",
  ignore: versionOf("memory") === undefined || versionOf("memory") === 1 && HAS_SWAP,
  fn: async () => {
    using place = new Place();
    // perl, as its string is memory that the kernel cannot take back.
    const child = new Deno.Command("perl", {
      args: ["-e", "$|=1; <STDIN>; $x = 'x' x (32 << 20); print 'ready'; <STDIN>"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    try {
      const procs = `${directoryOf("memory", place.path)}/cgroup.procs`;
      Deno.writeTextFileSync(procs, String(child.pid));
      const [writer, reader] = [child.stdin.getWriter(), child.stdout.getReader()];
      await writer.write(new TextEncoder().encode("go\n"));
      await reader.read();
      const before = place.memory();
      const memory = { limit: 8 * MIB, checkBeforeUpdate: true };
      const message = messageOf(() => place.apply({ pids: { limit: 3 }, memory }));
      assert(
        /^linux\.resources\.memory\.limit: unable to set memory limit to 8388608 \(current usage: \d{8}, peak usage: \d{8}\)/
          .test(message),
        message,
      );
      assertEquals(place.memory(), before);
      await writer.close();
      await reader.cancel();
    } finally {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended with its stdin.
      }
      await child.status;
    }
  },
});
