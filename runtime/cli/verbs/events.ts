/** `runts events`. @module */
import { events, reportStats } from "../../events.ts";
import type { Invocation } from "../invocation.ts";
import { containerRef } from "../translate.ts";

const MILLISECOND = 1e6;

/** Prints what a container uses: once, or until it stops. */
export function eventsVerb(invocation: Invocation): number {
  const { flags, print } = invocation;
  const ref = containerRef(invocation);
  const interval = flags.duration("interval")! / MILLISECOND;
  if (interval <= 0) throw new RangeError("duration interval must be greater than 0");
  if (flags.boolean("stats")) print(reportStats(ref));
  else events({ ...ref, interval, print });
  return 0;
}
