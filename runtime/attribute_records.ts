/**
 * What stands on a tape: the calls by which a process gets its labels, and how it is run.
 *
 * On the tape and not before it: a label applies to the next execve(2), which must be that of the program; and whatever
 * slows a process down would slow down all that is left to do for it.
 *
 * @module
 */
import { IOPRIO_WHO_PROCESS, O, PER } from "../ffi/constants.ts";
import { NR } from "../ffi/numbers.ts";
import type { Tape } from "../ffi/tape/tape.ts";
import { IN_PROC } from "./own_proc.ts";
import type { LabelWrite } from "./plan/labels.ts";
import type { MemoryPolicyPlan } from "./plan/memory_policy.ts";
import type { PersonalityDomain } from "./plan/plan.ts";
import type { IOPriorityPlan, SchedulerPlan } from "./plan/scheduling.ts";

/**
 * Labels for the next execve(2). First on a tape: a filter might forbid the calls, and the descriptor must be gone before a
 * path of the configuration is entered.
 *
 * The file cannot be opened before: the kernel takes a write only from the program that has opened it (Linux 5.13).
 *
 * @param proc From `openOwnProc()`, under the number that it has when the tape plays. Closed.
 */
export function writeLabels(tape: Tape, writes: readonly LabelWrite[], proc: number): void {
  if (writes.length === 0) return;
  const open_how = tape.words([O.O_WRONLY | O.O_CLOEXEC, 0, IN_PROC]);
  for (const { step, path, text } of writes) {
    tape.begin(step, "config.md#configLinuxProcess");
    const file = tape.call(NR.openat2, [proc, tape.cstring(path), open_how, 24], {
      text: `openat2(${proc}, ${JSON.stringify(path)}, {flags=O_WRONLY|O_CLOEXEC, resolve=…})`,
      retryOnEintr: true,
    });
    const bytes = new TextEncoder().encode(text);
    tape.call(NR.write, [file, tape.bytes(bytes), bytes.length], {
      text: `write(${path}, ${JSON.stringify(text)}, ${bytes.length})`,
    });
    tape.call(NR.close, [file], { text: `close(${path})`, mayFail: true });
  }
  tape.begin("close proc", "internal");
  tape.call(NR.close, [proc], { text: `close(${proc})` });
}

/** What of a process the scheduler and the memory management see; undefined stays as it is. */
export interface Attributes {
  readonly scheduler: SchedulerPlan | undefined;
  readonly ioPriority: IOPriorityPlan | undefined;
  readonly memoryPolicy: MemoryPolicyPlan | undefined;
  readonly personality: PersonalityDomain | undefined;
}

/** Everything that a process keeps through execve(2). Before it becomes the container's user, who has no right to some of it. */
export function setAttributes(tape: Tape, attributes: Attributes): void {
  const { scheduler, ioPriority, memoryPolicy, personality } = attributes;
  if (personality !== undefined) {
    tape.begin("set the personality", "config-linux.md#configLinuxPersonality");
    const persona = `PER_${personality}` as const;
    tape.call(NR.personality, [PER[persona]], { text: `personality(${persona})` });
  }
  if (scheduler !== undefined) {
    tape.begin("set the scheduler", "config.md#configLinuxProcess");
    tape.call(NR.sched_setattr, [0, tape.bytes(scheduler.attr), 0], {
      text: `sched_setattr(0, ${scheduler.text}, 0)`,
    });
  }
  if (ioPriority !== undefined) {
    tape.begin("set the I/O priority", "config.md#configLinuxProcess");
    // Of init alone, which is its process group so far: its children inherit it.
    tape.call(NR.ioprio_set, [IOPRIO_WHO_PROCESS, 0, ioPriority.ioprio], {
      text: `ioprio_set(IOPRIO_WHO_PROCESS, 0, ${ioPriority.text})`,
    });
  }
  if (memoryPolicy !== undefined) setMemoryPolicy(tape, memoryPolicy);
}

/** By numbers of nodes as the process's cgroup has them: to be said again when it has entered another one. */
export function setMemoryPolicy(tape: Tape, { mode, nodemask, text }: MemoryPolicyPlan): void {
  tape.begin("set the memory policy", "config-linux.md#configLinuxMemoryPolicy");
  const mask = nodemask.length === 0 ? 0 : tape.bytes(nodemask);
  // The kernel looks at one bit less than it is told.
  const maxnode = nodemask.length === 0 ? 0 : nodemask.length * 8 + 1;
  tape.call(NR.set_mempolicy, [mode, mask, maxnode], {
    text: `set_mempolicy(${text}, ${maxnode})`,
  });
}
