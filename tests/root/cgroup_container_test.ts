/** The cgroup of a container, from `create` to `delete`. @module */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import { cgroups, failure, hasEnded, run, Sandbox, waitUntil } from "../lib/sandbox.ts";

/** The cgroups of a process by hierarchy: `memory` → `/a/b`; v2 is the empty name. */
function cgroupsOf(pid: number | "self"): Map<string, string> {
  const lines = Deno.readTextFileSync(`/proc/${pid}/cgroup`).trimEnd().split("\n");
  return new Map(lines.map((line) => {
    const [, name, path] = /^\d+:([^:]*):(.*)$/.exec(line)!;
    return [name!, path!];
  }));
}

/** The directories of a cgroup, in every hierarchy. */
function directoriesOf(name: string): string[] {
  return cgroups().filter((path) => path.endsWith(`/${name}`));
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Removes test directories of which the runtime left the upper ones, as it should. */
function removeAll(directories: readonly string[]): void {
  for (const path of directories.toReversed()) Deno.removeSync(path);
}

Deno.test("an absolute cgroupsPath counts from the mount point, in every hierarchy", () => {
  using box = new Sandbox();
  box.script("sleep 10000 & sleep 10000");
  const pid = box.createAndStart();
  const found = cgroupsOf(pid);
  assertEquals([...found.keys()], [...cgroupsOf("self").keys()]);
  for (const [name, path] of found) assertEquals(path, `/runts-test/${box.id}`, name);
  // Everything that the container forks is born into it.
  const [directory] = directoriesOf(box.id);
  waitUntil(() => Deno.readTextFileSync(`${directory}/cgroup.procs`).trim().split("\n").length > 1);
  box.succeed("delete", "--force", box.id);
  assertEquals(directoriesOf(box.id), []);
});

Deno.test("a relative cgroupsPath counts from the runtime's own cgroup, in v2 from the one above", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => config.linux.cgroupsPath = `some/where-${box.id}`);
  const pid = box.createAndStart();
  const own = cgroupsOf("self");
  for (const [name, path] of cgroupsOf(pid)) {
    const base = name === "" ? parent(own.get(name)!) : own.get(name)!;
    assertEquals(path, `${base === "/" ? "" : base}/some/where-${box.id}`, name);
  }
  box.succeed("delete", "--force", box.id);
  // The directory above was made for it.
  assertEquals(cgroups().filter((path) => path.endsWith("/some")), []);
});

Deno.test("without a cgroupsPath the cgroup is named by the ID", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => delete config.linux.cgroupsPath);
  const pid = box.createAndStart();
  for (const [name, path] of cgroupsOf(pid)) {
    assert(path.endsWith(`/${box.id}`), `${name}: ${path}`);
  }
});

Deno.test("one and the same cgroupsPath leads to the same place again", () => {
  using box = new Sandbox();
  box.script("cat /proc/self/cgroup", (config) => {
    config.linux.cgroupsPath = `/runts-test/../runts-test/./${box.id}/`;
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
      type !== "cgroup"
    );
  });
  const first = box.output();
  assert(
    first.split("\n").every((line) => line === "" || line.endsWith(`:/runts-test/${box.id}`)),
    first,
  );
  assertEquals(box.output(), first);
});

Deno.test("in a cgroup namespace of its own the container is at the root", () => {
  using box = new Sandbox();
  box.script(
    "cat /proc/self/cgroup; echo; cat /proc/1/cgroup; grep -c ^1$ /sys/fs/cgroup/*/cgroup.procs /sys/fs/cgroup/cgroup.procs",
  );
  const { stdout } = box.runts("run", box.id);
  const [self = "", init = ""] = stdout.split("\n\n");
  assertEquals(self.split("\n").filter((line) => !line.endsWith(":/")), []);
  assertEquals(init.split("\n").slice(0, self.split("\n").length), self.split("\n"));
  // What is mounted is the container's own: init is in it.
  const counts = init.split("\n").filter((line) => line.includes("cgroup.procs:"));
  assert(counts.length > 0);
  assertEquals(counts.filter((line) => !line.endsWith(":1")), []);
});

Deno.test("a cgroup that was there before is used, and stays", () => {
  using box = new Sandbox();
  box.script("true");
  box.succeed("create", box.id);
  const places = directoriesOf(box.id);
  box.succeed("delete", "--force", box.id);
  assertEquals(directoriesOf(box.id), []);
  for (const path of places) Deno.mkdirSync(path, { recursive: true });
  try {
    box.succeed("create", box.id);
    box.succeed("start", box.id);
    box.waitUntilStopped();
    box.succeed("delete", box.id);
    assertEquals(directoriesOf(box.id), places);
  } finally {
    removeAll(places);
  }
});

Deno.test("where it was there in one hierarchy only, the others' are removed", () => {
  using box = new Sandbox();
  box.script("true");
  box.succeed("create", box.id);
  const [kept] = directoriesOf(box.id) as [string];
  box.succeed("delete", "--force", box.id);
  Deno.mkdirSync(kept, { recursive: true });
  try {
    box.succeed("run", box.id);
    assertEquals(directoriesOf(box.id), [kept]);
  } finally {
    Deno.removeSync(kept);
  }
});

