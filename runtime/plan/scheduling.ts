/**
 * From `process.scheduler`, `process.ioPriority` and `process.execCPUAffinity` to what the kernel's scheduler takes.
 *
 * @module
 */
import { IOPRIO_CLASS_SHIFT } from "../../ffi/constants.ts";
import { sched_attr } from "../../ffi/layouts.ts";
import type { ExecCPUAffinity, IOPriority, Scheduler } from "../../spec/schema/process.ts";
import { IO_PRIORITY_CLASSES, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from "../../spec/scheduling.ts";
import { type BitMask, planBitMask } from "./number_list.ts";

/** What sched_setattr(2) gets. */
export interface SchedulerPlan {
  /** The bytes of `struct sched_attr`. */
  readonly attr: Uint8Array;
  /** The struct as strace prints it. */
  readonly text: string;
}

/** `SCHED_CAPACITY_SCALE`: a clamp to this is none. */
const CAPACITY_SCALE = 1024;

/** Translates `process.scheduler`. What is not set MUST be 0 (config.md#configLinuxProcess). */
export function planScheduler(scheduler: Scheduler): SchedulerPlan {
  const { policy, nice = 0, priority = 0, flags = [] } = scheduler;
  const [runtime, deadline, period] = [
    scheduler.runtime ?? 0,
    scheduler.deadline ?? 0,
    scheduler.period ?? 0,
  ].map(BigInt) as [bigint, bigint, bigint];
  const attr = sched_attr.encode({
    size: sched_attr.size,
    sched_policy: SCHEDULER_POLICIES.indexOf(policy),
    sched_flags: flags.reduce(
      (bits, flag) => bits | 1n << BigInt(SCHEDULER_FLAGS.indexOf(flag)),
      0n,
    ),
    sched_nice: nice,
    sched_priority: priority,
    sched_runtime: runtime,
    sched_deadline: deadline,
    sched_period: period,
    // The specification has flags for these and no values: the kernel's own, which clamp nothing. A maximum of 0 would
    // hold the CPU at its lowest frequency.
    sched_util_min: 0,
    sched_util_max: CAPACITY_SCALE,
  });
  const parts = [`sched_policy=${policy}`, `sched_flags=${flags.join("|") || "0"}`];
  parts.push(`sched_nice=${nice}`, `sched_priority=${priority}`);
  parts.push(`sched_runtime=${runtime}`, `sched_deadline=${deadline}`, `sched_period=${period}`);
  return { attr, text: `{${parts.join(", ")}}` };
}

/** What ioprio_set(2) gets. */
export interface IOPriorityPlan {
  /** Class and level in one number. */
  readonly ioprio: number;
  /** As strace prints it. */
  readonly text: string;
}

/** Translates `process.ioPriority`. The kernel counts the classes from 1. */
export function planIOPriority({ class: name, priority }: IOPriority): IOPriorityPlan {
  const ioprio = (IO_PRIORITY_CLASSES.indexOf(name) + 1) << IOPRIO_CLASS_SHIFT | priority;
  return { ioprio, text: `IOPRIO_PRIO_VALUE(${name}, ${priority})` };
}

/** On which CPUs a process of `exec` runs; undefined is as it comes. It does not concern init. */
export interface AffinityPlan {
  /** Before the process is moved to the container's cgroup. */
  readonly initial: BitMask | undefined;
  /** After that. */
  readonly final: BitMask | undefined;
}

/** Translates `process.execCPUAffinity`: an empty list is as good as none. */
export function planAffinity({ initial, final }: ExecCPUAffinity = {}): AffinityPlan {
  const mask = (list = ""): BitMask | undefined =>
    list.trim() === "" ? undefined : planBitMask(list);
  return { initial: mask(initial), final: mask(final) };
}
