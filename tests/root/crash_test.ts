/**
 * Runtimes that are killed, and steps that fail: whatever the moment, nothing is left, or `delete --force` removes it.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { O } from "../../ffi/constants.ts";
import { fork } from "../../ffi/fork.ts";
import { dup3, open } from "../../ffi/open.ts";
import { getpid, kill, wait4 } from "../../ffi/process.ts";
import { Creation } from "../../runtime/creation.ts";
import { CREATE_STEPS } from "../../runtime/create.ts";
import { DESTROY_STEPS } from "../../runtime/destroy.ts";
import { runSteps, type Step, StepError } from "../../runtime/step.ts";
import { Container } from "../../runtime/store.ts";
import { type Editable, exists, hasEnded, Sandbox, waitUntil } from "../lib/sandbox.ts";

const SIGKILL = 9;

/** What stands in for the runtime: a fork of this process, with nothing on stdin and nobody to read its stderr. */
function inFork(action: () => void): { status: number; signal: number } {
  const child = fork({ flags: 0 }, () => {
    using none = open("/dev/null", O.O_RDWR);
    for (const fd of [0, 1, 2]) dup3(none.fd, fd, 0);
    action();
    return 0;
  });
  child.pidfd.close();
  const { status, signal } = wait4(child.pid)!;
  return { status, signal };
}

function creationOf(box: Sandbox): Creation {
  return new Creation({
    root: box.root,
    id: box.id,
    bundle: box.bundle,
    pidFile: `${box.directory}/init.pid`,
    noPivot: false,
    noNewKeyring: false,
    listenFds: 0,
    preserveFds: 0,
    cgroupManager: "cgroupfs",
    rootless: "auto",
    debug: false,
  });
}

function withHooks(config: Editable): void {
  const hook = [{ path: "/bin/true" }];
  config.hooks = { prestart: hook, createRuntime: hook, createContainer: hook, poststop: hook };
}

/** Runs the first steps, without ever undoing one. */
function runFirst<C>(steps: readonly Step<C>[], count: number, context: C): void {
  for (const step of steps.slice(0, count)) {
    if (step.when?.(context) !== false) step.run(context);
  }
}

/** State and cgroup are gone by now, and the ID is free; a process that was just killed may take a moment. */
function assertNothingLeft(box: Sandbox, when: string): void {
  assertEquals(box.traces().filter((trace) => !trace.startsWith("process ")), [], when);
  waitUntil(() => box.traces().length === 0);
}

for (let count = 0; count <= CREATE_STEPS.length; count++) {
  const last = CREATE_STEPS[count - 1]?.name ?? "nothing";
  Deno.test(`delete() with force removes what a create left that was killed after "${last}"`, () => {
    using box = new Sandbox(withHooks);
    const exit = inFork(() => {
      runFirst(CREATE_STEPS, count, creationOf(box));
      kill(getpid(), SIGKILL);
    });
    assertEquals(exit, { status: 0, signal: SIGKILL }, "it came as far as that");
    const { code, stdout, stderr } = box.runts("delete", "--force", box.id);
    assertEquals([code, stdout, stderr], [0, "", ""]);
    assertNothingLeft(box, last);
  });

  const next = CREATE_STEPS[count]?.name ?? "the end";
  Deno.test(`create() that fails before "${next}" leaves nothing behind`, () => {
    using box = new Sandbox(withHooks);
    const fail: Step<Creation> = {
      name: "go on",
      spec: "internal",
      run() {
        throw new Error("on purpose");
      },
    };
    const report = `${box.directory}/report`;
    const exit = inFork(() => {
      try {
        runSteps([...CREATE_STEPS.slice(0, count), fail], creationOf(box));
      } catch (error) {
        const isExpected = error instanceof StepError &&
          error.message === "Cannot go on: on purpose";
        Deno.writeTextFileSync(report, isExpected ? "as expected" : String(error));
      }
    });
    assertEquals(exit, { status: 0, signal: 0 });
    assertEquals(Deno.readTextFileSync(report), "as expected");
    assertEquals(box.traces(), []);
    assertEquals(exists(`${box.directory}/init.pid`), false);
  });
}

for (let count = 0; count <= DESTROY_STEPS.length; count++) {
  const last = DESTROY_STEPS[count - 1]?.name ?? "nothing";
  Deno.test(`delete() finishes what a delete left that was killed after "${last}"`, () => {
    using box = new Sandbox(withHooks);
    box.succeed("create", box.id);
    const exit = inFork(() => {
      const container = Container.openLocked(box.root, box.id);
      const state = container.readState();
      const warn = () => {};
      runFirst(DESTROY_STEPS, count, { container, state, warn, hooks: undefined });
      kill(getpid(), SIGKILL);
    });
    assertEquals(exit, { status: 0, signal: SIGKILL });
    if (exists(`${box.root}/${box.id}`)) box.succeed("delete", box.id);
    assertNothingLeft(box, last);
    assertEquals(box.runts("delete", "--force", box.id), { code: 0, stdout: "", stderr: "" });
  });
}

