/**
 * How init's program is scheduled, where the parent has to say so.
 *
 * Real-time policies, deadlines and a nice value below 0 take CAP_SYS_NICE in the initial user namespace, and so does the
 * real-time class of I/O (sched(7), ioprio_set(2)). A root that has it gives it up for its container by a user namespace.
 * Everybody else's init says it for itself, on the tape.
 *
 * @module
 */
import { ioprio_set, sched_setattr } from "../../ffi/scheduling.ts";
import type { Creation } from "../creation.ts";
import type { ProcessPlan } from "../plan/process.ts";

/** Sets what `process.scheduler` and `process.ioPriority` ask for. */
export function scheduleInit(c: Creation): void {
  schedule(c.init!.pid, c.plan.process);
}

/** The same for any process. */
export function schedule(
  pid: number,
  { scheduler, ioPriority }: Pick<ProcessPlan, "scheduler" | "ioPriority">,
): void {
  if (scheduler !== undefined) sched_setattr(pid, scheduler.attr, scheduler.text);
  if (ioPriority !== undefined) ioprio_set(pid, ioPriority.ioprio, ioPriority.text);
}
