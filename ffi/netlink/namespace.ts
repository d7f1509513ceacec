/**
 * Acting in another network namespace without a process there.
 *
 * @module
 */
import { check } from "../check.ts";
import { CLONE, SOCK } from "../constants.ts";
import { E, Printed } from "../errno.ts";
import type { OwnedFd } from "../fd.ts";
import { syscall } from "../libc.ts";
import { scratch } from "../memory.ts";
import { setns } from "../namespace.ts";
import { NR } from "../numbers.ts";
import { open } from "../open.ts";
import { exit_group } from "../process.ts";
import { socket } from "../socket.ts";
import { NETLINK } from "./constants.ts";

/** The network namespace that the calling thread is in. */
export function openOwnNetworkNamespace(): OwnedFd {
  // Not /proc/self: that is the main thread's, and namespaces are per thread.
  return open("/proc/thread-self/ns/net", 0);
}

/**
 * Runs a function with the calling thread in the network namespace `target`, and returns to where
 * the thread was. What the function opens stays there: a netlink socket, a file below /proc/sys/net.
 *
 * The function must be synchronous: anything else that the event loop runs in between would act on
 * the wrong namespace. For the same reason a thread that cannot return ends the process.
 *
 * @see setns(2), network_namespaces(7)
 */
export function inNetworkNamespace<T>(target: OwnedFd, run: () => T): T {
  using own = openOwnNetworkNamespace();
  setns(target, CLONE.CLONE_NEWNET);
  try {
    return run();
  } finally {
    returnTo(own);
  }
}

/** SO_NETNS_COOKIE (include/uapi/asm-generic/socket.h). */
const SO_NETNS_COOKIE = 71;

/**
 * The cookie of the network namespace that the calling thread is in: a number that no other one has had since the machine
 * was started, where the inode is given away again. Undefined before Linux 5.14.
 *
 * @see socket(7)
 */
export function networkCookie(): bigint | undefined {
  using fd = socket(NETLINK.AF_NETLINK, NETLINK.SOCK_RAW, NETLINK.NETLINK_ROUTE);
  using m = scratch();
  const value = m.zeros(8);
  const size = m.words([8]);
  const result = syscall(NR.getsockopt, fd.fd, SOCK.SOL_SOCKET, SO_NETNS_COOKIE, value, size);
  if (result === -E.ENOPROTOOPT) return undefined;
  check(result, "getsockopt", fd, new Printed("SOL_SOCKET"), new Printed("SO_NETNS_COOKIE"));
  return m.view(value, 8).getBigUint64(0, true);
}

function returnTo(own: OwnedFd): void {
  try {
    setns(own, CLONE.CLONE_NEWNET);
  } catch (error) {
    using m = scratch();
    const text = `Cannot return to the network namespace of the host: ${error}\n`;
    const bytes = new TextEncoder().encode(text);
    syscall(NR.write, 2, m.bytes(bytes), bytes.length);
    exit_group(1);
  }
}
