import { assertEquals } from "#assert";
import { type DeviceRule, deviceRules, numbersOf } from "../../../runtime/plan/device_rules.ts";
import type { Linux } from "../../../spec/schema/linux.ts";

type Rules = NonNullable<NonNullable<Linux["resources"]>["devices"]>;

function texts(rules: readonly DeviceRule[]): string[] {
  return rules.map((rule) =>
    `${rule.allow ? "+" : "-"} ${rule.type} ${numbersOf(rule)} ${rule.access}`
  );
}

function planned(devices: Rules, nodes: Linux["devices"] = []): string[] {
  return texts(deviceRules({ resources: { devices }, devices: nodes }));
}

const NODES = [
  "+ c 1:3 7",
  "+ c 1:5 7",
  "+ c 1:7 7",
  "+ c 1:8 7",
  "+ c 1:9 7",
  "+ c 5:0 7",
  "+ c 5:2 7",
  "+ c 136:* 7",
];
const IMPLIED = ["+ c *:* 1", "+ b *:* 1", ...NODES];

Deno.test("deviceRules() makes no rules where the configuration has none", () => {
  assertEquals(deviceRules({}), []);
  assertEquals(planned([]), []);
  assertEquals(planned([], [{ type: "c", path: "/dev/x", major: 10, minor: 200 }]), []);
});

Deno.test("deviceRules() reads what is absent, empty or -1 as all", () => {
  const all = "- a *:* 7";
  for (
    const rule of [
      { allow: false },
      { allow: false, access: "rwm" },
      { allow: false, type: "", access: "" },
      { allow: false, type: "a", major: -1, minor: -1, access: "mrw" },
    ]
  ) assertEquals(planned([rule]), [all, ...IMPLIED]);
  assertEquals(planned([{ allow: true, type: "b", major: 8, access: "rm" }])[0], "+ b 8:* 3");
});

Deno.test("deviceRules() keeps the order, and puts what goes without saying after it", () => {
  const rules: Rules = [
    { allow: false },
    { allow: true, type: "c", major: 10, minor: 229, access: "rwm" },
    { allow: false, type: "c", major: 10, minor: 229, access: "w" },
  ];
  assertEquals(planned(rules), ["- a *:* 7", "+ c 10:229 7", "- c 10:229 4", ...IMPLIED]);
});

Deno.test("deviceRules() lets stand what is said of a default device", () => {
  const rules: Rules = [
    { allow: false },
    { allow: false, type: "c", major: 1, minor: 5 },
    { allow: true, type: "c", major: 136, access: "r" },
    { allow: false, type: "b", access: "m" },
  ];
  assertEquals(planned(rules).slice(4), [
    "+ c *:* 1",
    ...NODES.filter((text) => text !== "+ c 1:5 7" && text !== "+ c 136:* 7"),
  ]);
});

Deno.test("deviceRules() forgets what was said before a rule about everything", () => {
  const rules: Rules = [{ allow: false, type: "c", major: 1, minor: 5 }, { allow: false }];
  assertEquals(planned(rules).slice(2), IMPLIED);
});

Deno.test("deviceRules() allows the devices of the configuration", () => {
  const nodes: Linux["devices"] = [
    { type: "c", path: "/dev/net/tun", major: 10, minor: 200 },
    { type: "u", path: "/dev/fuse", major: 10, minor: 229 },
    { type: "b", path: "/dev/sda", major: 8, minor: 0 },
    { type: "p", path: "/dev/fifo" },
  ];
  assertEquals(planned([{ allow: false }], nodes).slice(1 + IMPLIED.length), [
    "+ c 10:200 7",
    "+ c 10:229 7",
    "+ b 8:0 7",
  ]);
  // What callers write for a device that is to be read only.
  const readOnly = { allow: true, type: "b", major: 8, minor: 0, access: "r" };
  const texts = planned([{ allow: false }, readOnly], nodes);
  assertEquals(texts.filter((text) => text.includes(" b 8:0 ")), ["+ b 8:0 2"]);
});
