/**
 * Runs a program to its end: hooks. Not the container's process, which is born in create.ts.
 *
 * Through our own fork rather than `Deno.Command`: that one starts threads, and a program that forks later cannot have
 * them.
 *
 * @module
 */
import { E } from "../ffi/errno.ts";
import { isErrno } from "../ffi/check.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { type Child, execve, fork } from "../ffi/fork.ts";
import { chdir } from "../ffi/directory.ts";
import { memfd_create } from "../ffi/memfd.ts";
import { closeOnExecFrom, dup3, readAll, rewind, write } from "../ffi/open.ts";
import { type Exit, kill, setsid, wait4 } from "../ffi/process.ts";
import { resetSigpipe, setSignalMask } from "../ffi/signals.ts";
import { leaveWatch, waitToRead } from "./interruption.ts";

/** The program, and what it gets. */
export interface Program {
  readonly path: string;
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  readonly cwd: string;
  /** What it reads on stdin, then the end. */
  readonly stdin: string;
  /** Seconds until it is killed; undefined is for ever. */
  readonly timeout?: number;
}

/** How the program ended, and the beginning of what it wrote. */
export interface Outcome {
  readonly exit: Exit;
  readonly timedOut: boolean;
  /** stdout and stderr together, at most {@linkcode OUTPUT_SHOWN} bytes. */
  readonly output: string;
}

/** Arbitrary: enough for the message that explains a failure, short enough for a log line. */
const OUTPUT_SHOWN = 2048;
const SIGKILL = 9;

/**
 * Runs a program and waits for it.
 *
 * stdin and output are memfds rather than pipes: a program that reads nothing, or writes much, or leaves a child behind
 * that keeps its stderr open, can block nobody.
 *
 * @param become What the fork does when its stdio is in place: it becomes the program, or returns an exit status.
 */
export function runProgram(
  program: Program,
  become: (program: Program) => number = executeHere,
): Outcome {
  using stdin = memfd_create("runts-hook-stdin");
  write(stdin.fd, new TextEncoder().encode(program.stdin));
  rewind(stdin.fd);
  using output = memfd_create("runts-hook-output");
  const child = fork({ flags: 0 }, () => execute(program, stdin, output, become));
  using _pidfd = child.pidfd;
  const timedOut = !waitFor(child, program.timeout);
  if (timedOut) killGroup(child.pid);
  const exit = wait4(child.pid);
  if (timedOut) reapGroup(child.pid);
  if (exit === undefined) {
    throw new Error(`Cannot wait for "${program.path}": it was reaped by another`);
  }
  rewind(output.fd);
  const bytes = readAll(output.fd).subarray(0, OUTPUT_SHOWN);
  return { exit, timedOut, output: new TextDecoder().decode(bytes).trim() };
}

/** False after the timeout. A runtime that is told to stop takes the program along. */
function waitFor({ pid, pidfd }: Child, timeout: number | undefined): boolean {
  try {
    return waitToRead(pidfd, timeout === undefined ? undefined : timeout * 1000);
  } catch (error) {
    killGroup(pid);
    wait4(pid);
    reapGroup(pid);
    throw error;
  }
}

/**
 * Reaps what a killed program has left, where it became ours (`run` is a subreaper): a PID namespace does not end while one
 * of its processes waits to be reaped outside.
 */
function reapGroup(pid: number): void {
  while (wait4(-pid) !== undefined);
}

/** The program is the leader of its session: what it started goes with it. */
export function killGroup(pid: number): void {
  // Before its setsid the child is in our group, so the group of its own does not exist yet: then the child alone.
  try {
    kill(-pid, SIGKILL);
  } catch (error) {
    if (!isErrno(error, E.ESRCH)) throw error;
    kill(pid, SIGKILL);
  }
}

/** In the child. What goes wrong before execve is told where the program would have written. */
function execute(
  program: Program,
  stdin: OwnedFd,
  output: OwnedFd,
  become: (program: Program) => number,
): number {
  try {
    leaveWatch();
    setsid();
    resetSigpipe();
    setSignalMask(0n);
    dup3(output.fd, 1, 0);
    dup3(output.fd, 2, 0);
    dup3(stdin.fd, 0, 0);
    closeOnExecFrom(3);
    return become(program);
  } catch (error) {
    write(output.fd, new TextEncoder().encode(error instanceof Error ? error.message : ""));
  }
  return 127;
}

/** In this process's own namespaces. */
function executeHere(program: Program): number {
  chdir(program.cwd);
  execve(program.path, program.argv, program.envp);
}
