import { assert, assertEquals } from "#assert";
import { defaultConfig, rootlessConfig } from "../../spec/default_config.ts";
import { stringifyJson } from "../../spec/json.ts";
import { parseConfig, validateConfig } from "../../spec/validate.ts";
import { configWarnings } from "../../spec/warnings.ts";
import { isValid } from "./json_schema.ts";

for (
  const [name, config] of [
    ["defaultConfig()", defaultConfig()],
    ["rootlessConfig()", rootlessConfig(1000, 100)],
  ] as const
) {
  Deno.test(`${name} is valid, by the official schema too`, () => {
    assertEquals(validateConfig(config), []);
    assertEquals(configWarnings(config), []);
    assert(isValid("config-schema.json", config));
  });

  Deno.test(`${name} comes out of its text as it was`, () => {
    assertEquals(parseConfig(stringifyJson(config, "\t")), config);
  });
}

Deno.test("defaultConfig() is a new object each time", () => {
  defaultConfig().linux?.namespaces?.pop();
  defaultConfig().process?.capabilities?.bounding?.pop();
  assertEquals(defaultConfig().linux?.namespaces?.length, 6);
  assertEquals(defaultConfig().process?.capabilities?.bounding?.length, 3);
});

Deno.test("defaultConfig() is what users of runc expect", () => {
  const { process, root, hostname, mounts, linux } = defaultConfig();
  assertEquals(process?.args, ["sh"]);
  assertEquals(process?.terminal, true);
  assertEquals(root, { path: "rootfs", readonly: true });
  assertEquals(hostname, "runts");
  assertEquals(mounts?.map((mount) => mount.destination), [
    "/proc",
    "/dev",
    "/dev/pts",
    "/dev/shm",
    "/dev/mqueue",
    "/sys",
    "/sys/fs/cgroup",
  ]);
  assertEquals(linux?.namespaces?.map(({ type }) => type), [
    "pid",
    "network",
    "ipc",
    "uts",
    "mount",
    "cgroup",
  ]);
  assertEquals(linux?.resources, { devices: [{ allow: false, access: "rwm" }] });
});

Deno.test("rootlessConfig() maps the caller alone, and asks for nothing that takes a privilege", () => {
  const { mounts, linux } = rootlessConfig(1000, 100);
  assertEquals(linux?.uidMappings, [{ containerID: 0, hostID: 1000, size: 1 }]);
  assertEquals(linux?.gidMappings, [{ containerID: 0, hostID: 100, size: 1 }]);
  assertEquals(linux?.namespaces?.map(({ type }) => type), [
    "pid",
    "ipc",
    "uts",
    "mount",
    "cgroup",
    "user",
  ]);
  assertEquals(linux?.resources, undefined);
  assertEquals(mounts?.find((mount) => mount.destination === "/sys"), {
    destination: "/sys",
    type: "none",
    source: "/sys",
    options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
  });
  assertEquals(mounts?.some((mount) => mount.options?.includes("gid=5")), false);
  assertEquals(mounts?.[0], { destination: "/proc", type: "proc", source: "proc" });
});
