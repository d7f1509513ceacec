/** `pause` and `resume`. @module */
import { assert, assertEquals } from "#assert";
import { moveBelow } from "../lib/cgroup_files.ts";
import { refusal } from "../lib/exec.ts";
import { exists, failure, hasEnded, Sandbox, sleep, waitUntil } from "../lib/sandbox.ts";

/** Appends to /tmp/ticks, again and again. */
const TICKER = ": >/tmp/ticks; while :; do echo >>/tmp/ticks; usleep 2000; done";

class Ticking implements Disposable {
  readonly box = new Sandbox();

  constructor() {
    this.box.script(TICKER, (config) => config.root.readonly = false);
    this.box.createAndStart();
    waitUntil(() => this.ticks() > 0);
  }

  ticks(): number {
    const file = `${this.box.rootfs}/tmp/ticks`;
    return exists(file) ? Deno.statSync(file).size : 0;
  }

  [Symbol.dispose](): void {
    this.box[Symbol.dispose]();
  }
}

/** Milliseconds, in which a running container ticks many times. */
const WHILE = 200;

Deno.test("a paused container stands still, and goes on when it is resumed", () => {
  using ticking = new Ticking();
  const { box } = ticking;
  assertEquals(box.runts("pause", box.id), { code: 0, stdout: "", stderr: "" });
  // Nothing of it runs any more when the command returns.
  const before = ticking.ticks();
  sleep(WHILE);
  assertEquals(ticking.ticks(), before);
  assertEquals(box.state().status, "paused");
  const [row] = JSON.parse(box.succeed("list", "-f", "json").stdout);
  assertEquals([row.id, row.status], [box.id, "paused"]);
  assertEquals(box.runts("resume", box.id), { code: 0, stdout: "", stderr: "" });
  assertEquals(box.state().status, "running");
  waitUntil(() => ticking.ticks() > before);
});

Deno.test("pause of a paused container and resume of a running one are errors, and change nothing", () => {
  using ticking = new Ticking();
  const { box } = ticking;
  const notPaused = "Cannot resume the container: container not paused";
  const notRunning = "Cannot pause the container: container not running";
  assertEquals(failure(box.runts("resume", box.id)), notPaused);
  box.succeed("pause", box.id);
  assertEquals(failure(box.runts("pause", box.id)), notRunning);
  assertEquals(box.state().status, "paused");
  box.succeed("resume", box.id);
  assertEquals(failure(box.runts("resume", box.id)), notPaused);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assertEquals(failure(box.runts("pause", box.id)), notRunning);
  assertEquals(failure(box.runts("resume", box.id)), notPaused);
  const unknown = 'Cannot open container "nobody": container does not exist';
  for (const verb of ["pause", "resume"]) assertEquals(failure(box.runts(verb, "nobody")), unknown);
});

Deno.test("KILL ends a paused container, in a PID namespace of its own and in a shared one", () => {
  for (const isShared of [false, true]) {
    using box = new Sandbox();
    box.script("sleep 10000 & wait", (config) => {
      if (!isShared) return;
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
        type !== "pid"
      );
    });
    box.createAndStart();
    const pids = (): number[] => JSON.parse(box.succeed("ps", "-f", "json", box.id).stdout) ?? [];
    waitUntil(() => pids().length === 2);
    const all = pids();
    box.succeed("pause", box.id);
    box.succeed("kill", box.id, "KILL");
    box.waitUntilStopped();
    waitUntil(() => all.every(hasEnded));
    box.succeed("delete", box.id);
  }
});

Deno.test("other signals wait until a paused container is resumed", () => {
  using ticking = new Ticking();
  const { box } = ticking;
  box.succeed("pause", box.id);
  const ticks = ticking.ticks();
  box.succeed("kill", box.id, "USR1");
  sleep(WHILE);
  assertEquals([ticking.ticks(), box.state().status], [ticks, "paused"]);
  box.succeed("resume", box.id);
  // A shell that is number 1 does not mind USR1, which it has not asked for.
  waitUntil(() => ticking.ticks() > ticks);
});

Deno.test("delete refuses a paused container, and does not with --force", () => {
  using ticking = new Ticking();
  const { box } = ticking;
  box.succeed("pause", box.id);
  const message = failure(box.runts("delete", box.id));
  assert(
    message.includes(`cannot delete container ${box.id} that is not stopped: paused`),
    message,
  );
  assertEquals(box.state().status, "paused");
  assertEquals(box.runts("delete", "--force", box.id), { code: 0, stdout: "", stderr: "" });
  assertEquals(box.traces(), []);
});

Deno.test("exec refuses a paused container, and with --ignore-paused waits for resume", async () => {
  using ticking = new Ticking();
  const { box } = ticking;
  box.succeed("pause", box.id);
  const message = refusal(box.runts("exec", box.id, "true"));
  const words = "cannot exec in a paused container (use --ignore-paused to override)";
  assert(message.includes(words), message);
  const pids = (): number[] => JSON.parse(box.succeed("ps", "-f", "json", box.id).stdout);
  // The shell's child may be among them.
  const before = pids().length;
  const running = box.start({}, "exec", "--ignore-paused", box.id, "echo", "awake");
  waitUntil(() => pids().length > before);
  assertEquals(running.soFar().stdout, "");
  box.succeed("resume", box.id);
  const { code, stdout, stderr } = await running.result();
  assertEquals([code, stdout, stderr], [0, "awake\n", ""]);
});

Deno.test("a container that was not started can be paused; resumed it is created again, and starts", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.succeed("create", box.id);
  box.succeed("pause", box.id);
  assertEquals(box.state().status, "paused");
  box.succeed("resume", box.id);
  assertEquals(box.state().status, "created");
  box.succeed("start", box.id);
  assertEquals(box.state().status, "running");
});

Deno.test("pause reaches the processes of exec, and cgroups below the container's own", () => {
  using ticking = new Ticking();
  const { box } = ticking;
  const script = TICKER.replaceAll("/tmp/ticks", "/tmp/more");
  const file = `${box.directory}/pid`;
  box.succeed("exec", "--detach", "--pid-file", file, box.id, "sh", "-c", script);
  moveBelow(`/runts-test/${box.id}`, Number(Deno.readTextFileSync(file)));
  const more = (): number => Deno.statSync(`${box.rootfs}/tmp/more`).size;
  waitUntil(() => exists(`${box.rootfs}/tmp/more`) && more() > 0);
  box.succeed("pause", box.id);
  const before = more();
  sleep(WHILE);
  assertEquals(more(), before);
  box.succeed("resume", box.id);
  waitUntil(() => more() > before);
});

Deno.test("pause and resume need neither PATH nor HOME", () => {
  using ticking = new Ticking();
  const { box } = ticking;
  for (const verb of ["pause", "resume"]) {
    const result = box.runtsWith({ clearEnv: true }, verb, box.id);
    assertEquals(result, { code: 0, stdout: "", stderr: "" });
  }
});
