/** What is told of a container, and what of its configuration is remembered. @module */
import { assert, assertEquals } from "#assert";
import { Sandbox, waitUntil } from "../lib/sandbox.ts";

const RFC3339_NANO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

Deno.test("state() prints indented JSON with its keys in order and without a newline at the end", () => {
  using box = new Sandbox((config) => {
    config.ociVersion = "1.0.2";
    config.annotations = { "org.example.b": "2", "org.example.a": "" };
  });
  box.succeed("create", box.id);
  const { stdout, stderr } = box.succeed("state", box.id);
  const { pid, created } = JSON.parse(stdout);
  assert(RFC3339_NANO.test(created), created);
  const expected = {
    // Of the state, not of the bundle.
    ociVersion: "1.3.0",
    id: box.id,
    pid,
    status: "created",
    bundle: box.bundle,
    rootfs: box.rootfs,
    created,
    annotations: { "org.example.b": "2", "org.example.a": "" },
    owner: "",
  };
  assertEquals([stdout, stderr], [JSON.stringify(expected, null, 2), ""]);
});

Deno.test("state() leaves annotations out when there are none, and says pid 0 of a stopped container", () => {
  using box = new Sandbox();
  box.script("true");
  box.createAndStart();
  box.waitUntilStopped();
  const { stdout } = box.succeed("state", box.id);
  const keys = ["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "owner"];
  assertEquals(Object.keys(JSON.parse(stdout)), keys);
  assertEquals([JSON.parse(stdout).status, JSON.parse(stdout).pid], ["stopped", 0]);
});

Deno.test("state() shows the bundle's real path and the root's, however they were given", () => {
  using box = new Sandbox((config) => config.root.path = "rootfs");
  Deno.symlinkSync("bundle", `${box.directory}/link`);
  const { code } = box.runtsWith(
    { cwd: box.directory },
    "create",
    "--bundle",
    "./link/../link",
    box.id,
  );
  assertEquals(code, 0);
  assertEquals([box.state().bundle, box.state().rootfs], [box.bundle, box.rootfs]);
});

Deno.test("create() writes the pid of init as bare digits", () => {
  using box = new Sandbox();
  const file = `${box.directory}/init.pid`;
  box.succeed("create", "--pid-file", file, box.id);
  assertEquals(Deno.readTextFileSync(file), String(box.state().pid));
  assertEquals(names(box.directory), ["bundle", "init.pid", "state"]);
});

Deno.test("create() replaces the pid file and what a killed create left beside it", () => {
  using box = new Sandbox();
  const file = `${box.directory}/init.pid`;
  Deno.writeTextFileSync(file, "1");
  Deno.writeTextFileSync(`${box.directory}/.init.pid`, "12");
  const before = Deno.statSync(file).ino;
  // Relative to the current directory, not to the bundle.
  const { code } = box.runtsWith(
    { cwd: box.directory },
    "create",
    "--bundle=bundle",
    "--pid-file=init.pid",
    box.id,
  );
  assertEquals(code, 0);
  assertEquals(Deno.readTextFileSync(file), String(box.state().pid));
  assert(Deno.statSync(file).ino !== before, "it was replaced, not rewritten");
  assertEquals(names(box.directory), ["bundle", "init.pid", "state"]);
});

Deno.test("create() that fails leaves somebody else's pid file alone", () => {
  using box = new Sandbox((config) => config.process.args = ["/nosuch"]);
  const file = `${box.directory}/init.pid`;
  Deno.writeTextFileSync(file, "1");
  assertEquals(box.runts("create", "--pid-file", file, box.id).code, 1);
  assertEquals(Deno.readTextFileSync(file), "1");
  assertEquals(names(box.directory), ["bundle", "init.pid", "state"]);
});

Deno.test("create() that cannot write the pid file leaves no container behind", () => {
  using box = new Sandbox();
  const { code, stderr } = box.runts("create", "--pid-file=/nosuch/init.pid", box.id);
  assertEquals(code, 1);
  assert(stderr.includes("Cannot write the pid file: openat"), stderr);
  assertEquals(box.traces(), []);
});

Deno.test("what is edited in config.json after create has no effect", () => {
  using box = new Sandbox();
  const out = `${box.rootfs}/tmp/out`;
  box.script("echo $WHO >/tmp/out", (config) => {
    config.root.readonly = false;
    config.process.env.push("WHO=first");
    config.hooks = { poststop: [touch(`${box.directory}/first`)] };
    config.annotations = { who: "first" };
  });
  box.succeed("create", box.id);
  box.script("echo $WHO >/tmp/out", (config) => {
    config.process.env.push("WHO=second");
    config.hooks = {
      poststart: [{ path: "/bin/false" }],
      poststop: [touch(`${box.directory}/second`)],
    };
    config.annotations = { who: "second" };
  });
  box.succeed("start", box.id);
  box.waitUntilStopped();
  assertEquals(box.state().annotations, { who: "first" });
  box.writeConfig("not even JSON");
  box.succeed("delete", box.id);
  assertEquals(Deno.readTextFileSync(out), "first\n");
  assertEquals(names(box.directory), ["bundle", "first", "state"]);
});

Deno.test("an ID can be used again after delete", () => {
  using box = new Sandbox();
  box.script("true");
  for (let i = 0; i < 3; i++) {
    box.createAndStart();
    box.waitUntilStopped();
    box.succeed("delete", box.id);
  }
});

Deno.test("the bundle may be gone when the container is deleted", () => {
  using box = new Sandbox();
  box.configure((config) => config.hooks = { poststop: [touch(`${box.directory}/stopped`)] });
  box.succeed("create", box.id);
  Deno.renameSync(box.bundle, `${box.directory}/elsewhere`);
  assertEquals(box.runtsWith({ cwd: "/" }, "delete", box.id).code, 0);
  assertEquals(names(box.directory), ["elsewhere", "state", "stopped"]);
  Deno.renameSync(`${box.directory}/elsewhere`, box.bundle);
});

Deno.test("list() prints a table, JSON, or IDs", () => {
  using box = new Sandbox();
  const [first, second] = [`${box.id}.a`, `${box.id}.b`];
  assertEquals(box.runts("list").code, 1, "an explicit root has to be there");
  for (const id of [second, first]) {
    box.configure((config) => config.linux.cgroupsPath = `/runts-test/${id}`);
    box.succeed("create", id);
  }
  box.succeed("kill", second, "KILL");
  const states = () => [first, second].map((id) => JSON.parse(box.succeed("state", id).stdout));
  waitUntil(() => states()[1].status === "stopped");
  const [a, b] = states();

  assertEquals(box.succeed("list", "--quiet").stdout, `${first}\n${second}\n`);
  assertEquals(box.succeed("list", "-q", "-f", "json").stdout, `${first}\n${second}\n`);
  assertEquals(
    box.succeed("list", "--format", "json").stdout,
    JSON.stringify([{ ...a, owner: "root" }, { ...b, owner: "root" }]) + "\n",
  );
  const table = box.succeed("list").stdout;
  assertEquals(table, box.succeed("list", "-f=table").stdout);
  const rows = table.trimEnd().split("\n").map((line) => line.split(/ {3,}/));
  assertEquals(rows, [
    ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"],
    [first, String(a.pid), "created", box.bundle, a.created, "root"],
    [second, "0", "stopped", box.bundle, b.created, "root"],
  ]);
  for (const id of [first, second]) box.succeed("delete", id);
  assertEquals(box.succeed("list", "-f", "json").stdout, "null\n");
  assertEquals(box.succeed("list").stdout.trimEnd().split(/ +/).length, 6, "the header alone");
});

Deno.test("list() shows the other containers when one is broken, and warns of it", () => {
  using box = new Sandbox();
  box.succeed("create", box.id);
  Deno.mkdirSync(`${box.root}/broken`);
  Deno.writeTextFileSync(`${box.root}/broken/state.json`, '{"version":1,"id":"bro');
  Deno.mkdirSync(`${box.root}/empty`);
  const { stdout, stderr } = box.succeed("list", "--quiet");
  assertEquals(stdout, `${box.id}\n`);
  assert(stderr.includes("level=warning"), stderr);
  assert(stderr.includes('Cannot read the state of container \\"broken\\"'), stderr);
});

function touch(path: string): { path: string; args: string[] } {
  return { path: "/bin/sh", args: ["sh", "-c", ': > "$0"', path] };
}

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}
