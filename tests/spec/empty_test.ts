import { assertEquals } from "#assert";
import { stringifyJson } from "../../spec/json.ts";
import { parseConfig } from "../../spec/validate.ts";

Deno.test("parseConfig() takes an empty optional string for an absent one", () => {
  const config = parseConfig(stringifyJson({
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    hostname: "",
    domainname: "",
    mounts: [{ destination: "/a", type: "", source: "" }],
    process: {
      args: ["", ""],
      cwd: "/",
      env: [""],
      apparmorProfile: "",
      selinuxLabel: "",
      execCPUAffinity: { initial: "", final: "" },
    },
    annotations: { a: "" },
    linux: {
      namespaces: [{ type: "network", path: "" }],
      netDevices: { eth0: { name: "" } },
      cgroupsPath: "",
      mountLabel: "",
      resources: {
        devices: [{ allow: false, type: "", access: "" }],
        cpu: { cpus: "", mems: "" },
        unified: { "cpuset.cpus": "" },
      },
      intelRdt: { closID: "", l3CacheSchema: "" },
      memoryPolicy: { mode: "MPOL_LOCAL", nodes: "" },
      seccomp: { defaultAction: "SCMP_ACT_LOG", listenerPath: "", listenerMetadata: "" },
      sysctl: { "net.ipv4.x": "" },
    },
  }));
  assertEquals(config, {
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    mounts: [{ destination: "/a" }],
    // In a list or a map an empty string is a value.
    process: { args: ["", ""], cwd: "/", env: [""], execCPUAffinity: {} },
    annotations: { a: "" },
    linux: {
      namespaces: [{ type: "network" }],
      netDevices: { eth0: {} },
      resources: { devices: [{ allow: false }], cpu: {}, unified: { "cpuset.cpus": "" } },
      intelRdt: {},
      memoryPolicy: { mode: "MPOL_LOCAL" },
      seccomp: { defaultAction: "SCMP_ACT_LOG" },
      sysctl: { "net.ipv4.x": "" },
    },
  });
});
