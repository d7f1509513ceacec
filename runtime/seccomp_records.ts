/**
 * The records of a tape that load the filter.
 *
 * The filter is loaded as late as it can be, since whatever comes after it must be allowed by it, and a configuration
 * should only have to think of its own program. After it come:
 *
 * - `sendmsg` and `read`, if there is a listener to hand over;
 * - `execve`, and if that fails `write` and `exit_group`, by which `start` hears of it. A filter that refuses these two
 *   costs no more than the message: the process ends in any case, and the end of the connection is the end of the wait.
 *
 * Without no-new-privileges the kernel loads filters for CAP_SYS_ADMIN only. The process then keeps that capability
 * beyond its own until execve(2), which computes the sets anew, from the bounding, the inheritable and the ambient one
 * (capabilities(7)): it goes without a call that the filter would have to allow, or could feign.
 *
 * @module
 */
import { flags, SOCK } from "../ffi/constants.ts";
import { cmsghdr, sock_filter } from "../ffi/layouts.ts";
import { NR } from "../ffi/numbers.ts";
import { SECCOMP, SECCOMP_FILTER_FLAG } from "../ffi/seccomp/constants.ts";
import type { Address, ResultOf, Tape } from "../ffi/tape/tape.ts";
import { CAPABILITIES } from "../spec/capabilities.ts";
import type { ProcessPlan } from "./plan/process.ts";
import type { SeccompFilter } from "./seccomp.ts";

/** How a filter gets into a process. */
export interface FilterLoading {
  readonly filter: SeccompFilter;
  /** Where a listener is handed over. */
  readonly errorFd: number;
  /** Capabilities that loading takes beyond the process's own. */
  readonly extra: bigint;
}

const CAP_SYS_ADMIN = 1n << BigInt(CAPABILITIES.indexOf("CAP_SYS_ADMIN"));

/** Decides what loading takes. */
export function planLoading(
  filter: SeccompFilter,
  { noNewPrivileges, capabilities }: ProcessPlan,
  errorFd: number,
): FilterLoading {
  const needed = noNewPrivileges ? 0n : CAP_SYS_ADMIN;
  return { filter, errorFd, extra: needed & ~capabilities.effective };
}

/** Loads the filter; a listener is handed over by `errorFd`, and an answer waited for. */
export function loadFilter(tape: Tape, { filter, errorFd }: FilterLoading): void {
  const { program, flags: how, hasListener } = filter;
  tape.begin("load the filter of system calls", "config-linux.md#configLinuxSeccomp");
  const length = program.length / sock_filter.size;
  // struct sock_fprog { unsigned short len; struct sock_filter *filter; };
  const sock_fprog = tape.words([length, tape.bytes(program)]);
  const rights = hasListener ? controlMessage(tape) : undefined;
  const { SECCOMP_SET_MODE_FILTER } = SECCOMP;
  const listener = tape.call(NR.seccomp, [SECCOMP_SET_MODE_FILTER, how, sock_fprog], {
    text: `seccomp(SECCOMP_SET_MODE_FILTER, ${
      flags(SECCOMP_FILTER_FLAG, how).text
    }, {len=${length}})`,
    ...(rights === undefined ? {} : { storeInto: rights.fd }),
  });
  if (rights !== undefined) handOver(tape, errorFd, listener, rights.control);
}

/** `struct cmsghdr`, and behind it room for the one descriptor. @see cmsg(3) */
function controlMessage(tape: Tape): { control: Address; fd: Address } {
  const { SOL_SOCKET, SCM_RIGHTS } = SOCK;
  const cmsg_len = cmsghdr.size + 4;
  const header = { cmsg_len, cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS };
  const control = tape.bytes(cmsghdr.encode(header, new Uint8Array(CONTROL_SIZE)));
  return { control, fd: control + cmsghdr.size as Address };
}

/** `CMSG_SPACE(sizeof(int))` */
const CONTROL_SIZE = 24;

/** The descriptor crosses with one byte; another one says that it has arrived where it should. @see unix(7) */
function handOver(tape: Tape, errorFd: number, listener: ResultOf, control: Address): void {
  tape.begin("hand over the listener", "config-linux.md#containerprocessstate");
  const iovec = tape.words([tape.bytes(new TextEncoder().encode("L")), 1]);
  // struct msghdr: name, its length, iovec, how many, control, its length, flags.
  const msghdr = tape.words([0, 0, iovec, 1, control, CONTROL_SIZE, 0]);
  tape.call(NR.sendmsg, [errorFd, msghdr, SOCK.MSG_NOSIGNAL], {
    text: `sendmsg(${errorFd}, {"L", SCM_RIGHTS [${listener}]}, MSG_NOSIGNAL)`,
    retryOnEintr: true,
    // A filter can feign that it was sent, and then nobody would ever answer.
    zeroIsFatal: true,
  });
  tape.call(NR.read, [errorFd, tape.zeros(8), 8], {
    text: `read(${errorFd}, …, 8)`,
    retryOnEintr: true,
    zeroIsFatal: true,
  });
}
