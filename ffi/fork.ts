/**
 * How a process is born in TypeScript.
 *
 * V8 marks its memory MADV_DONTFORK, so the child of a plain fork has no heap and dies of SIGSEGV on its first step. The
 * cure is MADV_DOFORK over the whole address space immediately before the fork: two ranges, below `[vvar]` and above
 * `[vdso]`, since madvise(2) stops with EINVAL at those two. ENOMEM is the normal answer: it means that there were holes,
 * and that everything else was done. Pages mapped later are DONTFORK again, so this precedes *every* fork; and since any
 * call from JavaScript may map one, the calls are made in a row by machine code (fork_code.ts).
 *
 * The rules of the fork window, for everything that runs in a child (a lint rule holds them):
 *
 * 1. Synchronous FFI and plain JavaScript only: no `await`, no timers, no console, no asynchronous API of Deno's. The
 *    child has one thread, and none of Deno's other threads would ever answer.
 * 2. The child leaves by execve(2) or exit_group(2). It never returns into the parent's code and never throws into it:
 *    {@linkcode fork} sees to that.
 * 3. The program is single-threaded (`--v8-flags=--single-threaded`). With V8's workers the child hangs sooner or later
 *    in a collection that waits for a thread which the fork did not copy.
 *
 * @module
 */
