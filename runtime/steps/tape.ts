/**
 * Init's tail: found, written, and become.
 *
 * @module
 */
import { execveat } from "../../ffi/fork.ts";
import { getpid } from "../../ffi/process.ts";
import { fchownStdio } from "../../ffi/stdio.ts";
import { memfd_create_exec, seal } from "../../ffi/memfd.ts";
import { closeOnExecFrom, dup3, dupAbove, write } from "../../ffi/open.ts";
import { resetSigpipe, setSignalMask } from "../../ffi/signals.ts";
import { setUmask } from "../../ffi/stdio.ts";
import { Tape } from "../../ffi/tape/tape.ts";
import type { Creation } from "../creation.ts";
import type { InitContext } from "../init.ts";
import { isDebug } from "../log.ts";
import * as log from "../log.ts";
import { homeDirectory } from "../passwd.ts";
import { joinsNamespace } from "../plan/namespaces.ts";
import { enterDirectory, findExecutable, withHome } from "../program_path.ts";
import { planLoading } from "../seccomp_records.ts";
import { withListenFds } from "../service_manager.ts";
import {
  type Attributes,
  setAttributes,
  setMemoryPolicy,
  writeLabels,
} from "../attribute_records.ts";
import { becomeUser, executeProgram, setLimits, waitForStart } from "../tape_records.ts";
import { grantedCapabilities } from "../capabilities.ts";

/** Enters `process.cwd`, as root. */
export function enterCurrentDirectory(i: InitContext): void {
  i.inCurrentDirectory = enterDirectory(i.creation.plan.process.cwd);
}

/** By the container's tree, and with its PATH. */
export function findProgram(i: InitContext): void {
  const { args, env } = i.creation.plan.process;
  i.program = findExecutable(args[0]!, env);
}

/** The first descriptor that is not the container's: stdio, and what the caller passed, come before. */
function firstOwnFd(i: InitContext): number {
  const { listenFds, preserveFds } = i.creation.options;
  return 3 + listenFds + preserveFds;
}

/** Writes everything that is left to do as a list of system calls. */
export function writeTheTape(i: InitContext): void {
  const { plan, config } = i.creation;
  const { process } = plan;
  const first = firstOwnFd(i);
  const [errorFd, startFd] = [first, first + 1];
  const tape = new Tape({ errorFd });
  const capabilities = grantedCapabilities(process.capabilities, log.warn);
  const user = { ...process, capabilities };
  const filter = i.creation.filter && planLoading(i.creation.filter, user, errorFd);
  writeLabels(tape, i.creation.labelWrites, first + 2);
  setAttributes(tape, attributesOf(i.creation));
  becomeUser(tape, user, {
    cwd: i.inCurrentDirectory ? undefined : process.cwd,
    keepGroups: !mayCallSetgroups(i),
    extra: filter?.extra ?? 0n,
  });
  waitForStart(tape, { errorFd, startFd });
  if (config.process !== undefined) {
    const home = withHome(process.env, () => homeDirectory(i.root, process.uid));
    const env = withListenFds(home, i.creation.options.listenFds, getpid());
    // The cgroup that init has entered since may have other nodes, into which the kernel has translated the first.
    if (plan.memoryPolicy !== undefined) setMemoryPolicy(tape, plan.memoryPolicy);
    setLimits(tape, process.rlimits);
    const program = { path: i.program, argv: process.args, envp: env, closeFrom: first };
    executeProgram(tape, { ...program, filter });
  }
  i.tape = tape;
  if (isDebug()) log.debug(`the tape:\n${tape.describe()}`);
  i.creation.initEnd.send({ type: "tape", labels: tape.labels });
}

/** What init sets itself. */
function attributesOf({ plan, schedulesInit }: Creation): Attributes {
  const { memoryPolicy, personality, process } = plan;
  const scheduling = schedulesInit ? { scheduler: undefined, ioPriority: undefined } : process;
  return { ...scheduling, memoryPolicy, personality };
}

/** A user namespace that is joined has rules of its own. */
function mayCallSetgroups({ creation }: InitContext): boolean {
  return creation.maySetGroups || joinsNamespace(creation.plan.namespaces, "user");
}

/**
 * Leaves V8 behind. The descriptors that the tape uses get their numbers now, over whatever Deno had there; everything
 * else of ours is close-on-exec, and goes with this program.
 */
export function becomeTheTape(i: InitContext): void {
  const { initEnd, startSocket, plan, labelWrites } = i.creation;
  const { umask, uid } = plan.process;
  using image = memfd_create_exec("runts-init");
  write(image.fd, i.tape.encode(Deno.build.arch));
  seal(image.fd);
  const first = firstOwnFd(i);
  // High above those numbers, lest one of the copies below land on what is still needed.
  const [memfd, sync, start] = [image, initEnd.socket, startSocket].map((fd) =>
    dupAbove(fd.fd, first + 16)
  ) as [typeof image, typeof image, typeof image];
  const proc = labelWrites.length > 0 ? dupAbove(i.proc.fd, first + 16) : undefined;
  fchownStdio(uid);
  if (umask !== undefined) setUmask(umask);
  resetSigpipe();
  setSignalMask(i.creation.signalMask);
  dup3(sync.fd, first, 0);
  dup3(start.fd, first + 1, 0);
  if (proc !== undefined) dup3(proc.fd, first + 2, 0);
  // From here on errors are told over the copy: the channel's own descriptor may have been one of the two numbers.
  i.creation.initEnd.moveTo(sync);
  // What the caller had open goes now, not at start: a pipe of its would seem in use as long as the container waits.
  closeOnExecFrom(first + (proc === undefined ? 2 : 3));
  execveat(memfd, ["runts-init"], []);
}
