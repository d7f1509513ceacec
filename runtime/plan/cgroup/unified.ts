/**
 * `linux.resources.unified`: files of cgroup v2, word for word.
 *
 * @see config-linux.md#configLinuxUnified
 * @module
 */
import type { Resources } from "../../../spec/schema/resources.ts";
import { type CgroupWrite, write } from "./controller.ts";

/** The files of one controller; `cgroup` stands for those that every cgroup has. */
export interface UnifiedPart {
  readonly controller: string;
  readonly writes: readonly CgroupWrite[];
}

/** Stands for what every cgroup has without any controller: `cgroup.*`, and `*.pressure`. */
export const CORE = "cgroup";

/** By controller, in the order of the configuration. */
export function planUnified({ unified = {} }: Resources): UnifiedPart[] {
  const parts = new Map<string, CgroupWrite[]>();
  for (const [file, value] of Object.entries(unified)) {
    const controller = controllerOf(file);
    const writes = parts.get(controller) ?? [];
    const property = `unified[${JSON.stringify(file)}]`;
    writes.push(...linesOf(value).map((line) => write(property, file, line)));
    parts.set(controller, writes);
  }
  return [...parts].map(([controller, writes]) => ({ controller, writes }));
}

/** Files are named by their controller first: `io.bfq.weight`, `hugetlb.2MB.max`. */
function controllerOf(file: string): string {
  return file.endsWith(".pressure") ? CORE : file.split(".")[0]!;
}

/** `io.max`, `rdma.max`, `misc.max` and the like take one device a write. A file without content is emptied. */
function linesOf(value: string): string[] {
  const lines = value.split("\n").filter((line) => line.trim() !== "");
  // A write of no bytes does not reach the kernel's handler.
  return lines.length === 0 ? ["\n"] : lines;
}
