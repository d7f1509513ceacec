/** `runts resume`. @module */
import { resume } from "../../resume.ts";
import type { Invocation } from "../invocation.ts";
import { containerRef } from "../translate.ts";

/** Resumes a container. */
export function resumeVerb(invocation: Invocation): number {
  resume(containerRef(invocation));
  return 0;
}
