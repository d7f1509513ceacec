import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import type { Layout } from "../../../runtime/cgroup/layout.ts";
import { Cgroup } from "../../../runtime/cgroup/manager.ts";
import { configureLog } from "../../../runtime/log.ts";

/** A hierarchy where nobody can make a directory: sysfs answers EPERM even to root. */
const FORBIDDEN: Layout = {
  kind: "v2",
  hierarchies: [{
    version: 2,
    controllers: [],
    mountpoint: "/sys/kernel",
    root: "/",
    own: "/",
  }],
};
const PATHS = { "": "/runts-test" };

function warningsOf(action: () => void): string[] {
  const warnings: string[] = [];
  configureLog({ format: "text", debug: false, stderr: (text) => warnings.push(text) });
  try {
    action();
  } finally {
    configureLog({ format: "text", debug: false });
  }
  return warnings;
}

function assertUnused(cgroup: Cgroup): void {
  assert(!cgroup.isUsed);
  assertEquals(cgroup.processes(), undefined);
  assertEquals(cgroup.kill(9), false);
  assertEquals(cgroup.openV2(), undefined);
  assertEquals(cgroup.find("memory"), undefined);
  assertEquals(cgroup.isFrozen(), false);
  cgroup.enter(1);
  cgroup.thaw();
  cgroup.remove();
  throws(() => cgroup.freeze(), { message: "Cannot freeze the container: It has no cgroup" });
  assertEquals(cgroup.serialize(), { paths: {}, made: [] });
}

Deno.test("Cgroup.create() fails where it may not make a directory", () => {
  const cgroup = Cgroup.plan(FORBIDDEN, PATHS);
  throws(() => cgroup.create(), {
    message: 'mkdirat(AT_FDCWD, "/sys/kernel/runts-test", 0755): EPERM (Operation not permitted)',
  });
  assertUnused(cgroup);
});

Deno.test("Cgroup.create() goes without a cgroup there when rootless, and warns", () => {
  const cgroup = Cgroup.plan(FORBIDDEN, PATHS, { rootless: true });
  const warnings = warningsOf(() => cgroup.create());
  assertEquals(warnings.length, 1);
  assert(/ level=warning msg="The container gets no cgroup: mkdirat\(.*EPERM/.test(warnings[0]!));
  assertUnused(cgroup);
});

Deno.test("Cgroup.plan() needs a cgroup filesystem, unless rootless", () => {
  const none: Layout = { kind: "v2", hierarchies: [] };
  throws(() => Cgroup.plan(none, {}), { message: "No cgroup filesystem is mounted" });
  const cgroup = Cgroup.plan(none, {}, { rootless: true });
  cgroup.create();
  assertUnused(cgroup);
});

Deno.test("Cgroup.deserialize() restores what was saved, hierarchy by hierarchy", () => {
  const saved = {
    paths: {
      "cpu,cpuacct": "/none/cpu/a/c",
      "name=systemd": "/none/systemd/a/c",
      "": "/none/u/ab",
    },
    // "/none/u/a" is no parent of "/none/u/ab".
    made: ["/none/cpu/a", "/none/cpu/a/c", "/none/systemd/a/c", "/none/u/ab"],
    kept: ["/none/u/ab"],
  };
  const cgroup = Cgroup.deserialize(JSON.parse(JSON.stringify(saved)));
  assertEquals(cgroup.serialize(), saved);
  assertEquals(cgroup.find("cpuacct")?.directory, "/none/cpu/a/c");
  assertEquals(cgroup.processes(), []);
  cgroup.remove();
});

Deno.test("Cgroup.deserialize() gives a cgroup without any to a container that has none", () => {
  assertUnused(Cgroup.deserialize({ paths: {}, made: [] }));
});

Deno.test("Cgroup.create() is for a planned cgroup only", () => {
  const cgroup = Cgroup.deserialize({ paths: { memory: "/none/c" }, made: ["/none/c"] });
  throws(() => cgroup.create(), { message: "Cannot make a cgroup that was not planned" });
});
