/** On which of the machine's processors the tests may run. */
const ALLOWED = /^Cpus_allowed_list:\s+(\S+)/m.exec(
  Deno.readTextFileSync("/proc/self/status"),
)![1]!;

/** Whether on all of them, as a deadline takes. @see sched_setattr(2), EPERM */
export const ON_ALL_PROCESSORS: boolean =
  Deno.readTextFileSync("/sys/devices/system/cpu/online").trim() === ALLOWED;

/**
 * Words before a command that keep it to one processor. Each takes 64 pages of a memory limit in advance, and when a program
 * goes on elsewhere, what is left of them is not at hand: a limit of that size is used up.
 */
export const ON_ONE_PROCESSOR: readonly string[] = [
  "taskset",
  "--cpu-list",
  /^\d+/.exec(ALLOWED)![0],
];
