/**
 * What stands on a tape: the calls by which a process becomes the container's user and its program.
 *
 * @module
 */
import { PR, SOCK } from "../ffi/constants.ts";
import { NR } from "../ffi/numbers.ts";
import type { Address, Tape } from "../ffi/tape/tape.ts";
import { CAPABILITIES } from "../spec/capabilities.ts";
import type { CapabilityPlan, ProcessPlan, RlimitPlan } from "./plan/process.ts";
import { type FilterLoading, loadFilter } from "./seccomp_records.ts";
import { TAPE_READY } from "./sync.ts";

/** Circumstances of {@linkcode becomeUser}. */
export interface UserOptions {
  /** To be entered as the user, since root could not; undefined when done. */
  readonly cwd: string | undefined;
  /** Whether setgroups(2) is denied in the user namespace. */
  readonly keepGroups: boolean;
  /** Capabilities that the process has beyond its own until execve(2), which gives it no more than its own in any case. */
  readonly extra?: bigint;
}

/** Credentials, capabilities, no new privileges, in the order that the kernel wants. */
export function becomeUser(tape: Tape, process: ProcessPlan, options: UserOptions): void {
  const { uid, gid, additionalGids, capabilities, noNewPrivileges } = process;
  const { extra = 0n } = options;
  tape.begin("drop capabilities from the bounding set", "config.md#configLinuxProcess");
  // While CAP_SETPCAP is still there. A kernel that does not know a capability says EINVAL, and grants it to nobody.
  CAPABILITIES.forEach((name, number) => {
    if ((capabilities.bounding >> BigInt(number) & 1n) === 1n) return;
    tape.call(NR.prctl, [PR.PR_CAPBSET_DROP, number, 0, 0, 0], {
      text: `prctl(PR_CAPBSET_DROP, ${name})`,
      mayFail: number >= FIRST_OPTIONAL,
    });
  });
  tape.begin("become the container's user", "config.md#configPOSIXUser");
  // Else leaving uid 0 would take the permitted set along, and capset(2) below could not raise anything.
  prctl(tape, "PR_SET_KEEPCAPS", 1);
  if (!options.keepGroups) {
    const list = tape.bytes(new Uint8Array(Uint32Array.from(additionalGids).buffer));
    tape.call(NR.setgroups, [additionalGids.length, list], {
      text: `setgroups(${additionalGids.length}, [${brief(additionalGids.map(String))}])`,
    });
  }
  tape.call(NR.setresgid, [gid, gid, gid], { text: `setresgid(${gid}, ${gid}, ${gid})` });
  tape.call(NR.setresuid, [uid, uid, uid], { text: `setresuid(${uid}, ${uid}, ${uid})` });
  setCapabilities(tape, {
    ...capabilities,
    effective: capabilities.effective | extra,
    permitted: capabilities.permitted | extra,
  });
  prctl(tape, "PR_SET_KEEPCAPS", 0);
  if (options.cwd !== undefined) {
    tape.begin("enter the current directory", "config.md#configProcess");
    // No directory of the host is open any more (see becomeTheTape), so the path cannot lead to one.
    tape.call(NR.chdir, [tape.cstring(options.cwd)], {
      text: `chdir(${JSON.stringify(options.cwd)})`,
    });
  }
  if (!noNewPrivileges) return;
  tape.begin("give up new privileges", "config.md#configLinuxProcess");
  prctl(tape, "PR_SET_NO_NEW_PRIVS", 1);
}

/** CAP_AUDIT_READ (Linux 3.16) and what came after may be unknown to a kernel that this runs on. */
const FIRST_OPTIONAL = CAPABILITIES.indexOf("CAP_AUDIT_READ");

function prctl(tape: Tape, option: keyof typeof PR, value: number): void {
  tape.call(NR.prctl, [PR[option], value, 0, 0, 0], { text: `prctl(${option}, ${value})` });
}

/** `_LINUX_CAPABILITY_VERSION_3`: 64 bits in two 32-bit halves. */
const CAPABILITY_VERSION_3 = 0x20080522;

/** The sets but for the bounding one; ambient comes last, as it needs both permitted and inheritable. @see capset(2) */
function setCapabilities(tape: Tape, sets: CapabilityPlan): void {
  tape.begin("set the capabilities", "config.md#configLinuxProcess");
  const header = tape.bytes(new Uint8Array(Uint32Array.from([CAPABILITY_VERSION_3, 0]).buffer));
  const half = (shift: bigint): number[] =>
    [sets.effective, sets.permitted, sets.inheritable].map((set) =>
      Number(set >> shift & 0xffff_ffffn)
    );
  const data = tape.bytes(new Uint8Array(Uint32Array.from([...half(0n), ...half(32n)]).buffer));
  tape.call(NR.capset, [header, data], {
    text: `capset({pid=0}, {effective=0x${sets.effective.toString(16)}, permitted=0x${
      sets.permitted.toString(16)
    }, inheritable=0x${sets.inheritable.toString(16)}})`,
  });
  // Before Linux 4.3 there is no ambient set.
  tape.call(NR.prctl, [PR.PR_CAP_AMBIENT, PR.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0], {
    text: "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)",
    mayFail: sets.ambient === 0n,
  });
  CAPABILITIES.forEach((name, number) => {
    if ((sets.ambient >> BigInt(number) & 1n) === 0n) return;
    tape.call(NR.prctl, [PR.PR_CAP_AMBIENT, PR.PR_CAP_AMBIENT_RAISE, number, 0, 0], {
      text: `prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, ${name})`,
    });
  });
}

