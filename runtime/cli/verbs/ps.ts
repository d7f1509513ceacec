/** `runts ps`. @module */
import { formatPids, processes, processTable } from "../../ps.ts";
import type { Invocation } from "../invocation.ts";
import { containerRef } from "../translate.ts";

/** Prints a container's processes. */
export function psVerb(invocation: Invocation): number {
  const { args, flags, print } = invocation;
  const format = flags.string("format");
  const ref = containerRef(invocation);
  if (format === "json") print(formatPids(processes(ref)));
  else if (format === "table") print(processTable(ref, args.slice(1)));
  else throw new TypeError("invalid format option");
  return 0;
}
