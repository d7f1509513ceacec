import { assertEquals } from "#assert";
import { hasUsualDeviceRules, needsCgroup } from "../../../runtime/plan/without_cgroup.ts";
import type { DeviceCgroup } from "../../../spec/schema/resources.ts";

Deno.test("needsCgroup() names the first property that only a cgroup could serve", () => {
  assertEquals(needsCgroup({ cgroupsPath: "/a" }, true), "linux.cgroupsPath");
  assertEquals(needsCgroup({ resources: { pids: { limit: 0 } } }, true), "linux.resources.pids");
  assertEquals(
    needsCgroup({ resources: { memory: {}, cpu: { idle: 0 } } }, true),
    "linux.resources.cpu",
  );
  assertEquals(
    needsCgroup({ resources: { unified: { "memory.high": "max" } } }, true),
    "linux.resources.unified",
  );
});

Deno.test("needsCgroup() takes what is empty for nothing", () => {
  assertEquals(needsCgroup({}, true), undefined);
  assertEquals(needsCgroup({ cgroupsPath: "", resources: {} }, true), undefined);
  const resources = { memory: {}, blockIO: { weightDevice: [] }, devices: [], unified: {} };
  assertEquals(needsCgroup({ resources }, true), undefined);
});

Deno.test("needsCgroup() counts device rules only where they are needed", () => {
  const resources = { devices: [{ allow: false }] };
  assertEquals(needsCgroup({ resources }, true), "linux.resources.devices");
  assertEquals(needsCgroup({ resources }, false), undefined);
});

Deno.test("hasUsualDeviceRules() is for no rules, and for those that deny everything", () => {
  const found = (devices: DeviceCgroup[]) => hasUsualDeviceRules({ resources: { devices } });
  const none = { allow: false, access: "rwm" };
  assertEquals(found([]), true);
  assertEquals(found([none]), true);
  // Every device, one that may only be read, and one that may not be used at all.
  assertEquals(found([{ allow: true, access: "rwm" }]), false);
  assertEquals(found([none, { allow: true, type: "c", major: 1, minor: 3, access: "r" }]), false);
  assertEquals(found([{ allow: false, type: "c", major: 1, minor: 3 }]), false);
});
