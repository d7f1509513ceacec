/** Empty strings as what they mean. @module */

import type { Config } from "./schema/config.ts";

/**
 * Removes the optional strings of `config` that are empty, and returns it.
 *
 * Tools in Go, which most configs come from, cannot tell an empty string from an absent one, so
 * `"path": ""` means a new namespace. Without this each reader would have to remember both.
 */
export function dropEmpty(config: Config): Config {
  const { process, linux } = config;
  drop(config, "hostname", "domainname");
  for (const mount of config.mounts ?? []) drop(mount, "source", "type");
  drop(process, "apparmorProfile", "selinuxLabel");
  drop(process?.execCPUAffinity, "initial", "final");
  drop(linux, "cgroupsPath", "mountLabel");
  for (const namespace of linux?.namespaces ?? []) drop(namespace, "path");
  for (const device of Object.values(linux?.netDevices ?? {})) drop(device, "name");
  for (const device of linux?.resources?.devices ?? []) drop(device, "type", "access");
  drop(linux?.resources?.cpu, "cpus", "mems");
  drop(linux?.intelRdt, "closID", "l3CacheSchema");
  drop(linux?.memoryPolicy, "nodes");
  drop(linux?.seccomp, "listenerPath", "listenerMetadata");
  return config;
}

function drop<T extends object>(object: T | undefined, ...keys: readonly OptionalKeys<T>[]): void {
  if (object === undefined) return;
  for (const key of keys) if (object[key] === "") delete object[key];
}

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