import { check } from "./check.ts";
import { CLONE, flags, IOCTL } from "./constants.ts";
import { Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { forkCode } from "./fork_code.ts";
import { functionAt, syscall } from "./libc.ts";
import { memfd_create_exec, seal } from "./memfd.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";
import { write } from "./open.ts";
import { exit_group, prctl } from "./process.ts";
import { resetSigchld } from "./signals.ts";

const SIGCHLD = 17;

/** Below this nothing is ever mapped (vm.mmap_min_addr). */
const BOTTOM = 0x10000;
/** The end of user space: 47 bits on x86-64, 48 on aarch64. A lower end would leave what is mapped above it unshared. */
const TOP = Deno.build.arch === "x86_64" ? 0x7fff_ffff_f000 : 0xffff_ffff_f000;

/** The stretch that madvise(2) must not touch: from the first of `[vvar]`, `[vvar_vclock]`, `[vdso]` to the end of the last. */
interface Special {
  readonly start: number;
  readonly end: number;
}

let special: Special | undefined;
let isKnownToBeSingleThreaded = false;
let forkNow: ((words: number) => number) | undefined;

const PROT_READ = 1;
const PROT_EXEC = 4;
const MAP_PRIVATE = 2;

function findSpecial(): Special {
  let start = TOP;
  let end = TOP;
  for (const line of Deno.readTextFileSync("/proc/self/maps").split("\n")) {
    const found = /^([0-9a-f]+)-([0-9a-f]+) .*\[(?:vvar|vvar_vclock|vdso)\]$/.exec(line);
    if (found === null) continue;
    if (start === TOP) start = parseInt(found[1]!, 16);
    end = parseInt(found[2]!, 16);
  }
  return { start, end };
}

/** What a clone3(2) is asked for beside the flags. */
export interface CloneOptions {
  /** `CLONE_NEW*`, `CLONE_PARENT`. */
  readonly flags: number;
  /** The open directory of the v2 cgroup to be born in (`CLONE_INTO_CGROUP`, Linux 5.7). */
  readonly cgroup?: OwnedFd;
}

/** A child, as its parent knows it. */
export interface Child {
  /** In the PID namespace of the caller. */
  readonly pid: number;
  readonly pidfd: OwnedFd;
}

/**
 * Refuses to fork with more than one thread of V8's: see rule 3.
 *
 * `deno run` has idle threads of tokio's beside the one of V8; those do no harm, as the child does not need them.
 */
export function assertSingleThreaded(): void {
  for (const task of Deno.readDirSync("/proc/self/task")) {
    let comm = "";
    try {
      comm = Deno.readTextFileSync(`/proc/self/task/${task.name}/comm`);
    } catch (error) {
      // A thread may end between the listing and the look at it.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (comm.startsWith("V8 ")) {
      throw new Error(
        "Cannot fork: V8 runs worker threads, so the program was not started with --v8-flags=--single-threaded",
      );
    }
  }
}

/**
 * Makes a child that runs `child`, as fork(2) does, with clone3's flags.
 *
 * `child` runs with a copy of all of the parent's memory and must end by itself; if it returns, the process exits with
 * what it returned, and if it throws, with 255. Its errors are its own to report: the parent's stderr may be the
 * container's.
 *
 * @see clone3(2), Linux 5.3
 */
export function fork(options: CloneOptions, child: () => number): Child {
  if (!isKnownToBeSingleThreaded) assertSingleThreaded();
  // V8 makes its workers at the start of the program, and a fork has one thread. Looking again would also go wrong where a
  // fork has joined a container: its /proc does not know us.
  isKnownToBeSingleThreaded = true;
  resetSigchld();
  const { start, end } = special ??= findSpecial();
  using m = scratch();
  const pidfd = m.zeros(8);
  const into = options.cgroup === undefined ? 0 : CLONE.CLONE_INTO_CGROUP;
  // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size,
  // cgroup. No stack: the child goes on with a copy of this one, as after fork(2).
  const how = options.flags + CLONE.CLONE_PIDFD + into;
  // With CLONE_PARENT the exit signal is that of the caller's own birth, and giving one is EINVAL.
  const exit_signal = (options.flags & CLONE.CLONE_PARENT) === 0 ? SIGCHLD : 0;
  const clone_args = m.words([
    how,
    pidfd,
    0,
    0,
    exit_signal,
    0,
    0,
    0,
    0,
    0,
    options.cgroup?.fd ?? 0,
  ]);
  const second = Math.min(end, TOP);
  const ranges = [BOTTOM, start - BOTTOM, second, TOP - second];
  const pid = (forkNow ??= loadForkCode())(m.words([...ranges, clone_args, 88]));
  if (pid === 0) run(child);
  check(pid, "clone3", new Printed(`{flags=${flags(CLONE, how).text}}`), 88);
  return { pid, pidfd: new OwnedFd(m.view(pidfd, 4).getInt32(0, true), `pidfd:${pid}`) };
}

/** Maps the machine code, never writable and executable at once: written into a memfd, which is then mapped. */
function loadForkCode(): (words: number) => number {
  using file = memfd_create_exec("runts-fork");
  const code = forkCode(Deno.build.arch);
  write(file.fd, code);
  seal(file.fd);
  const address = syscall(NR.mmap, 0, code.length, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.fd, 0);
  check(address, "mmap", null, code.length, new Printed("PROT_READ|PROT_EXEC"), file);
  return functionAt(address);
}

/** The only way out of the child's branch is the end of the process. */
function run(child: () => number): never {
  let status = 255;
  try {
    status = child();
  } finally {
    exit_group(status);
  }
}

/** `int execveat(int dirfd, "", char *const argv[], char *const envp[], AT_EMPTY_PATH);` @see execveat(2) */
export function execveat(fd: OwnedFd, argv: readonly string[], envp: readonly string[]): never {
  using m = scratch();
  const AT_EMPTY_PATH = 0x1000;
  const result = syscall(
    NR.execveat,
    fd.fd,
    m.cstring(""),
    m.cstrings(argv),
    m.cstrings(envp),
    AT_EMPTY_PATH,
  );
  check(result, "execveat", fd, "", new Printed("AT_EMPTY_PATH"));
  throw new Error("Cannot be reached: execveat returned without an error");
}

/** `int execve(const char *pathname, char *const argv[], char *const envp[]);` @see execve(2) */
export function execve(path: string, argv: readonly string[], envp: readonly string[]): never {
  using m = scratch();
  const result = syscall(NR.execve, m.cstring(path), m.cstrings(argv), m.cstrings(envp));
  check(result, "execve", path, new Printed(JSON.stringify(argv)));
  throw new Error("Cannot be reached: execve returned without an error");
}

/** Hides /proc/self from processes without privileges over us while we are half in a container (CVE-2016-9962). */
export function setUndumpable(): void {
  prctl("PR_SET_DUMPABLE", 0);
}

/** Makes a terminal this session's controlling one. @see ioctl_tty(2) */
export function setControllingTerminal(fd: number): void {
  check(syscall(NR.ioctl, fd, IOCTL.TIOCSCTTY, 0), "ioctl", fd, new Printed("TIOCSCTTY"), 0);
}
