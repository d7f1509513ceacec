/** What delete removes, and what it copes with. @module */
import { assert, assertEquals } from "#assert";
import { cgroups, exists, failure, hasEnded, Sandbox, waitUntil } from "../lib/sandbox.ts";

Deno.test("delete() kills a container that was never started", () => {
  using box = new Sandbox();
  box.succeed("create", box.id);
  const { pid } = box.state();
  assertEquals(box.succeed("delete", box.id), { code: 0, stdout: "", stderr: "" });
  waitUntil(() => hasEnded(pid));
  assertEquals(box.traces(), []);
});

Deno.test("delete() with force kills everything in a running container", () => {
  using box = new Sandbox();
  box.script("sleep 1000 & sleep 1000 & trap '' TERM INT HUP; echo up >/tmp/up; wait", (config) => {
    config.root.readonly = false;
  });
  box.createAndStart();
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  box.succeed("delete", "-f", box.id);
  assertEquals(box.traces(), []);
});

Deno.test("delete() without force removes what a stopped container left in a shared PID namespace", () => {
  using box = new Sandbox();
  box.script("setsid sleep 1000 </dev/null >/dev/null 2>&1 & exit 0", (config) => {
    config.linux.namespaces = config.linux.namespaces.filter((ns: { type: string }) =>
      ns.type !== "pid"
    );
  });
  box.createAndStart();
  box.waitUntilStopped();
  assert(box.traces().some((trace) => trace.startsWith("process ")), "the child lives on");
  box.succeed("delete", box.id);
  assertEquals(box.traces(), []);
});

Deno.test("delete() with force does not mind a container that does not exist", () => {
  using box = new Sandbox();
  assertEquals(box.runts("delete", "--force", box.id), { code: 0, stdout: "", stderr: "" });
  assertEquals(box.runts("delete", box.id, "-f"), { code: 0, stdout: "", stderr: "" });
});

Deno.test("delete() with force removes a directory that create had only just made", () => {
  using box = new Sandbox();
  Deno.mkdirSync(`${box.root}/${box.id}`, { recursive: true });
  assertEquals(
    failure(box.runts("delete", box.id)),
    `Cannot open container "${box.id}": container does not exist`,
  );
  assertEquals(box.runts("delete", "--force", box.id), { code: 0, stdout: "", stderr: "" });
  assertEquals(box.traces(), []);
  Deno.mkdirSync(`${box.root}/${box.id}`);
  Deno.writeTextFileSync(`${box.root}/${box.id}/config.json`, "{}");
  Deno.writeTextFileSync(`${box.root}/${box.id}/.state.json.new`, '{"versi');
  assertEquals(box.runts("delete", "--force", box.id), { code: 0, stdout: "", stderr: "" });
  box.succeed("create", box.id);
});

const BROKEN: readonly (readonly [what: string, text: string])[] = [
  ["empty", ""],
  ["cut off", '{"version":1,"ociVersion":"1.3.0","id":"x"'],
  [
    "of another form",
    '{"version":2,"ociVersion":"1.3.0","id":"x","status":"created","bundle":"/b"}',
  ],
  ["no object", "null"],
];

for (const [what, text] of BROKEN) {
  Deno.test(`delete() with force removes a container whose state.json is ${what}, and ends its init`, () => {
    using box = new Sandbox();
    // Right below the root: what a delete that knows nothing leaves behind is then one directory, for the test to remove.
    box.configure((config) => config.linux.cgroupsPath = `/${box.id}`);
    box.succeed("create", box.id);
    const { pid } = box.state();
    Deno.writeTextFileSync(`${box.root}/${box.id}/state.json`, text);
    for (const operation of ["state", "start", "kill", "delete"]) {
      const sentence = failure(box.runts(operation, box.id));
      assert(sentence.includes(`Cannot read the state of container "${box.id}": state.json: `));
    }
    const { code, stdout, stderr } = box.runts("delete", "--force", box.id);
    assertEquals([code, stdout], [0, ""]);
    assert(stderr.includes("level=warning"), stderr);
    assert(stderr.includes("may be left behind"), stderr);
    waitUntil(() => hasEnded(pid));
    assertEquals([...Deno.readDirSync(box.root)], []);
    const left = cgroups().filter((path) => path.endsWith(`/${box.id}`));
    assert(left.length > 0, "the cgroup is unknown, so it stays");
    left.forEach((path) => Deno.removeSync(path));
  });
}

Deno.test("delete() with force of a broken container signals nobody by the pid that it reads", () => {
  using box = new Sandbox();
  // A process of ours whose pid stands in the file, but with another's start time.
  const bystander = new Deno.Command("sleep", { args: ["1000"] }).spawn();
  try {
    box.succeed("create", box.id);
    const file = `${box.root}/${box.id}/state.json`;
    const state = JSON.parse(Deno.readTextFileSync(file));
    box.succeed("kill", box.id, "KILL");
    box.waitUntilStopped();
    Deno.writeTextFileSync(file, JSON.stringify({ ...state, pid: bystander.pid }));
    assertEquals(box.state().status, "stopped");
    assertEquals(
      failure(box.runts("kill", box.id, "KILL")),
      "Cannot signal the container: container not running",
    );
    box.succeed("delete", "--force", box.id);
    assertEquals(hasEnded(bystander.pid), false);
  } finally {
    bystander.kill("SIGKILL");
  }
});

Deno.test("delete() leaves what others have put in the bundle and beside the state", () => {
  using box = new Sandbox();
  Deno.writeTextFileSync(`${box.bundle}/notes`, "kept");
  box.script("true");
  box.createAndStart();
  box.waitUntilStopped();
  Deno.mkdirSync(`${box.root}/other`);
  box.succeed("delete", box.id);
  assertEquals(Deno.readTextFileSync(`${box.bundle}/notes`), "kept");
  assertEquals([...Deno.readDirSync(box.root)].map(({ name }) => name), ["other"]);
});

Deno.test("create(), start(), kill() and delete() need neither PATH nor HOME", () => {
  using box = new Sandbox();
  box.script("exec sleep 1000");
  for (const words of [["create"], ["start"], ["state"], ["kill"], ["delete", "--force"]]) {
    const prefix = ["/usr/bin/env", "-i"];
    const { code, stderr } = box.runtsWith({ prefix }, ...words, box.id);
    assertEquals([code, stderr], [0, ""], words.join(" "));
  }
  assertEquals(box.traces(), []);
});
