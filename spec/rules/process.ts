/** Rules on `process`. @module */

import { entry } from "../property_path.ts";
import { parseRanges } from "../ranges.ts";
import { type Report, requireAbsolute, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";
import type { Scheduler } from "../schema/process.ts";

/** Working directory, terminal, limits and scheduling. */
export const PROCESS_RULES: readonly Rule[] = [
  { reads: ["process.cwd"], check: checkCwd },
  { reads: ["process.terminal", "process.consoleSize"], check: checkConsole },
  { reads: ["process.rlimits"], check: checkRlimits },
  { reads: ["process.scheduler"], check: checkScheduler },
  { reads: ["process.execCPUAffinity"], check: checkAffinity },
];

function checkCwd({ process }: Config, report: Report): void {
  if (process !== undefined) requireAbsolute("process.cwd", process.cwd, report);
}

function checkConsole({ process }: Config, report: Report): void {
  const size = process?.consoleSize;
  // Without a terminal it MUST be ignored, whatever it says.
  if (size === undefined || process?.terminal !== true) return;
  for (const side of ["height", "width"] as const) {
    // struct winsize has unsigned shorts.
    if (size[side] > 65535) {
      report(`process.consoleSize.${side}`, `must not exceed 65535, got ${size[side]}`);
    }
  }
}

function checkRlimits({ process }: Config, report: Report): void {
  const first = new Map<string, string>();
  for (const [index, { type, soft, hard }] of (process?.rlimits ?? []).entries()) {
    const path = entry("process.rlimits", index);
    const earlier = first.get(type);
    if (earlier !== undefined) report(`${path}.type`, `repeats ${earlier}, "${type}"`);
    else first.set(type, path);
    if (soft > hard) report(`${path}.soft`, `must not exceed hard, ${hard}, got ${soft}`);
  }
}

/** `SCHED_` policies by what they take. @see sched_setattr(2) */
const NICE: readonly string[] = ["SCHED_OTHER", "SCHED_BATCH"];
const REAL_TIME: readonly string[] = ["SCHED_FIFO", "SCHED_RR"];

function checkScheduler({ process }: Config, report: Report): void {
  const scheduler = process?.scheduler;
  if (scheduler === undefined) return;
  const { policy, nice = 0, priority = 0 } = scheduler;
  const path = "process.scheduler";
  if (policy === "SCHED_ISO") {
    report(
      `${path}.policy`,
      'must not be "SCHED_ISO": Linux reserves the name and has no such policy',
    );
  }
  if (NICE.includes(policy) && (nice < -20 || nice > 19)) {
    report(`${path}.nice`, `must be from -20 to 19, got ${nice}`);
  }
  if (REAL_TIME.includes(policy) && (priority < 1 || priority > 99)) {
    report(`${path}.priority`, `must be from 1 to 99 for ${policy}, got ${priority}`);
  }
  if (!REAL_TIME.includes(policy) && priority !== 0) {
    report(`${path}.priority`, `must be absent or 0 for ${policy}, got ${priority}`);
  }
  checkDeadline(path, scheduler, report);
}

function checkDeadline(path: string, scheduler: Scheduler, report: Report): void {
  const { policy, runtime = 0, deadline = 0, period = 0 } = scheduler;
  if (policy !== "SCHED_DEADLINE") {
    for (const [name, value] of Object.entries({ runtime, deadline, period })) {
      if (value > 0) report(`${path}.${name}`, `must be absent or 0 for ${policy}, got ${value}`);
    }
    return;
  }
  if (runtime > deadline) {
    report(`${path}.runtime`, `must not exceed deadline, ${deadline}, got ${runtime}`);
  }
  // A period of 0 is the deadline's length.
  if (period > 0 && deadline > period) {
    report(`${path}.deadline`, `must not exceed period, ${period}, got ${deadline}`);
  }
}

function checkAffinity({ process }: Config, report: Report): void {
  for (const name of ["initial", "final"] as const) {
    const list = process?.execCPUAffinity?.[name] ?? "";
    if (parseRanges(list) === undefined) {
      report(
        `process.execCPUAffinity.${name}`,
        `must be a list of CPUs such as "0-3,7", got ${JSON.stringify(list)}`,
      );
    }
  }
}
