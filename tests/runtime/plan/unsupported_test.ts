import { assertEquals } from "#assert";
import { unsupportedProperties } from "../../../runtime/plan/unsupported.ts";
import { defaultConfig, rootlessConfig } from "../../../spec/default_config.ts";
import type { Config } from "../../../spec/schema/config.ts";
import type { Linux } from "../../../spec/schema/linux.ts";
import type { Process } from "../../../spec/schema/process.ts";

function ofProcess(process: Partial<Process>): string[] {
  return unsupportedProperties({ process: { cwd: "/", args: ["true"], ...process } } as Config);
}

function ofLinux(linux: Linux): string[] {
  return unsupportedProperties({ linux } as Config);
}

Deno.test("unsupportedProperties() has nothing against what `spec` writes", () => {
  assertEquals(unsupportedProperties(defaultConfig()), []);
  assertEquals(unsupportedProperties(rootlessConfig(1000, 1000)), []);
  assertEquals(unsupportedProperties({} as Config), []);
});

Deno.test("unsupportedProperties() names what would change the process", () => {
  assertEquals(ofProcess({ apparmorProfile: "docker-default" }), ["process.apparmorProfile"]);
  assertEquals(ofProcess({ selinuxLabel: "a:b:c:d" }), ["process.selinuxLabel"]);
  assertEquals(ofProcess({ scheduler: { policy: "SCHED_BATCH" } }), ["process.scheduler"]);
  assertEquals(ofProcess({ ioPriority: { class: "IOPRIO_CLASS_IDLE", priority: 0 } }), [
    "process.ioPriority",
  ]);
});

Deno.test("unsupportedProperties() lets pass what does not concern the container's own process", () => {
  assertEquals(ofProcess({ execCPUAffinity: { initial: "0", final: "1" } }), []);
});

Deno.test("unsupportedProperties() names what would change the container", () => {
  assertEquals(ofLinux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW" } }), ["linux.seccomp"]);
  assertEquals(ofLinux({ memoryPolicy: { mode: "MPOL_LOCAL" } }), ["linux.memoryPolicy"]);
  assertEquals(ofLinux({ mountLabel: "a:b:c:d" }), ["linux.mountLabel"]);
  assertEquals(ofLinux({ personality: { domain: "LINUX32" } }), ["linux.personality"]);
  assertEquals(ofLinux({ intelRdt: {} }), ["linux.intelRdt"]);
});

Deno.test("unsupportedProperties() names each group of limits that sets one", () => {
  assertEquals(
    ofLinux({
      resources: {
        memory: { limit: 0n },
        cpu: { cpus: "0" },
        blockIO: { weight: 10 },
        hugepageLimits: [{ pageSize: "2MB", limit: 0n }],
        network: { classID: 0 },
        pids: { limit: -1n },
        rdma: { mlx5_0: { hcaHandles: 1 } },
        unified: { "memory.high": "max" },
      },
    }),
    ["memory", "cpu", "blockIO", "hugepageLimits", "network", "pids", "rdma", "unified"].map(
      (name) => `linux.resources.${name}`,
    ),
  );
});

Deno.test("unsupportedProperties() takes a group that sets nothing as absent", () => {
  const resources = {
    memory: {},
    cpu: {},
    blockIO: { weightDevice: [] },
    hugepageLimits: [],
    network: { priorities: [] },
    pids: {},
    rdma: {},
    unified: {},
  };
  assertEquals(ofLinux({ resources, timeOffsets: {} }), []);
});

Deno.test("unsupportedProperties() lets pass the one device rule of the default configuration only", () => {
  const rules = (...devices: NonNullable<NonNullable<Linux["resources"]>["devices"]>): string[] =>
    ofLinux({ resources: { devices } });
  assertEquals(rules({ allow: false, access: "rwm" }), []);
  assertEquals(rules({ allow: false }), []);
  assertEquals(rules({ allow: false, type: "a", major: -1, minor: -1, access: "rwm" }), []);
  for (
    const rule of [
      { allow: true },
      { allow: false, access: "w" },
      { allow: false, type: "b" },
      { allow: false, major: 8 },
      { allow: false, minor: 0 },
    ]
  ) {
    assertEquals(rules({ allow: false, access: "rwm" }, rule), ["linux.resources.devices"]);
  }
});

Deno.test("unsupportedProperties() names a new time namespace, not one that exists", () => {
  const namespaces: Linux["namespaces"] = [{ type: "pid" }, { type: "time" }];
  assertEquals(ofLinux({ namespaces, timeOffsets: { boottime: { secs: 1n } } }), [
    "linux.timeOffsets",
    "linux.namespaces[1] (time, new)",
  ]);
  assertEquals(ofLinux({ namespaces: [{ type: "time", path: "/proc/1/ns/time" }] }), []);
});
