/**
 * The properties of a container's unit.
 *
 * @see org.freedesktop.systemd1(5)
 * @module
 */
import type { Resources } from "../../spec/schema/resources.ts";
import type { DeviceRule } from "./device_rules.ts";
import { annotationProperties } from "./systemd_annotations.ts";
import { deviceProperties } from "./systemd_devices.ts";
import { resourceProperties, type UnitProperty } from "./systemd_resources.ts";
import type { UnitPlan } from "./systemd_unit.ts";

/** What the properties are made from. */
export interface PropertiesInput {
  /** The container's ID. */
  readonly id: string;
  readonly resources: Resources;
  readonly annotations: Readonly<Record<string, string>>;
  /** None where they cannot be applied. */
  readonly devices: readonly DeviceRule[];
  /** Of the hierarchy that has the controllers. */
  readonly version: 1 | 2;
}

/** All but the processes of a scope. Later ones override earlier ones, so the annotations have the last word. */
export function unitProperties(unit: UnitPlan, input: PropertiesInput): UnitProperty[] {
  const { id, resources, annotations, devices, version } = input;
  return [
    { name: "Description", signature: "s", value: `runts container ${id}` },
    // By default it would be stopped before the services that the container's own end may need.
    { name: "DefaultDependencies", signature: "b", value: false },
    ...(unit.kind === "scope" ? scopeProperties(unit) : []),
    ...resourceProperties(resources, version),
    ...deviceProperties(devices),
    ...annotationProperties(annotations),
  ];
}

function scopeProperties({ slice }: UnitPlan): UnitProperty[] {
  return [
    { name: "Slice", signature: "s", value: slice },
    // What is in the cgroup, and below it, is ours from now on. It also brings all controllers.
    { name: "Delegate", signature: "b", value: true },
    // systemd 236. One whose processes were killed would stay until somebody resets it.
    { name: "CollectMode", signature: "s", value: "inactive-or-failed", mayLack: true },
  ];
}

/** The process that a new scope takes in: it has to have one. */
export function processProperty(pid: number): UnitProperty {
  return { name: "PIDs", signature: "au", value: [pid] };
}
