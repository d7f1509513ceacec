/** Clauses of runtime.md: state, lifecycle, operations. @module */
import { assert, assertEquals } from "#assert";
import { stateFault } from "../../spec/state.ts";
import { readFile } from "../lib/cgroup_files.ts";
import { NamespaceHolder, namespaceOf } from "../lib/namespace_holder.ts";
import {
  type Editable,
  exists,
  failure,
  hasEnded,
  run,
  Sandbox,
  waitUntil,
} from "../lib/sandbox.ts";
import { isValid } from "../spec/json_schema.ts";

/** A hook that appends a word to a file, and ends with a status. */
function hook(file: string, word: string, status = 0): Editable {
  return { path: "/bin/sh", args: ["sh", "-c", `echo ${word} >> ${file}; exit ${status}`] };
}

function words(file: string): string[] {
  return exists(file) ? Deno.readTextFileSync(file).trimEnd().split("\n") : [];
}

Deno.test("runtime.md#runtimeState: the state has what it MUST have, in each status", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => config.annotations = { "org.example.key": "value" });
  const check = (status: string, hasPid: boolean) => {
    const state = box.state();
    assertEquals(stateFault(state), undefined);
    assertEquals(state.status, status);
    assertEquals(state.id, box.id);
    assertEquals(state.bundle, box.bundle);
    assertEquals(state.annotations, { "org.example.key": "value" });
    assertEquals(state.ociVersion, "1.3.0");
    if (hasPid) assert(!hasEnded(state.pid), String(state.pid));
  };
  box.succeed("create", box.id);
  check("created", true);
  box.succeed("start", box.id);
  check("running", true);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  check("stopped", false);
});

Deno.test("runtime.md#runtimeState: the state MUST fit the official schema, in each status", () => {
  using box = new Sandbox();
  // The states that hooks read are states, too.
  const dump = (name: string) => ({ path: "/bin/sh", args: ["sh", "-c", `cat > ${name}`] });
  const file = (name: string) => `${box.directory}/${name}`;
  box.script("sleep 10000", (config) => {
    config.hooks = { createRuntime: [dump(file("creating"))], poststop: [dump(file("gone"))] };
  });
  const seen: string[] = [];
  const check = (state: unknown) => {
    assertEquals(isValid("state-schema.json", state), true, JSON.stringify(state));
    seen.push((state as { status: string }).status);
  };
  box.succeed("create", box.id);
  check(JSON.parse(Deno.readTextFileSync(file("creating"))));
  check(box.state());
  box.succeed("start", box.id);
  check(box.state());
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  check(box.state());
  box.succeed("delete", box.id);
  check(JSON.parse(Deno.readTextFileSync(file("gone"))));
  assertEquals(seen, ["creating", "created", "running", "stopped", "stopped"]);
});

Deno.test("runtime.md#runtimeState: a container whose process ends before start is stopped", () => {
  using box = new Sandbox();
  box.script("true");
  box.succeed("create", box.id);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assert(failure(box.runts("start", box.id)).includes("stopped"));
});

Deno.test("runtime.md#runtimeLifecycle: hooks, program and operations come in their order", () => {
  using box = new Sandbox();
  const file = `${box.directory}/order`;
  Deno.writeTextFileSync(file, "");
  const names = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"];
  box.script("echo program >> /order", (config) => {
    config.mounts.push({ destination: "/order", source: file, options: ["bind"] });
    config.root.readonly = false;
    config.hooks = Object.fromEntries(
      names.map((name) => [name, [hook(file, `${name}1`), hook(file, `${name}2`)]]),
    );
    config.hooks.startContainer = [
      hook("/order", "startContainer1"),
      hook("/order", "startContainer2"),
    ];
  });
  box.succeed("create", box.id);
  const create = ["prestart", "createRuntime", "createContainer"].flatMap((
    name,
  ) => [`${name}1`, `${name}2`]);
  assertEquals(words(file), create);
  box.succeed("start", box.id);
  box.waitUntilStopped();
  // The program runs beside the poststart hooks: which of the two writes first is open.
  const start = words(file).slice(create.length);
  assertEquals(start.slice(0, 2), ["startContainer1", "startContainer2"]);
  assertEquals(start.filter((word) => word !== "program").slice(2), ["poststart1", "poststart2"]);
  assert(start.includes("program"));
  box.succeed("delete", box.id);
  assertEquals(words(file).slice(-2), ["poststop1", "poststop2"]);
});

