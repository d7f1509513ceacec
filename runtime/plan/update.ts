/**
 * What `update` changes: which resources hold then, and what has to be written for them.
 *
 * @module
 */
import type { Resources } from "../../spec/schema/resources.ts";
import type { ControllerSources, ControllerWrites } from "./cgroup_files.ts";
import { CONTROLLERS, planCgroupFiles } from "./cgroup_files.ts";
import { refusal } from "./refusal.ts";

/** The resources that were asked for, and all that hold then. */
export interface UpdatePlan {
  readonly given: Resources;
  readonly merged: Resources;
}

/** Numbers of which 0 says nothing: callers in Go write their structs whole. */
const ZERO_IS_ABSENT = {
  memory: ["limit", "reservation", "swap", "kernel", "kernelTCP"],
  cpu: ["shares", "quota", "period", "realtimePeriod", "realtimeRuntime"],
  blockIO: ["weight", "leafWeight"],
} as const;

/**
 * Puts what was asked for in the place of what holds.
 *
 * The rules for devices stay: containerd and the kubelet send back all resources of a container, and applying the rules anew
 * would cut it off from what others have allowed it since (such as GPUs).
 *
 * @throws {ConfigError} For memory that does not fit the sum with swap, be it old or new.
 */
export function planUpdate(stored: Resources, wanted: Resources): UpdatePlan {
  const { devices: _, ...rest } = wanted;
  const given = withUnlimitedSwap(dropZeros(rest));
  const merged = merge(stored, given) as Resources;
  checkMemory(merged);
  return { given, merged };
}

function dropZeros(resources: Resources): Resources {
  const result: Record<string, unknown> = { ...resources };
  for (const [section, names] of Object.entries(ZERO_IS_ABSENT)) {
    const values = result[section];
    if (values === undefined) continue;
    const isSaying = ([name, value]: [string, unknown]): boolean =>
      !((names as readonly string[]).includes(name) && BigInt(value as number) === 0n);
    result[section] = Object.fromEntries(Object.entries(values as object).filter(isSaying));
  }
  return result as Resources;
}

/** Memory without limit and a limit for its sum with swap do not go together. */
function withUnlimitedSwap(resources: Resources): Resources {
  const { limit = 0, swap } = resources.memory ?? {};
  if (limit >= 0 || swap !== undefined) return resources;
  return { ...resources, memory: { ...resources.memory, swap: -1 } };
}

function checkMemory({ memory: { limit = 0, swap = 0 } = {} }: Resources): void {
  if (limit <= 0 || swap <= 0 || swap >= limit) return;
  throw refusal(
    "linux.resources.memory",
    `the limit, ${limit}, would be above that of memory and swap together, ${swap}`,
  );
}

/** Objects by their members, lists by what their entries are about. */
function merge(before: unknown, after: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(after)) {
    const replaced = new Set(after.map(subject));
    return [...before.filter((entry) => !replaced.has(subject(entry))), ...after];
  }
  if (!isObject(before) || !isObject(after)) return after;
  const members = Object.entries(after).map(([key, value]) => [key, merge(before[key], value)]);
  return { ...before, ...Object.fromEntries(members) };
}

/** The device, the page size or the interface that an entry of a list sets something for. */
function subject(entry: Record<string, unknown>): string {
  const { major, minor, pageSize, name } = entry;
  return JSON.stringify([major, minor, pageSize, name]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The files to write: for each controller that is asked for something all that holds of it, since its settings depend on
 * each other (a quota on its period, memory on its sum with swap). What stands in `unified` goes word for word.
 */
export function planUpdateFiles(
  { given, merged }: UpdatePlan,
  sources: ControllerSources,
): ControllerWrites[] {
  const touched = CONTROLLERS.filter(({ isSet }) => isSet(given));
  const { unified: _, ...settings } = merged;
  const plans = planCgroupFiles(settings, sources).filter(({ controller, version }) =>
    touched.some(({ names }) => names[version] === controller)
  );
  const { unified } = given;
  return unified === undefined ? plans : [...plans, ...planCgroupFiles({ unified }, sources)];
}
