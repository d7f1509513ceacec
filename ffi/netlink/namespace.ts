/**
 * Acting in another network namespace without a process there.
 *
 * @module
 */
import { CLONE } from "../constants.ts";
import type { OwnedFd } from "../fd.ts";
import { syscall } from "../libc.ts";
import { scratch } from "../memory.ts";
import { setns } from "../namespace.ts";
import { NR } from "../numbers.ts";
import { open } from "../open.ts";
import { exit_group } from "../process.ts";

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
