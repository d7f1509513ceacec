import { assertEquals } from "#assert";
import { clauseOf } from "../../spec/clause.ts";

for (
  const [path, clause] of [
    ["", "config.md#configuration"],
    ["ociVersion", "config.md#configSpecificationVersion"],
    ["unknown.thing[3]", "config.md#configuration"],
    ["root.path", "config.md#configRoot"],
    ["mounts[12].destination", "config.md#configMounts"],
    ["mounts[0].options[1]", "config.md#configLinuxMountOptions"],
    ["process.args[0]", "config.md#configProcess"],
    ["process.user.additionalGids[1]", "config.md#configPOSIXUser"],
    ["process.capabilities.ambient", "config.md#configLinuxProcess"],
    ["hooks.poststop[1].path", "config.md#configHooks"],
    ['annotations["a.b.c"]', "config.md#configAnnotations"],
    ["linux", "config-linux.md#linuxContainerConfiguration"],
    ["linux.namespaces[2].type", "config-linux.md#configLinuxNamespaces"],
    ['linux.sysctl["net.ipv4.conf[0].x"]', "config-linux.md#configLinuxSysctl"],
    ['linux.sysctl["a\\"]b.c"]', "config-linux.md#configLinuxSysctl"],
    ['linux.netDevices["eth0.1"].name', "config-linux.md#configLinuxNetworkDevices"],
    ["linux.resources", "config-linux.md#configLinuxControlGroups"],
    ["linux.resources.memory.limit", "config-linux.md#configLinuxMemory"],
    ["constructor", "config.md#configuration"],
  ] as const
) {
  Deno.test(`clauseOf() finds the clause of ${path || "the whole"}`, () => {
    assertEquals(clauseOf(path), clause);
  });
}
