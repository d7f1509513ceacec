/** Clauses of features.md and features-linux.md. @module */
import { assert, assertEquals } from "#assert";
import { Features } from "../../spec/schema/features.ts";
import { failure, Sandbox } from "../lib/sandbox.ts";

Deno.test("features.md#features: the document fits the schema", () => {
  using box = new Sandbox();
  const { stdout } = box.succeed("features");
  assertEquals(Features.safeParse(JSON.parse(stdout)).success, true);
});

Deno.test("features.md#featuresSpecificationVersion: both versions MUST be accepted in a config", () => {
  using box = new Sandbox();
  const { ociVersionMin, ociVersionMax } = JSON.parse(box.succeed("features").stdout);
  for (const ociVersion of [ociVersionMin, ociVersionMax]) {
    box.script("echo ran", (config) => config.ociVersion = ociVersion);
    assertEquals(box.output(), "ran\n", ociVersion);
  }
});

Deno.test("features.md#featuresHooks: every hook that is listed is run", () => {
  using box = new Sandbox();
  const { hooks } = JSON.parse(box.succeed("features").stdout) as { hooks: string[] };
  const file = `${box.directory}/hooks`;
  Deno.writeTextFileSync(file, "");
  box.script("true", (config) => {
    config.mounts.push({ destination: "/tmp", source: box.directory, options: ["bind"] });
    config.hooks = Object.fromEntries(hooks.map((name) => {
      const path = name === "startContainer" ? "/tmp/hooks" : file;
      return [name, [{ path: "/bin/sh", args: ["sh", "-c", `echo ${name} >> ${path}`] }]];
    }));
  });
  box.succeed("run", box.id);
  assertEquals(Deno.readTextFileSync(file).trimEnd().split("\n").sort(), hooks.sort());
});

Deno.test("features-linux.md#linuxFeaturesNamespaces: every type that is listed is recognised", () => {
  using box = new Sandbox();
  const { linux } = JSON.parse(box.succeed("features").stdout);
  assertEquals(
    linux.namespaces.toSorted(),
    ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"],
  );
  box.script("true", (config) => {
    config.linux.namespaces = linux.namespaces.map((type: string) => ({ type }));
    config.linux.uidMappings = config.linux.gidMappings = [
      { containerID: 0, hostID: 100000, size: 65536 },
    ];
  });
  assertEquals(box.output(), "");
});

Deno.test("features-linux.md#linuxFeaturesNetDevices: what is enabled is done", () => {
  using box = new Sandbox();
  const { linux } = JSON.parse(box.succeed("features").stdout);
  assertEquals(linux.netDevices, { enabled: true });
  box.script("true", (config) => config.linux.netDevices = { "no-such-device": {} });
  assert(failure(box.runts("create", box.id)).includes("no-such-device"));
});
