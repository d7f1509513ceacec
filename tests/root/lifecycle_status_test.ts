/** Which operation is allowed in which status, and the words of a refusal. @module */
import { assertEquals } from "#assert";
import { exists, failure, Sandbox, waitUntil } from "../lib/sandbox.ts";

Deno.test("a container goes from created to running to stopped, and is gone after delete", () => {
  using box = new Sandbox();
  box.script("while [ ! -e /tmp/end ]; do usleep 10000; done", (config) => {
    config.root.readonly = false;
  });
  box.succeed("create", box.id);
  const created = box.state();
  assertEquals(created.status, "created");
  box.succeed("start", box.id);
  const running = box.state();
  assertEquals([running.status, running.pid], ["running", created.pid]);
  Deno.writeTextFileSync(`${box.rootfs}/tmp/end`, "");
  box.waitUntilStopped();
  assertEquals(box.state(), { ...created, status: "stopped", pid: 0 });
  assertEquals(box.succeed("delete", box.id), { code: 0, stdout: "", stderr: "" });
  assertEquals(
    failure(box.runts("state", box.id)),
    `Cannot open container "${box.id}": container does not exist`,
  );
});

Deno.test("an unknown ID is refused by every operation that needs a container", () => {
  using box = new Sandbox();
  const expected = `Cannot open container "${box.id}": container does not exist`;
  for (const words of [["state"], ["start"], ["kill"], ["kill", "--all"], ["delete"]]) {
    const [operation, ...options] = words as [string];
    const sentence = failure(box.runts(operation, ...options, box.id));
    assertEquals(sentence.endsWith(expected), true, `${words}: ${sentence}`);
  }
});

Deno.test("a created container can be killed, and its ID not be used again", () => {
  using box = new Sandbox();
  box.succeed("create", box.id);
  const { pid } = box.state();
  assertEquals(
    failure(box.runts("create", box.id)),
    `Cannot reserve the ID: Cannot use the ID "${box.id}": container with given ID already exists`,
  );
  assertEquals(box.state(), { ...box.state(), status: "created", pid }, "it was left alone");
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assertEquals(
    failure(box.runts("start", box.id)),
    "Cannot check that the container is created: cannot start a container that has stopped",
  );
});

Deno.test("a running container cannot be started again, nor deleted without force", () => {
  using box = new Sandbox();
  box.script("exec sleep 1000");
  const pid = box.createAndStart();
  assertEquals(
    failure(box.runts("start", box.id)),
    "Cannot check that the container is created: cannot start an already running container",
  );
  assertEquals(
    failure(box.runts("delete", box.id)),
    `cannot delete container ${box.id} that is not stopped: running`,
  );
  assertEquals(
    failure(box.runts("create", box.id)),
    `Cannot reserve the ID: Cannot use the ID "${box.id}": container with given ID already exists`,
  );
  assertEquals([box.state().status, box.state().pid], ["running", pid], "nothing had an effect");
  assertEquals(box.succeed("delete", "--force", box.id), { code: 0, stdout: "", stderr: "" });
  assertEquals(box.traces(), []);
});

Deno.test("a stopped container cannot be started or killed, and kill --all does not mind", () => {
  using box = new Sandbox();
  box.script("true");
  box.createAndStart();
  box.waitUntilStopped();
  assertEquals(
    failure(box.runts("start", box.id)),
    "Cannot check that the container is created: cannot start a container that has stopped",
  );
  const notRunning = "Cannot signal the container: container not running";
  assertEquals(failure(box.runts("kill", box.id)), notRunning);
  assertEquals(failure(box.runts("kill", box.id, "KILL")), notRunning);
  assertEquals(box.succeed("kill", "--all", box.id, "KILL").stderr, "");
  assertEquals(box.succeed("kill", "-a", box.id, "9").stderr, "");
  assertEquals(box.state().status, "stopped");
});

Deno.test("a container whose init died before start is stopped, and can be deleted", () => {
  using box = new Sandbox();
  box.succeed("create", box.id);
  Deno.kill(box.state().pid, "SIGKILL");
  waitUntil(() => box.state().status !== "created");
  assertEquals([box.state().status, box.state().pid], ["stopped", 0]);
  box.succeed("delete", box.id);
  assertEquals(box.traces(), []);
});

Deno.test("a container without a process can be created, and not be started", () => {
  using box = new Sandbox((config) => delete config.process);
  box.succeed("create", box.id);
  assertEquals(box.state().status, "created");
  assertEquals(
    failure(box.runts("start", box.id)),
    "Cannot read the configuration: process property must not be empty",
  );
  assertEquals(box.state().status, "created", "the refusal had no effect");
  box.succeed("delete", box.id);
});

Deno.test("a container that is being created cannot be killed, and a delete waits for it", async () => {
  using box = new Sandbox();
  const [begun, end] = [`${box.directory}/begun`, `${box.directory}/end`];
  const script = `: > ${begun}; while [ ! -e ${end} ]; do sleep 0.05; done`;
  box.configure((config) => {
    config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script] }] };
  });
  const creating = box.start({}, "create", box.id);
  waitUntil(() => exists(begun));
  assertEquals(box.state().status, "creating");
  assertEquals(
    failure(box.runts("kill", box.id, "KILL")),
    "Cannot signal the container: container not running",
  );
  // It waits for the lock, and then finds what create has made of it.
  const deleting = box.start({}, "delete", box.id);
  Deno.writeTextFileSync(end, "");
  assertEquals((await creating.result()).code, 0);
  assertEquals((await deleting.result()).code, 0);
  assertEquals(box.traces(), []);
});
