import { assertEquals } from "#assert";
import { unsupportedProperties } from "../../../runtime/plan/unsupported.ts";
import { defaultConfig, rootlessConfig } from "../../../spec/default_config.ts";
import type { Config } from "../../../spec/schema/config.ts";
import type { Linux } from "../../../spec/schema/linux.ts";

function ofLinux(linux: Linux): string[] {
  return unsupportedProperties({ linux } as Config);
}

Deno.test("unsupportedProperties() has nothing against what `spec` writes", () => {
  assertEquals(unsupportedProperties(defaultConfig()), []);
  assertEquals(unsupportedProperties(rootlessConfig(1000, 1000)), []);
  assertEquals(unsupportedProperties({} as Config), []);
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
  assertEquals(ofLinux({ resources }), []);
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
