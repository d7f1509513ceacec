import { assert, assertEquals } from "#assert";
import { RDMA_ANNOTATION } from "../../runtime/plan/rdma_annotation.ts";
import { features } from "../../runtime/features.ts";
import { VERSION } from "../../runtime/version.ts";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "../../spec/scheduling.ts";
import { Features } from "../../spec/schema/features.ts";
import { isNewerMinor, parseVersion } from "../../spec/version.ts";
import { isValid } from "../spec/json_schema.ts";

Deno.test("features() fits the schema, and has no null in it", () => {
  const text = JSON.stringify(features());
  assertEquals(Features.safeParse(JSON.parse(text)).success, true);
  assertEquals(isValid("features-schema.json", JSON.parse(text)), true);
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
  // The text: MUST NOT be less than the other.
  assertEquals([parseVersion(ociVersionMin)?.minor, parseVersion(ociVersionMax)?.minor], [0, 3]);
  assertEquals(isNewerMinor(parseVersion(ociVersionMax)!), false);
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

/** config.md#configLinuxMountOptions of v1.3.0, and `rnodev`, which that table lost: it is in the example of features.md. */
const OF_THE_TABLE =
  "async atime bind defaults dev diratime dirsync exec idmap iversion lazytime loud mand noatime nodev " +
  "nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow " +
  "private ratime rbind rdev rdiratime relatime remount rexec ridmap rnoatime rnodev rnodiratime " +
  "rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared " +
  "rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid " +
  "symfollow sync tmpcopyup unbindable";

Deno.test("features() lists every mount option of the specification, and no other", () => {
  assertEquals(features().mountOptions, OF_THE_TABLE.split(" "));
});

Deno.test("features() has annotations such as a config may have", () => {
  const { annotations = {} } = features();
  for (const [key, value] of Object.entries(annotations)) {
    assert(/^[a-z0-9]+(\.[a-z0-9]+)+$/i.test(key) && typeof value === "string", key);
  }
  assertEquals(annotations["io.github.runts.version"], VERSION);
  assertEquals(annotations["org.opencontainers.runc.checkpoint.enabled"], "true");
});

Deno.test("features() names the annotations of a config that change what is done", () => {
  assertEquals(features().potentiallyUnsafeConfigAnnotations, [
    RDMA_ANNOTATION,
    "org.systemd.property.",
  ]);
});

Deno.test("features() claims every manager of cgroups, and that mounts can be ID-mapped", () => {
  const { cgroup, mountExtensions } = features().linux ?? {};
  assertEquals(cgroup, { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true });
  assertEquals(mountExtensions, { idmap: { enabled: true } });
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
