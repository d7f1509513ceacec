/**
 * CRIU as a program: where it is, and how it becomes a child that waits for requests.
 *
 * @see https://criu.org/RPC
 * @module
 */
import { O, SOCK } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { type Child, execve, fork } from "../../ffi/fork.ts";
import { closeOnExecFrom, dup3, dupAbove, open, write } from "../../ffi/open.ts";
import { resetSigpipe, setSignalMask } from "../../ffi/signals.ts";
import { recvmsg, sendmsg, socketpair } from "../../ffi/socket.ts";

/** What is searched after $PATH, and what CRIU gets as its own where there is none: it calls tar, ip and iptables-restore. */
const USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The descriptor at which CRIU finds its socket. */
const SOCKET = 3;
/** What else it is given stands from here on; it names none of them by another number. */
export const FIRST_PASSED = SOCKET + 1;
/** Above whatever is put in place by number. */
const OUT_OF_THE_WAY = 64;

/** How CRIU is started. */
export interface CriuStart {
  /** The absolute path of the program. */
  readonly path: string;
  /** Where its stdout and stderr go, with /dev/null as stdin; undefined: all three are ours, for what it restores to inherit. */
  readonly output: OwnedFd | undefined;
  /** Runs in the child before it becomes CRIU. @returns What CRIU gets, from descriptor {@linkcode FIRST_PASSED} on. */
  readonly prepare: () => readonly { readonly fd: number }[];
}

/** Looks for `criu` in $PATH, and then in the usual places. */
export function findCriu(): string {
  const path = Deno.env.get("PATH") ?? "";
  for (const directory of `${path}:${USUAL_PATH}`.split(":")) {
    // Relative entries would make the program a matter of the current directory.
    if (directory.startsWith("/") && isProgram(`${directory}/criu`)) return `${directory}/criu`;
  }
  throw new Error(`criu: executable file not found in $PATH, nor in ${USUAL_PATH}`);
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

/**
 * Starts `criu swrk`.
 *
 * The pair of sockets that it is spoken to by is made in the child: CRIU takes the descriptors of a request for those of the
 * process that made the pair (SO_PEERCRED), and opens them by /proc. They have to be of its own mount namespace, which may be
 * another than ours.
 *
 * @returns Our end; undefined when the child did not come that far.
 */
export function startCriu(
  start: CriuStart,
): { readonly child: Child; readonly socket: OwnedFd | undefined } {
  const [ours, theirs] = socketpair(SOCK.SOCK_SEQPACKET);
  using _ours = ours;
  // Not our environment: CRIU takes options from it, and from files in $HOME.
  const envp = [`PATH=${Deno.env.get("PATH") || USUAL_PATH}`];
  let child: Child;
  {
    using _theirs = theirs;
    child = fork({ flags: 0 }, () => become(start, theirs, envp));
  }
  const [socket] = recvmsg(ours.fd).fds;
  return { child, socket };
}

/** In the child. What goes wrong before execve is told where CRIU itself would have written. */
function become(
  { path, output, prepare }: CriuStart,
  introduction: OwnedFd,
  envp: readonly string[],
): number {
  try {
    resetSigpipe();
    setSignalMask(0n);
    if (output !== undefined) {
      dup3(open("/dev/null", O.O_RDWR).fd, 0, 0);
      dup3(output.fd, 1, 0);
      dup3(output.fd, 2, 0);
    }
    const passed = prepare();
    const [socket, theirs] = socketpair(SOCK.SOCK_SEQPACKET);
    sendmsg(introduction.fd, new Uint8Array(1), [theirs.fd]);
    // Each of ours, also the one that was passed from before us, or CRIU would keep our end of its own socket open.
    closeOnExecFrom(SOCKET);
    [socket, ...passed].map(({ fd }) => dupAbove(fd, OUT_OF_THE_WAY))
      .forEach(({ fd }, i) => dup3(fd, SOCKET + i, 0));
    execve(path, [path, "swrk", String(SOCKET)], envp);
  } catch (error) {
    write(2, new TextEncoder().encode(error instanceof Error ? `${error.message}\n` : ""));
  }
  return 127;
}