Deno.test("runtime.md#runtimeLifecycle: what is edited after create MUST NOT affect the container", () => {
  using box = new Sandbox();
  const file = `${box.directory}/order`;
  box.script("echo before > /tmp/file", (config) => {
    config.root.readonly = false;
    config.hooks = { poststop: [hook(file, "before")] };
  });
  box.succeed("create", box.id);
  box.script(
    "echo after > /tmp/file",
    (config) => config.hooks = { poststop: [hook(file, "after")] },
  );
  box.succeed("start", box.id);
  box.waitUntilStopped();
  box.succeed("delete", box.id);
  assertEquals(Deno.readTextFileSync(`${box.rootfs}/tmp/file`), "before\n");
  assertEquals(words(file), ["before"]);
});

for (
  const name of ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"]
) {
  Deno.test(`runtime.md#runtimeLifecycle: a ${name} hook that fails is an error, stops the container, and leads to poststop`, () => {
    using box = new Sandbox();
    const file = `${box.directory}/order`;
    box.script("sleep 10000", (config) => {
      const failing = hook(name === "startContainer" ? "/dev/null" : file, name, 3);
      config.hooks = {
        [name]: [failing, hook(file, "unreached")],
        poststop: [hook(file, "poststop")],
      };
    });
    let message: string;
    if (["startContainer", "poststart"].includes(name)) {
      box.succeed("create", box.id);
      const { pid } = box.state();
      message = failure(box.runts("start", box.id));
      assert(hasEnded(pid));
    } else message = failure(box.runts("create", box.id));
    assert(message.includes(`hooks.${name}[0]`), message);
    const expected = name === "startContainer" ? ["poststop"] : [name, "poststop"];
    assertEquals(words(file), expected);
    assertEquals(box.traces(), []);
    assert(failure(box.runts("state", box.id)).includes("does not exist"));
  });
}

Deno.test("runtime.md#runtimeLifecycle: a poststop hook that fails is a warning, and the next one runs", () => {
  using box = new Sandbox();
  const file = `${box.directory}/order`;
  box.script("true", (config) => {
    config.hooks = { poststop: [hook(file, "first", 3), hook(file, "second")] };
  });
  box.succeed("create", box.id);
  const { code, stderr } = box.runts("delete", "--force", box.id);
  assertEquals(code, 0);
  assert(/level=warning msg=.*hooks\.poststop\[0\]/.test(stderr), stderr);
  assertEquals(words(file), ["first", "second"]);
});

Deno.test("runtime.md#runtimeErrors: an error leaves everything as if it had never been tried", () => {
  using box = new Sandbox();
  for (
    const edit of [
      (config: Editable) => config.process.args = ["/missing"],
      (config: Editable) => config.process.cwd = "relative",
      (config: Editable) => config.mounts[3].type = "no such filesystem",
      (config: Editable) => config.linux.sysctl = { "net.no.such": "1" },
      (config: Editable) => config.linux.namespaces[0].path = "/dev/null",
    ]
  ) {
    box.script("true", edit);
    failure(box.runts("create", box.id));
    assertEquals(box.traces(), []);
  }
});

Deno.test("runtime.md#runtimeQueryState: a missing ID, or a container that does not exist, is an error", () => {
  using box = new Sandbox();
  assert(box.runts("state").code !== 0);
  assert(failure(box.runts("state", "nobody")).includes("does not exist"));
});

Deno.test("runtime.md#runtimeCreate: an ID that is in use is an error, and its container is untouched", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  const pid = box.createAndStart();
  assert(failure(box.runts("create", box.id)).includes("already exists"));
  assertEquals(box.state(), { ...box.state(), status: "running", pid });
});

Deno.test("runtime.md#runtimeCreate: a missing ID, or a missing bundle, is an error", () => {
  using box = new Sandbox();
  assert(box.runts("create").code !== 0);
  assert(
    failure(box.runts("create", "--bundle", "/runts-test/none", box.id)).includes(
      "/runts-test/none",
    ),
  );
});

Deno.test("runtime.md#runtimeCreate: the program MUST NOT run before start", () => {
  using box = new Sandbox();
  box.script("echo ran > /tmp/file; sleep 10000", (config) => config.root.readonly = false);
  box.succeed("create", box.id);
  // Everything else is there: its namespaces, its root, its user.
  const { pid } = box.state();
  assertEquals(Deno.readTextFileSync(`/proc/${pid}/root/etc/passwd`).slice(0, 5), "root:");
  assertEquals(exists(`${box.rootfs}/tmp/file`), false);
  box.succeed("start", box.id);
  waitUntil(() => exists(`${box.rootfs}/tmp/file`));
});

