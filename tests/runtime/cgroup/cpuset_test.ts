import { assertEquals } from "#assert";
import { inheritCpuset } from "../../../runtime/cgroup/cpuset.ts";
import { FakeCgroup } from "./directory.ts";

function cpuset(cpus: Readonly<Record<string, [string, string]>>): FakeCgroup {
  const cgroup = new FakeCgroup();
  for (const [path, [cpu, mem]] of Object.entries(cpus)) {
    cgroup.write(`${path}/cpuset.cpus`, cpu);
    cgroup.write(`${path}/cpuset.mems`, mem);
  }
  return cgroup;
}

Deno.test("inheritCpuset() fills empty ones all the way down", () => {
  using cgroup = cpuset({ ".": ["0-3\n", "0\n"], a: ["\n", "\n"], "a/b": ["\n", "\n"] });
  inheritCpuset(cgroup.directory, `${cgroup.directory}/a/b`);
  for (const path of ["a", "a/b"]) {
    assertEquals(cgroup.read(`${path}/cpuset.cpus`).trim(), "0-3");
    assertEquals(cgroup.read(`${path}/cpuset.mems`).trim(), "0");
  }
});

Deno.test("inheritCpuset() keeps what is set", () => {
  using cgroup = cpuset({ ".": ["0-3\n", "0-1\n"], a: ["2\n", "\n"], "a/b": ["\n", "1\n"] });
  inheritCpuset(cgroup.directory, `${cgroup.directory}/a/b`);
  assertEquals(cgroup.read("a/b/cpuset.cpus").trim(), "2");
  assertEquals(cgroup.read("a/b/cpuset.mems").trim(), "1");
  // Not needed, so not touched.
  assertEquals(cgroup.read("a/cpuset.mems"), "\n");
});

Deno.test("inheritCpuset() leaves the root alone", () => {
  using cgroup = cpuset({ ".": ["\n", "\n"] });
  inheritCpuset(cgroup.directory, cgroup.directory);
  assertEquals(cgroup.read("cpuset.cpus"), "\n");
});
