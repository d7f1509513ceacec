import { assert, assertEquals } from "#assert";
import { features } from "../../runtime/features.ts";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "../../spec/scheduling.ts";
import { Features } from "../../spec/schema/features.ts";

Deno.test("features() fits the schema, and has no null in it", () => {
  const text = JSON.stringify(features());
  assertEquals(Features.safeParse(JSON.parse(text)).success, true);
  assert(!text.includes("null"));
});

Deno.test("features() prints its keys in the order of the specification", () => {
  assertEquals(Object.keys(features()), [
    "ociVersionMin",
    "ociVersionMax",
    "hooks",
    "mountOptions",
    "linux",
    "annotations",
    "potentiallyUnsafeConfigAnnotations",
  ]);
  assertEquals(Object.keys(features().linux ?? {}), [
    "namespaces",
    "capabilities",
    "cgroup",
    "seccomp",
    "apparmor",
    "selinux",
    "memoryPolicy",
    "intelRdt",
    "mountExtensions",
    "netDevices",
  ]);
});

Deno.test("features() claims the versions, hooks and capabilities of runtime-spec 1.3", () => {
  const { ociVersionMin, ociVersionMax, hooks, linux } = features();
  assertEquals([ociVersionMin, ociVersionMax], ["1.0.0", "1.3.0"]);
  assertEquals(hooks?.length, 6);
  assertEquals(linux?.capabilities?.length, 41);
  assertEquals(linux?.netDevices?.enabled, true);
});

Deno.test("features() claims what the plan can say to the kernel", () => {
  const { linux } = features();
  assertEquals(linux?.memoryPolicy?.modes, MEMORY_POLICY_MODES);
  assertEquals(linux?.memoryPolicy?.flags, MEMORY_POLICY_FLAGS);
  assertEquals(linux?.intelRdt, { enabled: true, schemata: true, monitoring: true });
  assertEquals([linux?.apparmor?.enabled, linux?.selinux?.enabled], [true, true]);
  assert(linux?.namespaces?.includes("time"));
});

Deno.test("features() lists the mount options sorted and once", () => {
  const options = features().mountOptions ?? [];
  assertEquals(options, [...new Set(options)].sort());
  for (const name of ["bind", "defaults", "nosuid", "rbind", "ro", "rprivate", "rro"]) {
    assert(options.includes(name), name);
  }
});

Deno.test("features() lists what seccomp can be asked for, and which flags the kernel has", () => {
  const { linux, annotations } = features();
  const { enabled, actions, operators, archs, knownFlags, supportedFlags } = linux?.seccomp ?? {};
  assertEquals([enabled, actions?.length, operators?.length, archs?.length], [true, 9, 7, 23]);
  assertEquals(knownFlags, [
    "SECCOMP_FILTER_FLAG_LOG",
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    "SECCOMP_FILTER_FLAG_TSYNC",
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
  ]);
  // Since Linux 4.17 at the latest.
  assertEquals(supportedFlags?.slice(0, 3), knownFlags?.slice(0, 3));
  const version = annotations?.["io.github.seccomp.libseccomp.version"] ?? "";
  assert(/^2\.\d+\.\d+$/.test(version), version);
});
