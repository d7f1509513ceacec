/**
 * What a container asks for that only a cgroup of its own could give it.
 *
 * @module
 */
import type { Linux } from "../../spec/schema/linux.ts";
import { deviceRules, isEverything } from "./device_rules.ts";

/**
 * The first property that needs a cgroup; undefined when there is none. Callers written in Go leave empty objects and lists
 * behind, which ask for nothing.
 *
 * @param needsDeviceRules Whether device rules are a reason as well.
 */
export function needsCgroup(
  { cgroupsPath, resources = {} }: Pick<Linux, "cgroupsPath" | "resources">,
  needsDeviceRules: boolean,
): string | undefined {
  if (cgroupsPath !== undefined && cgroupsPath !== "") return "linux.cgroupsPath";
  const asking = Object.entries(resources).find(([key, value]) =>
    asksForAnything(value) && (key !== "devices" || needsDeviceRules)
  );
  return asking && `linux.resources.${asking[0]}`;
}

/**
 * Whether the device rules say no more than what tools write into every configuration, Podman with `--cgroups=disabled`
 * among them: that nothing is allowed which the container was not given.
 */
export function hasUsualDeviceRules({ resources }: Pick<Linux, "resources">): boolean {
  const own = deviceRules({ resources }).slice(0, resources?.devices?.length ?? 0);
  return own.every((rule) => !rule.allow && isEverything(rule));
}

function asksForAnything(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value !== undefined && value !== null;
  return Object.values(value).some(asksForAnything);
}
