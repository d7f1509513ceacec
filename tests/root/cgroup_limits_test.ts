/**
 * Where init is, who finds it there, and what is charged to the container.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { type Editable, run, Sandbox } from "../lib/sandbox.ts";
import { directoryOf } from "../lib/cgroup_files.ts";
import { ON_ONE_PROCESSOR } from "../lib/processors.ts";

Deno.test("nothing of the runtime is charged: a program runs with 256 KiB of memory", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["true"];
    config.linux.resources.memory = { limit: 256 << 10 };
  });
  box.output({ prefix: ON_ONE_PROCESSOR });
});

Deno.test("a container that outgrows its memory is killed", () => {
  using box = new Sandbox();
  const set = (config: Editable) =>
    config.linux.resources.memory = { limit: 4 << 20, swap: 4 << 20 };
  box.script("exec tail -c 100000000 /dev/zero", set);
  assertEquals(box.runts("run", box.id).code, 137);
});

Deno.test("a hook finds the whole cgroup, limits included, by the pid of init", () => {
  using box = new Sandbox();
  const report = `${box.directory}/report`;
  const script = 'pid=$(sed "s/.*\\"pid\\":\\([0-9]*\\).*/\\1/"); cat /proc/$pid/cgroup >>' +
    report;
  box.script("true", (config) => {
    config.linux.resources.pids = { limit: 77 };
    const hook = { path: "/bin/sh", args: ["sh", "-c", `${script}; cat ${"$0"} >>${report}`] };
    const file = `${directoryOf("pids", `/runts-test/${box.id}`)}/pids.max`;
    config.hooks = {
      prestart: [{ ...hook, args: [...hook.args, file] }],
      createRuntime: [{
        ...hook,
        args: [...hook.args, file],
      }],
    };
  });
  box.output();
  const lines = Deno.readTextFileSync(report).trim().split("\n");
  const places = lines.filter((line) => line.includes(":"));
  assertEquals(
    places.length,
    2 * Deno.readTextFileSync("/proc/self/cgroup").trim().split("\n").length,
  );
  for (const line of places) assert(line.endsWith(`:/runts-test/${box.id}`), line);
  assertEquals(lines.filter((line) => !line.includes(":")), ["77", "77"]);
});

Deno.test("the cgroup namespace has its root at the container's cgroup, in every hierarchy", () => {
  using box = new Sandbox();
  box.script("cat /proc/self/cgroup");
  for (const line of box.output().trim().split("\n")) assert(line.endsWith(":/"), line);
});

Deno.test("a waiting container is in its cgroup, in every hierarchy", () => {
  using box = new Sandbox();
  box.succeed("create", box.id);
  const text = Deno.readTextFileSync(`/proc/${box.state().pid}/cgroup`);
  for (const line of text.trim().split("\n")) assert(line.endsWith(`:/runts-test/${box.id}`), line);
});

Deno.test("a container in a user namespace gets limits and a cgroup namespace as well", () => {
  using box = new Sandbox((config) => {
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65536 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65536 }];
    config.linux.resources = { memory: { limit: 8 << 20 }, pids: { limit: 9 } };
    config.process.args = ["cat", "/proc/self/cgroup"];
    // The image's files are nobody's in there; sysfs takes a network namespace of one's own, which there is.
    config.root.readonly = false;
  });
  for (const path of [box.bundle, box.rootfs]) run(["chown", "100000:100000", path]);
  for (const line of box.output().trim().split("\n")) assert(line.endsWith(":/"), line);
});
