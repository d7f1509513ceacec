import { assertEquals } from "#assert";
import { enableControllers } from "../../../runtime/cgroup/subtree_control.ts";
import { FakeCgroup } from "./directory.ts";

/** What was written to `cgroup.subtree_control`, cgroup by cgroup; these fakes keep the last write. */
function enabled(cgroups: Readonly<Record<string, [string, string]>>, wanted: string[] | "all"): {
  readonly [path: string]: string;
} {
  using fake = new FakeCgroup();
  for (const [path, [available, enabled]] of Object.entries(cgroups)) {
    fake.write(`${path}/cgroup.controllers`, available);
    fake.write(`${path}/cgroup.subtree_control`, enabled);
  }
  enableControllers(fake.directory, `${fake.directory}/a/c`, wanted);
  const paths = Object.keys(cgroups);
  return Object.fromEntries(
    paths.map((path) => [path, fake.read(`${path}/cgroup.subtree_control`)]),
  );
}

Deno.test("enableControllers() enables what is there, down to the cgroup above", () => {
  assertEquals(
    enabled({
      ".": ["cpu memory pids\n", ""],
      a: ["cpu memory\n", ""],
      "a/c": ["\n", ""],
    }, "all"),
    { ".": "+cpu +memory +pids", a: "+cpu +memory", "a/c": "" },
  );
});

Deno.test("enableControllers() does not write what is enabled already", () => {
  assertEquals(
    enabled({ ".": ["cpu io\n", "cpu io\n"], a: ["cpu io\n", "cpu"], "a/c": ["", ""] }, "all"),
    { ".": "cpu io\n", a: "+io", "a/c": "" },
  );
});

Deno.test("enableControllers() enables no more than is wanted", () => {
  const cgroups: Record<string, [string, string]> = {
    ".": ["cpu memory\n", ""],
    a: ["cpu memory\n", ""],
  };
  assertEquals(enabled(cgroups, ["memory", "hugetlb"]), { ".": "+memory", a: "+memory" });
  assertEquals(enabled(cgroups, []), { ".": "", a: "" });
});
