/**
 * Doing one thing in another namespace, where the runtime itself is not to go.
 *
 * @module
 */
import type { OwnedFd } from "../ffi/fd.ts";
import { fork } from "../ffi/fork.ts";
import { setns } from "../ffi/namespace.ts";
import { wait4 } from "../ffi/process.ts";
import { leaveWatch } from "./interruption.ts";
import { channelPair, toFailure } from "./sync.ts";

/**
 * Runs `act` in a process of its own that has joined the namespace, and waits for it: setns(2) refuses a user namespace to who
 * has threads, and a mount namespace to who shares a current directory with others. What `act` throws is thrown here.
 *
 * @param flag What the namespace is: CLONE_NEWNS, CLONE_NEWUSER, …
 * @see setns(2)
 */
export function elsewhere(namespace: OwnedFd, flag: number, act: () => void): void {
  const [ours, theirs] = channelPair();
  using _ours = ours;
  const child = fork({ flags: 0 }, () => {
    leaveWatch();
    try {
      setns(namespace, flag);
      act();
      theirs.send({ type: "go" });
    } catch (error) {
      theirs.send(toFailure(error));
    }
    return 0;
  });
  child.pidfd.close();
  theirs.socket.close();
  try {
    ours.expect("go", () => {});
  } finally {
    wait4(child.pid);
  }
}
