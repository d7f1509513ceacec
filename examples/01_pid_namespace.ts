/**
 * 1. A process that is number 1.
 *
 *     deno run -A --v8-flags=--single-threaded examples/01_pid_namespace.ts
 *
 * The kernel knows no containers. It knows processes, and namespaces: each kind of namespace narrows
 * one thing that a process sees of the machine. A container is a process in enough of them. This rung
 * takes the first one, the namespace of process numbers: who is born into a new one is number 1 there,
 * sees nobody else, and is what init is to a machine: when it ends, the kernel kills all others.
 *
 * @see pid_namespaces(7)
 * @module
 */
import { CLONE } from "../ffi/constants.ts";
import { isErrno } from "../ffi/check.ts";
import { E } from "../ffi/errno.ts";
import { execve, fork } from "../ffi/fork.ts";
import { writeString } from "../ffi/open.ts";
import { exitCode, getpid, kill, wait4 } from "../ffi/process.ts";

/**
 * Prints a line with write(2). A forked child has a copy of Deno's memory but none of its threads, so
 * it must leave `console` and everything asynchronous alone (ffi/fork.ts has the rules).
 */
export function say(text: string): void {
  writeString(1, `${text}\n`);
}

/** Runs a child's work. What it throws must not get lost: nobody else looks at a child's exceptions. */
export function guarded(work: () => number): number {
  try {
    return work();
  } catch (error) {
    writeString(2, `${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

/** Makes a child in new namespaces (`CLONE_NEW*`), waits for its end and returns its exit code. */
export function inNamespaces(flags: number, work: () => number): number {
  // clone3(2) is fork(2) that also makes the namespaces: the child is born in them. unshare(2) could
  // not do that for this kind: a process never changes its number, only its children get new ones.
  const child = fork({ flags }, () => guarded(work));
  say(`outside, the child is number ${child.pid}`);
  child.pidfd.close();
  const exit = wait4(child.pid);
  return exit === undefined ? 1 : exitCode(exit);
}

/** Whether there is a process with this number, as far as the caller can see. */
function exists(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return !isErrno(error, E.ESRCH);
  }
}

function first(parent: number): number {
  say(`inside, it is number ${getpid()}`);
  say(`inside, the parent (${parent}) ${exists(parent) ? "can" : "cannot"} be seen`);
  // What remains of Deno in this process goes away with execve(2); number and namespaces stay.
  execve("/bin/sh", ["sh", "-c", 'echo "after execve, it is still number $$"'], ["PATH=/bin"]);
}

if (import.meta.main) {
  const parent = getpid();
  const code = inNamespaces(CLONE.CLONE_NEWPID, () => first(parent));
  say(`it ended with exit code ${code}`);
  say("The same thing in full: runtime/steps/spawn.ts");
}
