/** Whom kill signals, and with what. @module */
import { assert, assertEquals } from "#assert";
import { exists, failure, hasEnded, Sandbox, waitUntil } from "../lib/sandbox.ts";

/** Writes the names of the signals that it gets to /tmp/got, until TERM. */
const LISTENER = `
  trap 'echo USR1 >>/tmp/got' USR1
  trap 'echo HUP >>/tmp/got' HUP
  trap 'echo TERM >>/tmp/got; exit 0' TERM
  : >/tmp/got
  while :; do usleep 10000; done`;

function listen(box: Sandbox): () => string[] {
  box.script(LISTENER, (config) => config.root.readonly = false);
  box.createAndStart();
  const file = `${box.rootfs}/tmp/got`;
  waitUntil(() => exists(file));
  return () => Deno.readTextFileSync(file).split("\n").filter((line) => line !== "");
}

Deno.test("kill() takes a signal by name, with or without SIG, in any case, or by number", () => {
  using box = new Sandbox();
  const got = listen(box);
  const spellings = ["USR1", "SIGUSR1", "usr1", "sigUsr1", "10"];
  spellings.forEach((signal, i) => {
    box.succeed("kill", box.id, signal);
    waitUntil(() => got().length === i + 1);
  });
  assertEquals(got(), spellings.map(() => "USR1"));
  box.succeed("kill", box.id, "1");
  waitUntil(() => got().includes("HUP"));
  assertEquals(box.succeed("kill", box.id), { code: 0, stdout: "", stderr: "" });
  box.waitUntilStopped();
  assertEquals(got().at(-1), "TERM", "the default");
});

Deno.test("kill() refuses what is no signal, and signals nobody", () => {
  using box = new Sandbox();
  const got = listen(box);
  for (const signal of ["NOSUCH", "SIG", "65", "-1", "9 ", "0x9"]) {
    // After "--", since "-1" would be a flag.
    assertEquals(failure(box.runts("kill", "--", box.id, signal)), `unknown signal "${signal}"`);
  }
  assertEquals([got(), box.state().status], [[], "running"]);
});

Deno.test("kill() with signal 0 asks whether the container is there", () => {
  using box = new Sandbox();
  const got = listen(box);
  box.succeed("kill", box.id, "0");
  assertEquals(got(), []);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  failure(box.runts("kill", box.id, "0"));
});

Deno.test("kill() signals init alone", () => {
  using box = new Sandbox();
  box.script(
    "trap 'exit 0' TERM; (trap '' TERM; echo up >/tmp/up; sleep 1000) & while :; do usleep 10000; done",
    (config) => config.root.readonly = false,
  );
  box.createAndStart();
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  box.succeed("kill", box.id, "TERM");
  // The PID namespace dies with its init.
  box.waitUntilStopped();
  waitUntil(() => box.traces().every((trace) => !trace.startsWith("process ")));
});

/** A child that TERM does not end, and an init that ends at once on TERM. */
const STUBBORN_CHILD = `
  setsid sh -c "trap '' TERM HUP; echo \\$\\$ >/tmp/child; while :; do usleep 10000; done" </dev/null &
  while [ ! -s /tmp/child ]; do usleep 10000; done
  : >/tmp/up
  while :; do usleep 10000; done`;

function startStubborn(box: Sandbox): { init: number; child: number } {
  box.script(STUBBORN_CHILD, (config) => {
    config.root.readonly = false;
    const isShared = ({ type }: { type: string }) => type === "pid";
    config.linux.namespaces = config.linux.namespaces.filter((ns: { type: string }) =>
      !isShared(ns)
    );
  });
  const init = box.createAndStart();
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  return { init, child: Number(Deno.readTextFileSync(`${box.rootfs}/tmp/child`)) };
}

Deno.test("kill() with KILL kills everybody when the PID namespace is shared", () => {
  using box = new Sandbox();
  const { init, child } = startStubborn(box);
  assert(!hasEnded(init) && !hasEnded(child));
  box.succeed("kill", box.id, "KILL");
  waitUntil(() => hasEnded(init));
  // It does not outlive the container.
  waitUntil(() => hasEnded(child));
});

Deno.test("kill() with TERM leaves the others when the PID namespace is shared, and --all does not", () => {
  using box = new Sandbox();
  const { init, child } = startStubborn(box);
  box.succeed("kill", box.id, "TERM");
  box.waitUntilStopped();
  assertEquals([hasEnded(init), hasEnded(child)], [true, false]);
  // What the containerd shim does when init of such a container has exited.
  assertEquals(box.succeed("kill", "--all", box.id, "9"), { code: 0, stdout: "", stderr: "" });
  waitUntil(() => hasEnded(child));
  assertEquals(box.succeed("kill", "--all", box.id, "9"), { code: 0, stdout: "", stderr: "" });
});

Deno.test("kill() with --all signals every process once", () => {
  using box = new Sandbox();
  const note =
    "trap 'echo USR1 >>/tmp/got' USR1; echo up >>/tmp/up; while :; do usleep 10000; done";
  box.script(`(${note}) & (${note}) & ${note}`, (config) => config.root.readonly = false);
  box.createAndStart();
  const lines = (name: string) => {
    const file = `${box.rootfs}/tmp/${name}`;
    return exists(file) ? Deno.readTextFileSync(file).split("\n").length - 1 : 0;
  };
  waitUntil(() => lines("up") === 3);
  box.succeed("kill", "-a", box.id, "USR1");
  waitUntil(() => lines("got") >= 3);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assertEquals(lines("got"), 3);
});
