/** Rules on `linux.resources`. @module */

import { entry, member } from "../property_path.ts";
import type { Report, Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";
import type { Resources } from "../schema/resources.ts";

/** Device rules, limits, weights and the files of cgroup v2. */
export const RESOURCE_RULES: readonly Rule[] = [
  { reads: ["linux.resources.devices"], check: of("devices", checkDevices) },
  { reads: ["linux.resources.memory"], check: of("memory", checkMemory) },
  { reads: ["linux.resources.cpu"], check: of("cpu", checkCPU) },
  { reads: ["linux.resources.pids"], check: of("pids", checkPids) },
  { reads: ["linux.resources.blockIO"], check: of("blockIO", checkBlockIO) },
  { reads: ["linux.resources.rdma"], check: of("rdma", checkRdma) },
  { reads: ["linux.resources.unified"], check: of("unified", checkUnified) },
];

type Part<K extends keyof Resources> = NonNullable<Resources[K]>;

function of<K extends keyof Resources>(
  key: K,
  check: (part: Part<K>, path: string, report: Report) => void,
): Rule["check"] {
  return ({ linux }: Config, report: Report): void => {
    const part = linux?.resources?.[key];
    if (part !== undefined) check(part as Part<K>, `linux.resources.${key}`, report);
  };
}

function checkDevices(devices: Part<"devices">, path: string, report: Report): void {
  for (const [index, { type = "", access = "" }] of devices.entries()) {
    const at = entry(path, index);
    if (!["", "a", "b", "c"].includes(type)) {
      report(`${at}.type`, `must be "a", "b" or "c", got ${JSON.stringify(type)}`);
    }
    if (!/^[rwm]*$/.test(access)) {
      report(`${at}.access`, `must be composed of "r", "w" and "m", got ${JSON.stringify(access)}`);
    }
  }
}

function checkMemory(memory: Part<"memory">, path: string, report: Report): void {
  for (const name of ["limit", "reservation", "swap", "kernel", "kernelTCP"] as const) {
    const value = memory[name] ?? 0;
    if (value < -1) report(`${path}.${name}`, `must be -1 (unlimited) or more, got ${value}`);
  }
  const { limit = 0, swap = 0 } = memory;
  // `swap` is the sum of both, so it holds the limit.
  if (limit > 0 && swap > 0 && swap < limit) {
    report(`${path}.swap`, `must not be less than limit, ${limit}, got ${swap}`);
  }
}

function checkCPU({ quota = 0, burst = 0 }: Part<"cpu">, path: string, report: Report): void {
  if (quota > 0 && burst > quota) {
    report(`${path}.burst`, `must not exceed quota, ${quota}, got ${burst}`);
  }
}

function checkPids({ limit = 0 }: Part<"pids">, path: string, report: Report): void {
  if (limit < -1) report(`${path}.limit`, `must be -1 (no limit) or more, got ${limit}`);
}

function checkBlockIO({ weightDevice = [] }: Part<"blockIO">, path: string, report: Report): void {
  for (const [index, { weight, leafWeight }] of weightDevice.entries()) {
    if (weight === undefined && leafWeight === undefined) {
      report(entry(`${path}.weightDevice`, index), "must have weight or leafWeight");
    }
  }
}

function checkRdma(rdma: Part<"rdma">, path: string, report: Report): void {
  for (const [device, { hcaHandles, hcaObjects }] of Object.entries(rdma)) {
    const at = member(path, device);
    if (hcaHandles === undefined && hcaObjects === undefined) {
      report(at, "must have hcaHandles or hcaObjects");
    }
    // rdma.max is written as "<device> hca_handle=...", so the name ends at a space.
    if (device === "" || /\s/.test(device)) report(at, "must be named by a device's name");
  }
}

function checkUnified(unified: Part<"unified">, path: string, report: Report): void {
  for (const file of Object.keys(unified)) {
    // Anything else would be a file of another cgroup, or of the host.
    if (file === "" || file === "." || file === ".." || file.includes("/")) {
      report(member(path, file), "must be named by a file of the cgroup, without a directory");
    }
  }
}