Deno.test("runtime.md#runtimeCreate: everything but the program MUST be applied by create", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.hostname = "applied";
    config.mounts.push({ destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["ro"] });
    config.linux.sysctl = { "net.ipv4.ip_forward": "1" };
    config.linux.maskedPaths = ["/etc/passwd"];
    config.linux.devices = [{ path: "/dev/kmsg", type: "c", major: 1, minor: 11 }];
    config.linux.resources.pids = { limit: 321 };
  });
  box.succeed("create", box.id);
  const { pid } = box.state();
  const inside = (...words: string[]) =>
    run(["nsenter", `--target=${pid}`, "--uts", "--net", ...words]).stdout.trim();
  assertEquals(inside("hostname"), "applied");
  assertEquals(inside("sysctl", "-n", "net.ipv4.ip_forward"), "1");
  for (const kind of ["pid", "network", "ipc", "uts", "mount", "cgroup"] as const) {
    assert(namespaceOf(pid, kind) !== namespaceOf("self", kind), kind);
  }
  const mountinfo = Deno.readTextFileSync(`/proc/${pid}/mountinfo`);
  assert(/ \/mnt ro\S* .*- tmpfs /.test(mountinfo), mountinfo);
  assertEquals(Deno.readTextFileSync(`/proc/${pid}/root/etc/passwd`), "");
  assertEquals(Deno.statSync(`/proc/${pid}/root/dev/kmsg`).rdev, 1 << 8 | 11);
  assertEquals(readFile("pids", `/runts-test/${box.id}`, "pids.max"), "321");
});

Deno.test("runtime.md#runtimeStart: without process there is nothing to start, but a container", () => {
  using box = new Sandbox();
  box.configure((config) => delete config.process);
  box.succeed("create", box.id);
  assertEquals(box.state().status, "created");
  failure(box.runts("start", box.id));
});

Deno.test("runtime.md#runtimeStart: a container that is not created is an error without effect", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  assert(box.runts("start").code !== 0);
  failure(box.runts("start", "nobody"));
  const pid = box.createAndStart();
  failure(box.runts("start", box.id));
  assertEquals([box.state().status, box.state().pid], ["running", pid]);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  failure(box.runts("start", box.id));
  assertEquals(box.state().status, "stopped");
});

Deno.test("runtime.md#runtimeKill: the signal MUST reach the container's process", () => {
  using box = new Sandbox();
  box.script(
    "trap 'echo caught > /tmp/file; exit 0' USR1; touch /tmp/ready; while :; do sleep 0.05; done",
    (config) => {
      config.root.readonly = false;
    },
  );
  box.createAndStart();
  waitUntil(() => exists(`${box.rootfs}/tmp/ready`));
  box.succeed("kill", box.id, "USR1");
  box.waitUntilStopped();
  assertEquals(Deno.readTextFileSync(`${box.rootfs}/tmp/file`), "caught\n");
});

Deno.test("runtime.md#runtimeKill: neither created nor running is an error", () => {
  using box = new Sandbox();
  box.script("true");
  assert(box.runts("kill").code !== 0);
  failure(box.runts("kill", "nobody", "KILL"));
  box.createAndStart();
  box.waitUntilStopped();
  failure(box.runts("kill", box.id, "KILL"));
  assertEquals(box.state().status, "stopped");
});

Deno.test("runtime.md#runtimeDelete: a running container is an error without effect", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  assert(box.runts("delete").code !== 0);
  failure(box.runts("delete", "nobody"));
  const pid = box.createAndStart();
  failure(box.runts("delete", box.id));
  assertEquals([box.state().status, box.state().pid], ["running", pid]);
});

Deno.test("runtime.md#runtimeDelete: what create made MUST be deleted, and the ID MAY be used again", () => {
  using box = new Sandbox();
  box.script("true");
  for (let i = 0; i < 2; i++) {
    box.createAndStart();
    box.waitUntilStopped();
    box.succeed("delete", box.id);
    assertEquals(box.traces(), []);
  }
});

Deno.test("runtime.md#runtimeDelete: what create did not make MUST NOT be deleted", () => {
  using holder = new NamespaceHolder(["network", "ipc"]);
  using box = new Sandbox();
  const source = `${box.directory}/source`;
  Deno.mkdirSync(source);
  Deno.writeTextFileSync(`${source}/file`, "text");
  box.script("sleep 10000", (config) => {
    config.linux.namespaces[1].path = holder.path("network");
    config.linux.namespaces[2].path = holder.path("ipc");
    config.mounts.push({ destination: "/tmp", source, options: ["bind"] });
  });
  box.createAndStart();
  box.succeed("delete", "--force", box.id);
  assert(holder.isAlive());
  assertEquals(Deno.readTextFileSync(`${source}/file`), "text");
  assert(exists(`${box.rootfs}/bin/sh`));
});
