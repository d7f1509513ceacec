import { assertEquals } from "#assert";
import { planNetDevices } from "../../../runtime/plan/net_devices.ts";

Deno.test("planNetDevices() makes one move of each device, in document order", () => {
  const netDevices = {
    eth1: { name: "c1" },
    eth0: {},
    eth2: { name: "" },
    eth3: { name: "net%d" },
  };
  assertEquals(planNetDevices({ netDevices }), [
    { hostName: "eth1", name: "c1", isTemplate: false },
    { hostName: "eth0", name: undefined, isTemplate: false },
    { hostName: "eth2", name: undefined, isTemplate: false },
    { hostName: "eth3", name: "net%d", isTemplate: true },
  ]);
});

Deno.test("planNetDevices() takes %d for a template at the end only", () => {
  const isTemplate = (name: string) =>
    planNetDevices({ netDevices: { h0: { name } } })[0]?.isTemplate;
  assertEquals(["%d", "a%d", "a%db", "d", "%"].map(isTemplate), [true, true, false, false, false]);
});

Deno.test("planNetDevices() plans nothing where there is nothing", () => {
  assertEquals(planNetDevices(undefined), []);
  assertEquals(planNetDevices({}), []);
  assertEquals(planNetDevices({ netDevices: {} }), []);
});
