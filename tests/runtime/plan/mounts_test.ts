import { throws } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { isProcTarget, type MountPlan, planMounts } from "../../../runtime/plan/mounts.ts";
import { ConfigError } from "../../../spec/issue.ts";
import type { Config } from "../../../spec/schema/config.ts";
import type { Mount } from "../../../spec/schema/mount.ts";

function config(mounts: Mount[], linux: Config["linux"] = {}): Config {
  return { ociVersion: "1.3.0", root: { path: "rootfs" }, mounts, linux };
}

function planOne(mount: Mount, linux?: Config["linux"]): MountPlan {
  const [plan] = planMounts(config([mount], linux), "/bundle");
  assert(plan !== undefined);
  return plan;
}

/** The paths and messages of what is wrong. */
function faults(mount: Mount, linux?: Config["linux"]): string[] {
  let issues: string[] = [];
  throws(() => planMounts(config([mount], linux), "/bundle"), (error) => {
    assert(error instanceof ConfigError);
    issues = error.issues.map(({ path, message }) => `${path} ${message}`);
    return true;
  });
  return issues;
}

Deno.test("planMounts() keeps the order of the configuration", () => {
  const plans = planMounts(
    config([
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid"] },
    ]),
    "/bundle",
  );
  assertEquals(
    plans.map(({ property, destination, kind, type }) => [
      property,
      destination,
      kind,
      type,
    ]),
    [["mounts[0]", "/proc", "filesystem", "proc"], [
      "mounts[1]",
      "/dev",
      "filesystem",
      "tmpfs",
    ]],
  );
});

Deno.test("planMounts() has no mounts without `mounts`", () => {
  assertEquals(planMounts({ ociVersion: "1.3.0", root: { path: "rootfs" } }, "/bundle"), []);
});

Deno.test("configMounts: a relative destination is relative to /", () => {
  assertEquals(planOne({ destination: "data", type: "tmpfs" }).destination, "/data");
  assertEquals(planOne({ destination: "/a/../b", type: "tmpfs" }).destination, "/a/../b");
});

Deno.test("configMounts: bind or rbind makes a bind mount, whatever the type", () => {
  for (const type of ["none", "bind", "tmpfs", "cgroup"]) {
    const plan = planOne({ destination: "/d", type, source: "/s", options: ["rbind", "ro"] });
    assertEquals([plan.kind, plan.type, plan.source, plan.options.bind], [
      "bind",
      "",
      "/s",
      "rbind",
    ]);
  }
  const plan = planOne({ destination: "/d", source: "/s", options: ["bind"] });
  assertEquals([plan.kind, plan.options.bind], ["bind", "bind"]);
});

Deno.test("planMounts() takes the type bind as the option", () => {
  const plan = planOne({ destination: "/d", type: "bind", source: "/s" });
  assertEquals([plan.kind, plan.options.bind], ["bind", "bind"]);
});

Deno.test("configMounts: a relative source of a bind mount is relative to the bundle", () => {
  assertEquals(
    planOne({ destination: "/d", source: "data", options: ["bind"] }).source,
    "/bundle/data",
  );
  assertEquals(planOne({ destination: "/d", type: "ext4", source: "img" }).source, "img");
});

Deno.test("planMounts() tells cgroup mounts and remounts apart", () => {
  assertEquals(planOne({ destination: "/sys/fs/cgroup", type: "cgroup" }).kind, "cgroup");
  assertEquals(planOne({ destination: "/c", type: "cgroup2" }).kind, "filesystem");
  assertEquals(planOne({ destination: "/", options: ["remount", "bind", "ro"] }).kind, "remount");
});

Deno.test("planMounts() refuses what cannot be mounted", () => {
  assertEquals(faults({ destination: "/d" }), [
    "mounts[0].type is required unless the options have bind or rbind",
  ]);
  assertEquals(faults({ destination: "/d", options: ["bind"] }), [
    "mounts[0].source is required for a bind mount",
  ]);
  assertEquals(faults({ destination: "/a/..", type: "tmpfs" }), [
    "mounts[0].destination would hide the container's root",
  ]);
});

Deno.test("planMounts() refuses filesystem data for a bind mount", () => {
  const options = ["rbind", "size=64k"];
  assertEquals(faults({ destination: "/d", source: "/s", options }), [
    'mounts[0].options "size=64k" is no option of a bind mount',
  ]);
  assertEquals(faults({ destination: "/d", options: ["remount", "bind", "acl"] }), [
    'mounts[0].options "acl" is no option of a bind mount',
  ]);
  assertEquals(faults({ destination: "/c", type: "cgroup", options: ["nsdelegate"] }), [
    'mounts[0].options "nsdelegate" is no option of a cgroup mount',
  ]);
});

