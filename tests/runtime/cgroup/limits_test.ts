import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { applyLimits } from "../../../runtime/cgroup/limits.ts";
import { Cgroup } from "../../../runtime/cgroup/manager.ts";
import { planCgroupFiles } from "../../../runtime/plan/cgroup_files.ts";
import type { Resources } from "../../../spec/schema/resources.ts";
import { FakeCgroup } from "./directory.ts";

const SOURCES = { v1: new Set(["blkio", "hugetlb", "pids"]), v2: undefined };

function apply(fake: FakeCgroup, resources: Resources, made: string[] = []): DisposableStack {
  const paths = { "blkio,hugetlb": fake.directory };
  return applyLimits(Cgroup.deserialize({ paths, made }), planCgroupFiles(resources, SOURCES));
}

Deno.test("applyLimits() writes every file by which a kernel knows the setting", () => {
  using fake = new FakeCgroup();
  fake.write("blkio.bfq.weight", "");
  apply(fake, { blockIO: { weight: 300 } });
  assertEquals(fake.read("blkio.bfq.weight"), "300");
  fake.write("blkio.weight", "");
  apply(fake, { blockIO: { weight: 400 } });
  assertEquals([fake.read("blkio.bfq.weight"), fake.read("blkio.weight")], ["400", "400"]);
});

Deno.test("applyLimits() refuses what the kernel has no file for, and names all names", () => {
  using fake = new FakeCgroup();
  throws(() => apply(fake, { blockIO: { weight: 300 } }), {
    message: "linux.resources.blockIO.weight: the kernel has no blkio.bfq.weight or blkio.weight " +
      `in "${fake.directory}"`,
  });
});

Deno.test("applyLimits() can do without a file that changes nothing", () => {
  using fake = new FakeCgroup();
  fake.write("hugetlb.2MB.limit_in_bytes", "");
  apply(fake, { hugepageLimits: [{ pageSize: "2MB", limit: 4 }] });
  assertEquals(fake.read("hugetlb.2MB.limit_in_bytes"), "4");
  assertEquals([...Deno.readDirSync(fake.directory)].length, 1);
});

Deno.test("applyLimits() refuses a controller that the cgroup does not have", () => {
  using fake = new FakeCgroup();
  throws(() => apply(fake, { pids: { limit: 0 } }), {
    message:
      `linux.resources.pids.limit: the container's cgroup does not have the controller "pids"`,
  });
  apply(fake, { pids: { limit: -1 } });
  const none = Cgroup.deserialize({ paths: {}, made: [] });
  throws(() => applyLimits(none, planCgroupFiles({ pids: { limit: 0 } }, SOURCES)), {
    message: "linux.resources.pids.limit: the container has no cgroup",
  });
});

Deno.test("applyLimits() takes back what it wrote before it failed, but for a new cgroup", () => {
  for (const isNew of [false, true]) {
    using fake = new FakeCgroup();
    fake.write("blkio.weight", "500\n");
    const made = isNew ? [fake.directory] : [];
    const resources = { blockIO: { weight: 300 }, hugepageLimits: [{ pageSize: "2MB", limit: 4 }] };
    throws(() => apply(fake, resources, made), /^Error: linux\.resources\.hugepageLimits\[0\]: /);
    assertEquals(fake.read("blkio.weight").slice(0, 3), isNew ? "300" : "500");
  }
});

Deno.test("applyLimits() returns what takes it back", () => {
  using fake = new FakeCgroup();
  fake.write("blkio.weight", "500");
  const undo = apply(fake, { blockIO: { weight: 300 } });
  assertEquals(fake.read("blkio.weight"), "300");
  undo.dispose();
  assertEquals(fake.read("blkio.weight"), "500");
});
