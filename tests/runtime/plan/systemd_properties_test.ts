import { assert, assertEquals } from "#assert";
import { processProperty, unitProperties } from "../../../runtime/plan/systemd_properties.ts";
import type { UnitPlan } from "../../../runtime/plan/systemd_unit.ts";

const SCOPE: UnitPlan = { name: "runts-c.scope", kind: "scope", slice: "a.slice" };
const SLICE: UnitPlan = { name: "a-b.slice", kind: "slice", slice: "a.slice" };
const NONE = { id: "c", resources: {}, annotations: {}, devices: [], version: 2 } as const;

Deno.test("unitProperties() puts a scope in its slice, and delegates it", () => {
  const values = unitProperties(SCOPE, NONE).map(({ name, value }) => [name, value]);
  const byName = new Map(values as [string, unknown][]);
  assertEquals(byName.get("Description"), "runts container c");
  assertEquals(byName.get("DefaultDependencies"), false);
  assertEquals(byName.get("Slice"), "a.slice");
  assertEquals(byName.get("Delegate"), true);
  assertEquals(byName.get("CollectMode"), "inactive-or-failed");
});

Deno.test("unitProperties() leaves a slice's place to its name", () => {
  const names = unitProperties(SLICE, NONE).map(({ name }) => name);
  for (const name of ["Slice", "Delegate", "CollectMode"]) assert(!names.includes(name), name);
  assert(names.includes("TasksMax"));
});

Deno.test("unitProperties() insists on what the container cannot do without", () => {
  const needed = unitProperties(SCOPE, NONE).filter(({ mayLack }) => mayLack !== true);
  assertEquals(needed.map(({ name }) => name), [
    "Description",
    "DefaultDependencies",
    "Slice",
    "Delegate",
  ]);
});

Deno.test("unitProperties() lets the annotations have the last word", () => {
  const annotations = { "org.systemd.property.TasksMax": "uint64 5" };
  const properties = unitProperties(SCOPE, { ...NONE, annotations });
  assertEquals(properties.at(-1), { name: "TasksMax", signature: "t", value: 5n });
});

Deno.test("processProperty() names one process", () => {
  assertEquals(processProperty(7), { name: "PIDs", signature: "au", value: [7] });
});
