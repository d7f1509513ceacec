/**
 * 4. A limit on what it uses.
 *
 *     deno run -A --v8-flags=--single-threaded examples/04_cgroup.ts
 *
 * Namespaces say what a process sees; a cgroup says what it may take. New idea: something about the
 * child that only the parent can do, and that has to be done before the child does anything. So the
 * child waits at a gate. Every runtime has such a gate, and several steps of its parent stand there.
 *
 * The limit here is on the number of processes; the container tries to exceed it.
 *
 * @see cgroups(7), https://docs.kernel.org/admin-guide/cgroup-v2.html
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { CLONE, O, SOCK } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import { execve, fork } from "../ffi/fork.ts";
import { open, writeString } from "../ffi/open.ts";
import { exitCode, wait4 } from "../ffi/process.ts";
import { recvmsg, sendmsg, socketpair } from "../ffi/socket.ts";
import { readLayout } from "../runtime/cgroup/layout.ts";
import { guarded, say } from "./01_pid_namespace.ts";
import { settleIn } from "./03_proc_and_hostname.ts";

/** Like `inNamespaces` of rung 1, but the child begins only after `prepare` has dealt with it. */
export function gated(
  flags: number,
  prepare: (pid: number) => void,
  work: () => number,
): number {
  const [ours, theirs] = socketpair(SOCK.SOCK_SEQPACKET);
  const child = fork({ flags }, () =>
    guarded(() => {
      // The child has a copy of the parent's end as well. If it kept it, the parent's death would not
      // close the connection, and the child would wait for ever.
      ours.close();
      const opened = recvmsg(theirs.fd).bytes.length > 0;
      theirs.close();
      return opened ? work() : 1;
    }));
  theirs.close();
  child.pidfd.close();
  try {
    prepare(child.pid);
    sendmsg(ours.fd, Uint8Array.of(1));
  } finally {
    // If `prepare` threw, nothing was sent: the child reads the end and leaves.
    ours.close();
  }
  const exit = wait4(child.pid);
  return exit === undefined ? 1 : exitCode(exit);
}

/** Writes a file of procfs or cgroupfs: one write, without creating anything. */
export function writeFile(path: string, text: string): void {
  using file = open(path, O.O_WRONLY);
  writeString(file.fd, text);
}

/** A cgroup of the example's own in the hierarchy that counts processes, removed at the end of its block. */
class TestCgroup implements Disposable {
  readonly directory: string;

  constructor() {
    // Version 1 has one tree of groups for each controller, version 2 one for all; most machines have
    // the latter, some have both at once. A process is in one group of each tree.
    const { hierarchies, kind } = readLayout();
    const ours = hierarchies.find(({ controllers }) => controllers.includes("pids")) ??
      hierarchies.find(({ version }) => version === 2);
    if (ours === undefined) throw new Error("Cannot limit processes: no such cgroups are mounted");
    this.directory = `${ours.mountpoint}/runts-example-${Deno.pid}`;
    say(`cgroups here are ${kind}; the example's is ${this.directory}`);
    // A group is a directory, its files come by themselves.
    Deno.mkdirSync(this.directory);
  }

  limit(processes: number): void {
    try {
      writeFile(`${this.directory}/pids.max`, String(processes));
    } catch (error) {
      if (!isErrno(error, E.ENOENT)) throw error;
      // Version 2: the groups above must hand a controller down (cgroup.subtree_control). To change
      // that is the host's business, not an example's.
      say("the host does not hand the pids controller down: there will be no limit");
    }
  }

  add(pid: number): void {
    writeFile(`${this.directory}/cgroup.procs`, String(pid));
  }

  /** How often the kernel refused to make a process. */
  refusals(): string {
    try {
      return Deno.readTextFileSync(`${this.directory}/pids.events`).trim().replace("max ", "");
    } catch {
      return "unknown";
    }
  }

  [Symbol.dispose](): void {
    // rmdir(2), which the kernel refuses as long as anybody is in the group. Nobody is: with number 1
    // of a PID namespace all of it has ended.
    Deno.removeSync(this.directory);
  }
}

const SCRIPT = `
for i in 1 2 3 4 5 6; do
  sleep 60 &
  echo "process $i started"
done
`;

function first(): number {
  settleIn("fourth-rung");
  execve("/bin/sh", ["sh", "-c", `exec 2>&1; ${SCRIPT}`], ["PATH=/usr/bin:/bin"]);
}

if (import.meta.main) {
  using cgroup = new TestCgroup();
  cgroup.limit(4);
  const flags = CLONE.CLONE_NEWPID | CLONE.CLONE_NEWNS | CLONE.CLONE_NEWUTS;
  const code = gated(flags, (pid) => cgroup.add(pid), first);
  say(`it ended with exit code ${code}; processes refused by the kernel: ${cgroup.refusals()}`);
  say("The same thing in full: runtime/cgroup/manager.ts and runtime/steps/cgroup.ts");
}
