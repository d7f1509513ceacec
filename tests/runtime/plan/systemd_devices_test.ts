import { assertEquals } from "#assert";
import { deviceRules } from "../../../runtime/plan/device_rules.ts";
import { deviceProperties } from "../../../runtime/plan/systemd_devices.ts";
import type { DeviceCgroup } from "../../../spec/schema/resources.ts";

/** Policy and list, without what every container may use. */
function propertiesOf(devices: DeviceCgroup[]): [unknown, unknown[]] | [] {
  const [policy, allow] = deviceProperties(deviceRules({ resources: { devices } }));
  if (policy === undefined) return [];
  assertEquals([policy.name, policy.signature], ["DevicePolicy", "s"]);
  assertEquals([allow?.name, allow?.signature], ["DeviceAllow", "a(ss)"]);
  const list = (allow?.value as string[][]).filter(([device, access]) =>
    !DEFAULTS.includes(`${device} ${access}`)
  );
  return [policy.value, list];
}

const DEFAULTS = [
  "char-* m",
  "block-* m",
  ...["1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:2"].map((device) => `/dev/char/${device} rwm`),
  "char-136 rwm",
];

const DENY_ALL = { allow: false, access: "rwm" };

Deno.test("deviceProperties() has nothing to say without rules", () => {
  assertEquals(propertiesOf([]), []);
});

Deno.test("deviceProperties() allows the default devices to a container that may use no other", () => {
  assertEquals(propertiesOf([DENY_ALL]), ["strict", []]);
  const [, allow] = deviceProperties(deviceRules({ resources: { devices: [DENY_ALL] } }));
  assertEquals((allow!.value as string[][]).map((entry) => entry.join(" ")), DEFAULTS);
});

Deno.test("deviceProperties() names devices as systemd does", () => {
  assertEquals(
    propertiesOf([
      DENY_ALL,
      { allow: true, type: "b", major: 8, minor: 1, access: "r" },
      { allow: true, type: "c", major: 10, access: "rw" },
      { allow: true, type: "b", access: "rwm" },
      { allow: true, type: "c", minor: 7, access: "w" },
    ]),
    ["strict", [
      ["/dev/block/8:1", "rwm"],
      // Making nodes is allowed anyway.
      ["char-10", "rwm"],
      ["block-*", "rwm"],
      ["char-*", "wm"],
    ]],
  );
});

Deno.test("deviceProperties() leaves out what is taken back", () => {
  assertEquals(
    propertiesOf([
      DENY_ALL,
      { allow: true, type: "b", major: 8, minor: 1, access: "rwm" },
      { allow: false, type: "b", major: 8, minor: 1, access: "w" },
    ]),
    ["strict", [["/dev/block/8:1", "rm"]]],
  );
});

Deno.test("deviceProperties() has no list of what is forbidden", () => {
  const allowAll = { allow: true, access: "rwm" };
  assertEquals(propertiesOf([allowAll]), ["auto", []]);
  assertEquals(propertiesOf([allowAll, { allow: false, type: "b", major: 8 }]), ["auto", []]);
});

Deno.test("deviceProperties() allows more where the list cannot be exact", () => {
  // Our own program says no to the second; systemd may not say no to the first.
  assertEquals(
    propertiesOf([
      DENY_ALL,
      { allow: true, type: "b", major: 8, access: "rw" },
      { allow: false, type: "b", major: 8, minor: 1, access: "rw" },
    ]),
    ["strict", [["block-8", "rwm"]]],
  );
});
