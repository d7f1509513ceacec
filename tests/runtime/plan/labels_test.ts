import { assertEquals } from "#assert";
import { missingModules, planLabelWrites } from "../../../runtime/plan/labels.ts";
import type { Config } from "../../../spec/schema/config.ts";

function labelled(process: object, mountLabel?: string): Config {
  return {
    ociVersion: "1.3.0",
    process: { cwd: "/", args: ["true"], ...process },
    linux: mountLabel === undefined ? {} : { mountLabel },
  } as Config;
}

const ALL = labelled({ apparmorProfile: "a", selinuxLabel: "b:c:d:e" }, "f:g:h:i");

Deno.test("missingModules() names each property whose module is not there", () => {
  assertEquals(missingModules(ALL, { apparmor: false, selinux: false }), [
    "process.apparmorProfile needs AppArmor, which this kernel does not run",
    "process.selinuxLabel needs SELinux, which this kernel does not run",
    "linux.mountLabel needs SELinux, which this kernel does not run",
  ]);
  assertEquals(missingModules(ALL, { apparmor: false, selinux: true }).length, 1);
  assertEquals(missingModules(ALL, { apparmor: true, selinux: true }), []);
});

Deno.test("missingModules() wants nothing for an empty label", () => {
  const empty = labelled({ apparmorProfile: "", selinuxLabel: "" }, "");
  assertEquals(missingModules(empty, { apparmor: false, selinux: false }), []);
  assertEquals(planLabelWrites(empty, true), []);
  assertEquals(planLabelWrites({ ociVersion: "1.3.0" } as Config, true), []);
});

Deno.test("planLabelWrites() writes each label where its module reads it", () => {
  assertEquals(planLabelWrites(ALL, true), [
    {
      step: "apply the AppArmor profile",
      path: "thread-self/attr/apparmor/exec",
      text: "exec a",
    },
    { step: "apply the SELinux label", path: "thread-self/attr/exec", text: "b:c:d:e" },
  ]);
});

Deno.test("planLabelWrites() falls back to the common file without AppArmor's directory", () => {
  const [write] = planLabelWrites(labelled({ apparmorProfile: "a" }), false);
  assertEquals([write?.path, write?.text], ["thread-self/attr/exec", "exec a"]);
});