Deno.test("planMounts() refuses tmpcopyup for anything but tmpfs", () => {
  assertEquals(faults({ destination: "/d", source: "/s", options: ["bind", "tmpcopyup"] }), [
    "mounts[0].options tmpcopyup needs the type tmpfs",
  ]);
  assert(planOne({ destination: "/d", type: "tmpfs", options: ["tmpcopyup"] }).options.tmpcopyup);
});

Deno.test("planMounts() lets only some files of proc be mounted over", () => {
  for (const destination of ["/proc/sys", "/proc/self/attr", "proc/net/dev", "/x/../proc/1"]) {
    assertEquals(faults({ destination, source: "/s", options: ["bind"] }), [
      "mounts[0].destination must not be in proc, but for some files",
    ]);
  }
  for (const destination of ["/proc/cpuinfo", "/proc/sys/kernel/ns_last_pid", "//proc/./uptime"]) {
    assertEquals(planOne({ destination, source: "/s", options: ["bind"] }).kind, "bind");
    assert(isProcTarget(destination));
  }
  assertEquals(planOne({ destination: "/proc/sys", options: ["remount", "ro"] }).kind, "remount");
  assertEquals(faults({ destination: "/proc", type: "tmpfs" }), [
    'mounts[0].type must be "proc" at this destination',
  ]);
  assert(!isProcTarget("/proc"));
});

const MAPPING = [{ containerID: 0, hostID: 100000, size: 1000 }];

Deno.test("configPOSIXMounts: a mount's own mappings are used", () => {
  const mount = { destination: "/d", source: "/s", uidMappings: MAPPING, gidMappings: MAPPING };
  const mappings = { uid: MAPPING, gid: MAPPING };
  assertEquals(planOne({ ...mount, options: ["bind", "idmap"] }).idmap, {
    recursive: false,
    mappings,
  });
  assertEquals(planOne({ ...mount, options: ["rbind", "ridmap"] }).idmap, {
    recursive: true,
    mappings,
  });
  assertEquals(planOne({ ...mount, options: ["bind"] }).idmap, { recursive: false, mappings });
});

Deno.test("configPOSIXMounts: uidMappings must come with gidMappings", () => {
  const mount = { destination: "/d", source: "/s", options: ["bind", "idmap"] };
  assertEquals(faults({ ...mount, uidMappings: MAPPING }), [
    "mounts[0].gidMappings must come with uidMappings",
  ]);
  assertEquals(faults({ ...mount, gidMappings: MAPPING }), [
    "mounts[0].uidMappings must come with gidMappings",
  ]);
});

Deno.test("configLinuxMountOptions: idmap without mappings needs a user namespace", () => {
  const mount = { destination: "/d", source: "/s", options: ["bind", "idmap"] };
  assertEquals(faults(mount), [
    "mounts[0].options idmap needs uidMappings and gidMappings, or a user namespace",
  ]);
  assertEquals(planOne(mount, { namespaces: [{ type: "user" }] }).idmap, {
    recursive: false,
    mappings: undefined,
  });
});

Deno.test("configLinuxMountLabel: filesystems get the context that take one", () => {
  const linux = { mountLabel: "u:object_r:t:s0:c1,c2" };
  for (const type of ["tmpfs", "devpts", "overlay", "ext4", "cgroup"]) {
    assertEquals(planOne({ destination: "/d", type }, linux).context, linux.mountLabel, type);
    assertEquals(planOne({ destination: "/d", type }).context, undefined);
  }
  // One instance for everybody, or labels by policy.
  for (const type of ["proc", "sysfs", "mqueue", "cgroup2", "bpf"]) {
    const destination = type === "proc" ? "/proc" : "/d";
    assertEquals(planOne({ destination, type }, linux).context, undefined, type);
  }
});

Deno.test("configLinuxMountLabel: bind mounts keep the labels of their files, an own context prevails", () => {
  const linux = { mountLabel: "u:object_r:t:s0" };
  const bind = { destination: "/d", source: "/s", options: ["rbind"] };
  assertEquals(planOne(bind, linux).context, undefined);
  for (const option of ["context=u:object_r:other:s0", "rootcontext=u:object_r:other:s0"]) {
    const own = { destination: "/d", type: "tmpfs", options: [option] };
    assertEquals(planOne(own, linux).context, undefined);
  }
});

Deno.test("planMounts() reports all faults at once", () => {
  const error = faultsOf([{ destination: "/d" }, { destination: "/e", options: ["bind"] }]);
  assertEquals(error.issues.map(({ path }) => path), ["mounts[0].type", "mounts[1].source"]);
});

function faultsOf(mounts: Mount[]): ConfigError {
  try {
    planMounts(config(mounts), "/bundle");
  } catch (error) {
    if (error instanceof ConfigError) return error;
  }
  throw new Error("planMounts() accepted it");
}
