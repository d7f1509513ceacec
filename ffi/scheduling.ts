/**
 * How and where a process runs: CPU scheduling, CPU affinity, I/O priority.
 *
 * @module
 */
import { check } from "./check.ts";
import { IOPRIO_WHO_PROCESS } from "./constants.ts";
import { Printed } from "./errno.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/**
 * `int syscall(SYS_sched_setattr, pid_t pid, struct sched_attr *attr, unsigned int flags);`
 *
 * @param pid 0 is the caller.
 * @param attr The bytes of the struct.
 * @param text The struct as strace prints it.
 * @see sched_setattr(2)
 */
export function sched_setattr(pid: number, attr: Uint8Array, text: string): void {
  using m = scratch();
  const result = syscall(NR.sched_setattr, pid, m.bytes(attr), 0);
  check(result, "sched_setattr", pid, new Printed(text), 0);
}

/**
 * `int syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, int who, int ioprio);`
 *
 * @param pid 0 is the caller.
 * @param text The priority as strace prints it.
 * @see ioprio_set(2)
 */
export function ioprio_set(pid: number, ioprio: number, text: string): void {
  check(
    syscall(NR.ioprio_set, IOPRIO_WHO_PROCESS, pid, ioprio),
    "ioprio_set",
    new Printed("IOPRIO_WHO_PROCESS"),
    pid,
    new Printed(text),
  );
}

/**
 * `int sched_setaffinity(pid_t pid, size_t cpusetsize, const cpu_set_t *mask);`
 *
 * @param pid 0 is the caller.
 * @param mask One bit a CPU, in whole words.
 * @param text The list as people write it.
 * @see sched_setaffinity(2)
 */
export function sched_setaffinity(pid: number, mask: Uint8Array, text: string): void {
  using m = scratch();
  const result = syscall(NR.sched_setaffinity, pid, mask.length, m.bytes(mask));
  check(result, "sched_setaffinity", pid, mask.length, new Printed(`[${text}]`));
}
