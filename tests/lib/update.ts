/**
 * What the tests of `update` share.
 *
 * @module
 */
import { assertEquals } from "#assert";
import { directoryOf, readFile, versionOf } from "./cgroup_files.ts";
import { exists, Sandbox } from "./sandbox.ts";

/** A container that sleeps already. */
export function makeSleeper(): Sandbox {
  const box = new Sandbox((config) => config.process.args = ["sleep", "10000"]);
  box.createAndStart();
  return box;
}

/** An update that must succeed, and say nothing. */
export function update(box: Sandbox, ...flags: string[]): void {
  assertEquals(box.runts("update", ...flags, box.id), { code: 0, stdout: "", stderr: "" });
}

/** The text of one of the container's cgroup files. */
export function read(box: Sandbox, controller: string, file: string): string {
  return readFile(controller, `/runts-test/${box.id}`, file);
}

/** Which controller, and which files of v1 and v2. */
const LIMITS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "cpu",
    ["cpu.shares", "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.cfs_burst_us", "cpu.idle"],
    ["cpu.weight", "cpu.max", "cpu.max.burst", "cpu.idle"],
  ],
  ["cpuset", ["cpuset.cpus", "cpuset.mems"], ["cpuset.cpus", "cpuset.mems"]],
  [
    "memory",
    ["memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.memsw.limit_in_bytes"],
    ["memory.max", "memory.low", "memory.swap.max"],
  ],
  ["pids", ["pids.max"], ["pids.max"]],
];

/** All limits that there are, by file. */
export function limitsOf(box: Sandbox): Record<string, string> {
  const files = LIMITS.flatMap(([controller, v1, v2]) => {
    const version = versionOf(controller);
    if (version === undefined) return [];
    const directory = directoryOf(controller, `/runts-test/${box.id}`);
    return (version === 1 ? v1 : v2).filter((file) => exists(`${directory}/${file}`))
      .map((file) => [file, read(box, controller, file)] as const);
  });
  return Object.fromEntries(files);
}