/** The two descriptors of a waiting init. */
export interface WaitOptions {
  /** The ladder, until a `start` has connected; then that connection. Reports go here. */
  readonly errorFd: number;
  /** The socket that `start` connects to. */
  readonly startFd: number;
}

/** ⇄4, ⇄5, and the wait for `start`. */
export function waitForStart(tape: Tape, { errorFd, startFd }: WaitOptions): void {
  const byte = tape.bytes(new TextEncoder().encode(TAPE_READY));
  const buffer = tape.zeros(64);
  tape.begin("hide from other processes", "internal");
  // execve(2) made us dumpable again; a container that shares its PID namespace has company.
  prctl(tape, "PR_SET_DUMPABLE", 0);
  tape.begin("outlive create", "internal");
  // Until ⇄5 its end is noticed by the read below.
  prctl(tape, "PR_SET_PDEATHSIG", 0);
  tape.begin("tell that init is ready ⇄4 ⇄5", "internal");
  tape.call(NR.write, [errorFd, byte, 1], { text: `write(${errorFd}, "${TAPE_READY}", 1)` });
  // The end instead of a message: create was killed, and nobody knows of us.
  tape.call(NR.read, [errorFd, buffer, 64], {
    text: `read(${errorFd}, …, 64)`,
    retryOnEintr: true,
    zeroIsFatal: true,
  });
  tape.begin("wait for start", START);
  const { SOCK_CLOEXEC } = SOCK;
  const connection = tape.call(NR.accept4, [startFd, 0, 0, SOCK_CLOEXEC], {
    text: `accept4(${startFd}, NULL, NULL, SOCK_CLOEXEC)`,
    retryOnEintr: true,
  });
  // Close-on-exec: its end tells `start` that execve(2) has succeeded.
  tape.call(NR.dup3, [connection, errorFd, SOCK_CLOEXEC], {
    text: `dup3(…, ${errorFd}, O_CLOEXEC)`,
  });
  tape.call(NR.read, [errorFd, buffer, 64], {
    text: `read(${errorFd}, …, 64)`,
    retryOnEintr: true,
    zeroIsFatal: true,
  });
}

/** The clause by which `start` recognises its part of the tape. */
const START = "runtime.md#runtimeStart";
const CLOSE_RANGE_CLOEXEC = 4;

/**
 * Every limit exactly (MUST). Last, and after the wait: with a limit on descriptors below its own the tape could not
 * accept `start`. No privileges are needed, as the hard limits are high enough already.
 */
export function setLimits(tape: Tape, rlimits: readonly RlimitPlan[]): void {
  tape.begin("set the resource limits", "config.md#configPOSIXProcess");
  for (const { resource, type, soft, hard } of rlimits) {
    tape.call(NR.prlimit64, [0, resource, tape.words([soft, hard]), 0], {
      text: `prlimit64(0, ${type}, {rlim_cur=${soft}, rlim_max=${hard}}, NULL)`,
    });
  }
}

/** The program, and what it keeps open. */
export interface ProgramOptions {
  readonly path: string;
  readonly argv: readonly string[];
  /** A variable that is on the tape already stands as its address. */
  readonly envp: readonly (string | Address)[];
  /** The first descriptor that the program does not get. */
  readonly closeFrom: number;
  readonly filter?: FilterLoading | undefined;
}

/** Arbitrary. The texts cross to the parent in one message, and an argument may have 128 KiB (execve(2)). */
const LONGEST = { list: 16, text: 64 };

function brief(items: readonly string[]): string {
  const shown = items.slice(0, LONGEST.list).join(", ");
  return items.length > LONGEST.list ? `${shown}, …` : shown;
}

function quoteBriefly(text: string): string {
  const shown = JSON.stringify(text.slice(0, LONGEST.text));
  return text.length > LONGEST.text ? `${shown}…` : shown;
}

/** The end of the tape. */
export function executeProgram(tape: Tape, options: ProgramOptions): void {
  const { path, argv, envp, closeFrom, filter } = options;
  tape.begin("close what was not passed", START);
  tape.call(NR.close_range, [closeFrom, 0xffff_ffff, CLOSE_RANGE_CLOEXEC], {
    text: `close_range(${closeFrom}, ~0U, CLOSE_RANGE_CLOEXEC)`,
  });
  if (filter !== undefined) loadFilter(tape, filter);
  tape.begin("execute the program", START);
  tape.call(NR.execve, [tape.cstring(path), tape.cstrings(argv), tape.cstrings(envp)], {
    text: `execve(${JSON.stringify(path)}, [${brief(argv.map(quoteBriefly))}], …)`,
    // A filter can feign it.
    zeroIsFatal: true,
  });
}
