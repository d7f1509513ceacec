import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { applyEdits, type CdiFile, editsFor } from "../../examples/cdi_edits.ts";
import { type Config, defaultConfig, validateConfig } from "../../mod.ts";
import { read } from "../meta/files.ts";

const FILE = JSON.parse(read("examples/cdi/example.json")) as CdiFile;

Deno.test("editsFor() finds devices by their full names, behind what goes with all of them", () => {
  const [common, nic, ...others] = editsFor(FILE, ["example.com/accelerator=nic0"]);
  assertEquals(common, FILE.containerEdits);
  assertEquals(nic, { netDevices: [{ hostInterfaceName: "cable1", name: "eth0" }] });
  assertEquals(others, []);
  for (const name of ["nic0", "example.com/accelerator=none", "example.com/other=nic0"]) {
    throws(() => editsFor(FILE, [name]), {
      message: `Cannot use the CDI device "${name}": the file has none of that name`,
    });
  }
});

Deno.test("applyEdits() makes a configuration that is valid, out of all devices of the example", () => {
  const config = structuredClone(defaultConfig()) as Config;
  const names = FILE.devices.map(({ name }) => `${FILE.kind}=${name}`);
  for (const edits of editsFor(FILE, names)) applyEdits(config, edits);
  assertEquals(validateConfig(config), []);
  assertEquals(config.linux?.netDevices, { cable1: { name: "eth0" }, storage0: { name: "" } });
});

Deno.test("applyEdits() adds a device node and the rule to use it, or takes both from the file", () => {
  const config: Config = { ociVersion: "1.3.0", root: { path: "rootfs" } };
  applyEdits(config, {
    deviceNodes: [
      { path: "/dev/null", permissions: "r" },
      { path: "/dev/x", type: "b", major: 7, minor: 300, fileMode: 0o600, uid: 1, gid: 2 },
    ],
  });
  assertEquals(config.linux?.devices, [
    { path: "/dev/null", type: "c", major: 1, minor: 3 },
    { path: "/dev/x", type: "b", major: 7, minor: 300, fileMode: 0o600, uid: 1, gid: 2 },
  ]);
  assertEquals(config.linux?.resources?.devices, [
    { allow: true, type: "c", major: 1, minor: 3, access: "r" },
    { allow: true, type: "b", major: 7, minor: 300, access: "rwm" },
  ]);
  const file = { deviceNodes: [{ path: "/dev/x", hostPath: "/proc/version" }] };
  throws(() => applyEdits(config, file), {
    message: 'Cannot use "/proc/version" as a device node: it is none',
  });
});

Deno.test("applyEdits() replaces what has the same name, and appends hooks", () => {
  const config: Config = {
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    process: { cwd: "/", args: ["true"], env: ["A=1", "AB=1"] },
    mounts: [{ destination: "/a", type: "tmpfs" }, { destination: "/b", type: "tmpfs" }],
    hooks: { createRuntime: [{ path: "/first" }] },
    linux: { netDevices: { h0: { name: "c0" }, h1: {} } },
  };
  applyEdits(config, {
    env: ["A=2"],
    mounts: [{ hostPath: "/x", containerPath: "/a" }],
    hooks: [
      { hookName: "createRuntime", path: "/second", args: ["second"], timeout: 3 },
      { hookName: "poststop", path: "/third" },
    ],
    netDevices: [{ hostInterfaceName: "h0", name: "" }, { hostInterfaceName: "h2", name: "c2" }],
  });
  assertEquals(config.process?.env, ["AB=1", "A=2"]);
  assertEquals(config.mounts, [
    { destination: "/b", type: "tmpfs" },
    { destination: "/a", source: "/x", type: "bind", options: [] },
  ]);
  assertEquals(config.hooks, {
    createRuntime: [{ path: "/first" }, { path: "/second", args: ["second"], timeout: 3 }],
    poststop: [{ path: "/third" }],
  });
  assertEquals(config.linux?.netDevices, { h0: { name: "" }, h1: {}, h2: { name: "c2" } });
});
