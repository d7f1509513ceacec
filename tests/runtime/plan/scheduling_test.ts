import { assertEquals } from "#assert";
import { sched_attr } from "../../../ffi/layouts.ts";
import { planAffinity, planIOPriority, planScheduler } from "../../../runtime/plan/scheduling.ts";
import type { Scheduler } from "../../../spec/schema/process.ts";
import { SCHEDULER_POLICIES } from "../../../spec/scheduling.ts";

function attr(scheduler: Scheduler): ReturnType<typeof sched_attr.decode> {
  return sched_attr.decode(planScheduler(scheduler).attr);
}

Deno.test("planScheduler() makes 0 of what is not set (MUST)", () => {
  assertEquals(attr({ policy: "SCHED_OTHER" }), {
    size: 56,
    sched_policy: 0,
    sched_flags: 0n,
    sched_nice: 0,
    sched_priority: 0,
    sched_runtime: 0n,
    sched_deadline: 0n,
    sched_period: 0n,
    sched_util_min: 0,
    // None: see the comment there.
    sched_util_max: 1024,
  });
});

Deno.test("planScheduler() numbers the policies as include/uapi/linux/sched.h does", () => {
  assertEquals(SCHEDULER_POLICIES.map((policy) => [policy, attr({ policy }).sched_policy]), [
    ["SCHED_OTHER", 0],
    ["SCHED_FIFO", 1],
    ["SCHED_RR", 2],
    ["SCHED_BATCH", 3],
    ["SCHED_ISO", 4],
    ["SCHED_IDLE", 5],
    ["SCHED_DEADLINE", 6],
  ]);
});

Deno.test("planScheduler() keeps every value and flag", () => {
  const plan = planScheduler({
    policy: "SCHED_DEADLINE",
    nice: -20,
    priority: 99,
    flags: ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_UTIL_CLAMP_MAX"],
    runtime: 1,
    deadline: 18446744073709551615n,
    period: 3n,
  });
  const { sched_flags, sched_nice, sched_priority, ...rest } = sched_attr.decode(plan.attr);
  assertEquals([sched_flags, sched_nice, sched_priority], [0x45n, -20, 99]);
  const { sched_runtime, sched_deadline, sched_period } = rest;
  assertEquals([sched_runtime, sched_deadline, sched_period], [1n, 18446744073709551615n, 3n]);
  assertEquals(
    plan.text,
    "{sched_policy=SCHED_DEADLINE, sched_flags=SCHED_FLAG_RESET_ON_FORK|SCHED_FLAG_DL_OVERRUN|" +
      "SCHED_FLAG_UTIL_CLAMP_MAX, sched_nice=-20, sched_priority=99, sched_runtime=1, " +
      "sched_deadline=18446744073709551615, sched_period=3}",
  );
});

Deno.test("planIOPriority() puts the class above the level, as include/uapi/linux/ioprio.h does", () => {
  assertEquals(planIOPriority({ class: "IOPRIO_CLASS_RT", priority: 0 }).ioprio, 0x2000);
  assertEquals(planIOPriority({ class: "IOPRIO_CLASS_BE", priority: 7 }).ioprio, 0x4007);
  assertEquals(planIOPriority({ class: "IOPRIO_CLASS_IDLE", priority: 1 }), {
    ioprio: 0x6001,
    text: "IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 1)",
  });
});

Deno.test("planAffinity() tells no list, and an empty one, from CPUs", () => {
  assertEquals(planAffinity(undefined), { initial: undefined, final: undefined });
  assertEquals(planAffinity({ initial: "", final: " " }), { initial: undefined, final: undefined });
  const { initial, final } = planAffinity({ initial: "1", final: "0-1" });
  assertEquals([initial?.bytes[0], final?.bytes[0], final?.text], [2, 3, "0-1"]);
});