Deno.test("directories above are removed with the last that is in them, if they were made for it", () => {
  using first = new Sandbox();
  using second = new Sandbox();
  const above = `above-${first.id}`;
  first.script("sleep 10000", (config) => config.linux.cgroupsPath = `/${above}/one/${first.id}`);
  second.script("sleep 10000", (config) => config.linux.cgroupsPath = `/${above}/two/${second.id}`);
  first.createAndStart();
  second.createAndStart();
  second.succeed("delete", "--force", second.id);
  assertEquals(directoriesOf("two"), []);
  assertEquals(directoriesOf(above).length, directoriesOf(first.id).length);
  first.succeed("delete", "--force", first.id);
  assertEquals(directoriesOf(above), []);
});

Deno.test("what the container or others have made below the cgroup goes with it", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.createAndStart();
  for (const path of directoriesOf(box.id)) Deno.mkdirSync(`${path}/a/b`, { recursive: true });
  box.succeed("delete", "--force", box.id);
  assertEquals(cgroups().filter((path) => path.includes(box.id)), []);
});

Deno.test("a cgroup in which there are processes is refused, and they are left alone", () => {
  using box = new Sandbox();
  box.script("true");
  box.succeed("create", box.id);
  const [place] = directoriesOf(box.id) as [string];
  box.succeed("delete", "--force", box.id);
  using holder = new NamespaceHolder([]);
  Deno.mkdirSync(place, { recursive: true });
  try {
    Deno.writeTextFileSync(`${place}/cgroup.procs`, String(holder.pid));
    const message = failure(box.runts("create", box.id));
    assert(message.includes("container's cgroup is not empty: 1 process(es) found"), message);
    assertEquals(directoriesOf(box.id), [place]);
    assert(holder.isAlive());
  } finally {
    holder[Symbol.dispose]();
    waitUntil(() => Deno.readTextFileSync(`${place}/cgroup.procs`) === "");
    Deno.removeSync(place);
  }
});

Deno.test("a frozen cgroup is refused", () => {
  using box = new Sandbox();
  box.script("true");
  box.succeed("create", box.id);
  const place = directoriesOf(box.id).find((path) =>
    run(["test", "-e", `${path}/freezer.state`, "-o", "-e", `${path}/cgroup.freeze`]).code === 0
  )!;
  box.succeed("delete", "--force", box.id);
  const [file, frozen, thawed] = place.includes("/freezer/")
    ? ["freezer.state", "FROZEN", "THAWED"]
    : ["cgroup.freeze", "1", "0"];
  Deno.mkdirSync(place, { recursive: true });
  try {
    Deno.writeTextFileSync(`${place}/${file}`, frozen!);
    const message = failure(box.runts("create", box.id));
    assert(message.includes("container's cgroup unexpectedly frozen"), message);
    assertEquals(directoriesOf(box.id), [place]);
  } finally {
    Deno.writeTextFileSync(`${place}/${file}`, thawed!);
    Deno.removeSync(place);
  }
});

Deno.test("a failing create leaves no cgroup", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.process.args = ["missing"];
    config.linux.cgroupsPath = `/above-${box.id}/below`;
  });
  failure(box.runts("create", box.id));
  assertEquals(cgroups().filter((path) => path.includes(box.id)), []);
});

for (
  const [path, why] of [
    ["/", "must name a cgroup below"],
    ["..", "must not lead out"],
    ["/a/../..", "must not lead out"],
    ["/a/..", "must name a cgroup below"],
    ["system.slice:runts:name", "--systemd-cgroup"],
    ["/a\nb", "no newline"],
  ] as const
) {
  Deno.test(`the cgroupsPath ${JSON.stringify(path)} is refused`, () => {
    using box = new Sandbox();
    box.script("true", (config) => config.linux.cgroupsPath = path);
    const message = failure(box.runts("create", box.id));
    assert(message.includes(`linux.cgroupsPath: `) && message.includes(why), message);
    assertEquals(cgroups().filter((path) => /\/(?:a|a\n.*|system\.slice:.*)$/.test(path)), []);
    assertEquals(box.traces(), []);
  });
}

Deno.test("without a PID namespace the cgroup is what finds the container's processes", () => {
  using box = new Sandbox();
  box.script("setsid sleep 10000 & setsid sleep 10001 & exec sleep 10002", (config) => {
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
      type !== "pid"
    );
  });
  box.createAndStart();
  const [directory] = directoriesOf(box.id);
  const pids = () =>
    Deno.readTextFileSync(`${directory}/cgroup.procs`).trim().split("\n").map(Number);
  waitUntil(() => pids().length === 3);
  const all = pids();
  box.succeed("delete", "--force", box.id);
  // A process leaves its cgroup a moment before it has ended.
  waitUntil(() => all.every(hasEnded));
});
