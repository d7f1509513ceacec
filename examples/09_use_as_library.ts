/**
 * 9. The runtime as a library.
 *
 *     deno run -A --v8-flags=--single-threaded examples/09_use_as_library.ts
 *
 * New idea: the same operations as functions. A program that manages containers need not start a
 * program for each of them, and gets values where the command line has text: a configuration whose
 * type the compiler knows, a state, and errors that say which step failed and which clause of the
 * specification it serves. The steps are values too: this program prints them.
 *
 * Such a program forks, so it must be started with V8's single thread (the flag above), and while it
 * creates containers it uses Deno's synchronous functions only (ffi/fork.ts says why).
 *
 * @module
 */
import {
  type Config,
  type ContainerState,
  create,
  type CreateOptions,
  kill,
  remove,
  start,
  state,
  StepError,
  type StepInfo,
  stepLists,
} from "../mod.ts";
import { sleep } from "./commands.ts";
import { makeBundle } from "./make_bundle.ts";

const SIGKILL = 9;

/** The options of `create` have no defaults: each is a decision of the command line's. */
function options(directory: string): CreateOptions {
  return {
    root: `${directory}/state`,
    id: `example-${Deno.pid}`,
    bundle: `${directory}/bundle`,
    noPivot: false,
    noNewKeyring: false,
    listenFds: 0,
    preserveFds: 0,
    cgroupManager: "cgroupfs",
    rootless: "auto",
    debug: false,
  };
}

/** The configuration of the example bundle with another program. */
function withProgram(...args: string[]): (config: Config) => void {
  return (config) => {
    if (config.process !== undefined) config.process.args = args;
  };
}

/** What a list of steps promises: how many steps it has, and for how many of them there is a clause. */
function summary(name: string, steps: readonly StepInfo[]): string {
  const clauses = steps.filter(({ spec }) => spec !== "internal" && spec !== "de-facto");
  return `${name} has ${steps.length} steps, ${clauses.length} of them for a clause of the specification`;
}

/** A failure as data: the step that failed stands apart from the reason, and so does its clause. */
function showFailure(options: CreateOptions): void {
  try {
    create(options);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.log(`the step that failed: ${error.step}`);
    console.log(`the clause behind it: ${error.spec}`);
    console.log(`all of it: ${error.message}`);
  }
}

/** The state as the command line prints it, and as the specification has it: JSON. */
function show(options: CreateOptions): ContainerState {
  const now = JSON.parse(state(options)) as ContainerState;
  console.log(`the container is ${now.status}${now.pid === 0 ? "" : `, process ${now.pid}`}`);
  return now;
}

/** From nothing to nothing, by way of a program that runs until it is stopped. */
function live(options: CreateOptions): void {
  create(options);
  try {
    show(options);
    start(options);
    show(options);
    // Number 1 of a PID namespace gets no signal that it has no handler for, save this one from outside.
    kill({ ...options, signal: SIGKILL, all: false });
    // The signal has been sent when kill returns, which is not to say that the program has ended.
    while (JSON.parse(state(options)).status !== "stopped") sleep(20);
    show(options);
  } finally {
    remove({ ...options, force: true });
  }
}

if (import.meta.main) {
  const lists = stepLists();
  console.log(summary("create", lists.create));
  console.log(summary("init", lists.init));
  const directory = Deno.makeTempDirSync({ prefix: "runts-example-" });
  try {
    const { bundle } = options(directory);
    makeBundle(bundle, withProgram("no-such-program"));
    showFailure(options(directory));
    Deno.removeSync(bundle, { recursive: true });
    makeBundle(bundle, withProgram("sleep", "600"));
    live(options(directory));
    console.log("The functions themselves: mod.ts");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
