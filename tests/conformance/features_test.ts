/** Clauses of features.md and features-linux.md. @module */
import { assert, assertEquals } from "#assert";
import { Features } from "../../spec/schema/features.ts";
import { failure, Sandbox } from "../lib/sandbox.ts";
import { isValid } from "../spec/json_schema.ts";

Deno.test("features.md#features: the document fits the schema", () => {
  using box = new Sandbox();
  const { stdout } = box.succeed("features");
  assertEquals(Features.safeParse(JSON.parse(stdout)).success, true);
  assertEquals(isValid("features-schema.json", JSON.parse(stdout)), true);
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

Deno.test("features.md#features: the document SHOULD be the same without privileges, and in a bare environment", () => {
  using box = new Sandbox();
  const usual = box.succeed("features").stdout;
  const nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
  for (
    const options of [
      { prefix: nobody, cwd: "/" },
      { clearEnv: true, cwd: "/" },
      // An image's: no /proc, no /sys.
      { prefix: ["unshare", "--mount", "sh", "-c", 'umount -l /sys; exec "$@"', "sh"] },
    ]
  ) {
    const { code, stdout, stderr } = box.runtsWith(options, "features");
    assertEquals([code, stdout], [0, usual], stderr);
  }
});

Deno.test("features-linux.md#linuxFeaturesCapabilities: every capability that is listed MUST be recognised", () => {
  using box = new Sandbox();
  const { linux: { capabilities } } = JSON.parse(box.succeed("features").stdout);
  box.script("true", (config) => {
    for (const set of ["bounding", "effective", "permitted"]) {
      config.process.capabilities[set] = capabilities;
    }
  });
  const { code, stderr } = box.runts("run", box.id);
  assertEquals(code, 0, stderr);
  assert(!stderr.includes("unknown capability"), stderr);
});

Deno.test("features-linux.md#linuxFeaturesSeccomp: every action, operator, architecture and flag that is listed MUST be recognised", () => {
  using box = new Sandbox();
  const { seccomp } = JSON.parse(box.succeed("features").stdout).linux;
  // What is recognised and not supported by this kernel is for another test: the filter is loaded.
  box.script("echo ran", (config) => {
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: seccomp.archs,
      flags: seccomp.supportedFlags,
      syscalls: [
        ...seccomp.actions.filter((action: string) => action !== "SCMP_ACT_NOTIFY")
          .map((action: string) => ({
            names: ["swapon"],
            action,
            args: [argument("SCMP_CMP_EQ")],
          })),
        ...seccomp.operators.map((op: string) => ({
          names: ["swapoff"],
          action: "SCMP_ACT_LOG",
          args: [argument(op)],
        })),
      ].map((rule, at) => ({ ...rule, args: [{ ...rule.args[0], value: at }] })),
    };
  });
  assertEquals(box.output(), "ran\n");
  // A listener needs an agent: the action is recognised, and asks for one by name.
  box.script("true", (config) => {
    const rule = { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" };
    config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] };
  });
  assert(failure(box.runts("create", box.id)).includes("linux.seccomp.listenerPath: is required"));
});

function argument(op: string): Record<string, unknown> {
  return { index: 1, value: 0, valueTwo: 0, op };
}

Deno.test("features-linux.md#linuxFeaturesMountExtensions: idmap is enabled, and done", () => {
  using box = new Sandbox();
  const { linux } = JSON.parse(box.succeed("features").stdout);
  assertEquals(linux.mountExtensions, { idmap: { enabled: true } });
  const source = `${box.directory}/mapped`;
  Deno.mkdirSync(source);
  Deno.writeTextFileSync(`${source}/file`, "");
  box.script("stat -c %u:%g /tmp/file", (config) => {
    const mappings = [{ containerID: 0, hostID: 1000, size: 1 }];
    const [uidMappings, gidMappings] = [mappings, mappings];
    const options = ["bind", "idmap"];
    config.mounts.push({ destination: "/tmp", source, options, uidMappings, gidMappings });
  });
  assertEquals(box.output(), "1000:1000\n");
});

Deno.test("features-linux.md#linuxFeaturesNetDevices: what is enabled is done", () => {
  using box = new Sandbox();
  const { linux } = JSON.parse(box.succeed("features").stdout);
  assertEquals(linux.netDevices, { enabled: true });
  box.script("true", (config) => config.linux.netDevices = { "no-such-device": {} });
  assert(failure(box.runts("create", box.id)).includes("no-such-device"));
});