/** A hook that says that it has begun, and goes on when it is told to. */
function blocking(box: Sandbox): { hook: unknown; begun: string; end: string } {
  const [begun, end] = [`${box.rootfs}/tmp/begun`, `${box.rootfs}/tmp/end`];
  // The same file from the host and from inside; the ID in the command line makes a leftover a trace.
  const script = `
    for d in ${box.rootfs}/tmp /tmp; do [ -e $d/here ] && cd $d; done
    : >begun; while [ ! -e end ]; do sleep 0.05; done; : $0`;
  Deno.writeTextFileSync(`${box.rootfs}/tmp/here`, "");
  return { hook: { path: "/bin/sh", args: ["sh", "-c", script, box.id] }, begun, end };
}

const KILLED: readonly { kind: string; command: string; signal: Deno.Signal }[] = [
  { kind: "prestart", command: "create", signal: "SIGKILL" },
  { kind: "createRuntime", command: "create", signal: "SIGKILL" },
  { kind: "createRuntime", command: "create", signal: "SIGTERM" },
  { kind: "createRuntime", command: "create", signal: "SIGINT" },
  { kind: "createRuntime", command: "run", signal: "SIGKILL" },
  { kind: "createContainer", command: "create", signal: "SIGKILL" },
  { kind: "createContainer", command: "create", signal: "SIGTERM" },
  { kind: "createContainer", command: "run", signal: "SIGKILL" },
  { kind: "startContainer", command: "start", signal: "SIGKILL" },
  { kind: "startContainer", command: "run", signal: "SIGKILL" },
  { kind: "poststart", command: "start", signal: "SIGKILL" },
  { kind: "poststart", command: "start", signal: "SIGTERM" },
  { kind: "poststop", command: "delete", signal: "SIGKILL" },
];

for (const { kind, command, signal } of KILLED) {
  Deno.test(`delete() with force does not wait for a ${kind} hook whose ${command} got ${signal}`, async () => {
    using box = new Sandbox();
    const { hook, begun, end } = blocking(box);
    box.script("exec sleep 1000", (config) => {
      config.root.readonly = false;
      config.hooks = { [kind]: [hook] };
    });
    if (command === "start" || command === "delete") box.succeed("create", box.id);
    const running = box.start({}, command, box.id);
    waitUntil(() => exists(begun));
    running.kill(signal);
    assert((await running.result()).code > 128);
    assertEquals(box.runts("delete", "--force", box.id), { code: 0, stdout: "", stderr: "" });
    assertEquals([...Deno.readDirSync(box.root)], []);
    // Where the container's processes are, there is nothing left to run the hook in; one on the host runs to its end.
    if (kind !== "createContainer" && kind !== "startContainer") Deno.writeTextFileSync(end, "");
    assertNothingLeft(box, kind);
  });
}

Deno.test("an init that waits for a hook dies with create, and takes the hook along", async () => {
  using box = new Sandbox();
  const { hook, begun } = blocking(box);
  box.configure((config) => {
    config.root.readonly = false;
    config.hooks = { createContainer: [hook] };
  });
  const running = box.start({}, "create", box.id);
  waitUntil(() => exists(begun));
  const { status, pid } = box.state();
  assertEquals([status, hasEnded(pid)], ["creating", false]);
  running.kill("SIGKILL");
  await running.result();
  waitUntil(() => hasEnded(pid));
  assertEquals([box.state().status, box.state().pid], ["stopped", 0]);
  waitUntil(() => box.traces().every((trace) => !trace.startsWith("process ")));
  // Without force: what has stopped may be deleted.
  box.succeed("delete", box.id);
  assertEquals(box.traces(), []);
});

Deno.test("a start that is killed during its startContainer hook can be tried again", async () => {
  using box = new Sandbox();
  const { hook, begun, end } = blocking(box);
  box.script("exec sleep 1000", (config) => {
    config.root.readonly = false;
    config.hooks = { startContainer: [hook] };
  });
  box.succeed("create", box.id);
  const created = box.state();
  const running = box.start({}, "start", box.id);
  waitUntil(() => exists(begun));
  running.kill("SIGKILL");
  await running.result();
  assertEquals(box.state(), created);
  Deno.writeTextFileSync(end, "");
  box.succeed("start", box.id);
  assertEquals(box.state(), { ...created, status: "running" });
});
