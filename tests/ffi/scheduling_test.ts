import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { sched_attr } from "../../ffi/layouts.ts";
import { ioprio_set, sched_setaffinity, sched_setattr } from "../../ffi/scheduling.ts";
import { outputOf } from "./tape/tools.ts";

/** A process to try it on. */
class Victim implements Disposable {
  readonly #child = new Deno.Command("sleep", { args: ["1000"] }).spawn();

  get pid(): number {
    return this.#child.pid;
  }

  /** Fields of /proc/<pid>/stat by the numbers of proc_pid_stat(5). */
  stat(...fields: number[]): number[] {
    const text = Deno.readTextFileSync(`/proc/${this.pid}/stat`);
    const rest = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields.map((field) => Number(rest[field - 3]));
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
    this.#child.unref();
  }
}

const SCHED_BATCH = 3;
const NICE = 19;
const POLICY = 41;

Deno.test("sched_setattr() sets policy and nice value, as the kernel tells them", () => {
  using victim = new Victim();
  const attr = sched_attr.encode({
    size: sched_attr.size,
    sched_policy: SCHED_BATCH,
    sched_nice: 7,
  });
  sched_setattr(victim.pid, attr, "{…}");
  assertEquals(victim.stat(POLICY, NICE), [SCHED_BATCH, 7]);
});

Deno.test("sched_setattr() says what it was asked for", () => {
  const attr = sched_attr.encode({ size: sched_attr.size, sched_policy: 77 });
  throws(() => sched_setattr(0, attr, "{sched_policy=77}"), {
    message: "sched_setattr(0, {sched_policy=77}, 0): EINVAL (Invalid argument)",
  });
});

Deno.test("ioprio_set() sets class and level, as ionice(1) tells them", () => {
  using victim = new Victim();
  ioprio_set(victim.pid, 2 << 13 | 5, "IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5)");
  assertEquals(outputOf("ionice", "-p", String(victim.pid)).trim(), "best-effort: prio 5");
});

Deno.test("sched_setaffinity() sets the CPUs, as the kernel tells them", () => {
  using victim = new Victim();
  sched_setaffinity(victim.pid, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), "0");
  const status = Deno.readTextFileSync(`/proc/${victim.pid}/status`);
  assertEquals(/^Cpus_allowed_list:\t(.*)$/m.exec(status)?.[1], "0");
});
