/**
 * `checkpoint` and `restore` by a real CRIU, where the machine has one that works. checkpoint_protocol_test.ts has what can be
 * tried without.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder, namespaceOf } from "../lib/namespace_holder.ts";
import { Screen } from "../lib/pty.ts";
import { receive } from "../lib/receiver.ts";
import {
  type Editable,
  exists,
  failure,
  hasEnded,
  run,
  RUNTS,
  Sandbox,
  start,
  waitUntil,
} from "../lib/sandbox.ts";

/** What restores where it dumps: CRIU's own check of the kernel. */
const ignore = !worksHere();

function worksHere(): boolean {
  const program = ["/usr/sbin/criu", "/usr/local/sbin/criu"].find(exists);
  return program !== undefined && run([program, "check"]).code === 0;
}

/** Counts in a variable, which only lives on in memory, and shows it. */
const COUNT =
  "n=0; while :; do n=$((n+1)); echo $n >/tmp/draft; mv /tmp/draft /tmp/n; usleep 20000; done";

/** A sandbox whose container counts, and may write into its root. */
function counting(edit?: (config: Editable) => void): Sandbox {
  const box = new Sandbox();
  box.script(COUNT, (config) => {
    config.root.readonly = false;
    edit?.(config);
  });
  return box;
}

function count(box: Sandbox): number {
  const path = `${box.rootfs}/tmp/n`;
  return exists(path) ? Number(Deno.readTextFileSync(path)) : 0;
}

/** Waits until the container has counted on from there, which one that began anew would not have done yet. */
function waitForMore(box: Sandbox, than: number, id = box.id): void {
  const { pid } = JSON.parse(box.succeed("state", id).stdout);
  waitUntil(() => count(box) > than || hasEnded(pid));
  assert(count(box) > than, `the container ended at ${count(box)}`);
}

/** Lets a container count to 10, and writes it into files. @returns How far it came. */
function checkpoint(box: Sandbox, ...flags: string[]): number {
  box.createAndStart();
  waitForMore(box, 10);
  box.succeed("checkpoint", "--image-path", `${box.directory}/images`, ...flags, box.id);
  return count(box);
}

function restore(box: Sandbox, ...flags: string[]): void {
  const images = `${box.directory}/images`;
  box.succeed("restore", "--detach", "--image-path", images, ...flags, box.id);
}

/** The restored container has the memory that it had, and the first number it shows follows the last. */
function assertGoesOn(box: Sandbox, last: number, id = box.id): void {
  const next = count(box);
  assert(next >= last, `${last} was followed by ${next}`);
  waitForMore(box, last, id);
}

Deno.test("checkpoint() writes a container away, and restore() lets it go on where it was", {
  ignore,
}, () => {
  using box = counting();
  const last = checkpoint(box);
  assertEquals(box.traces(), []);
  const file = `${box.directory}/pid`;
  restore(box, "--pid-file", file);
  const { pid, status } = box.state();
  assertEquals(status, "running");
  assertEquals(Deno.readTextFileSync(file), String(pid));
  assertGoesOn(box, last);
  assert(Deno.readTextFileSync(`/proc/${pid}/cgroup`).includes(box.id));
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  box.succeed("delete", box.id);
  assertEquals(box.traces(), []);
});

Deno.test("checkpoint() with --leave-running lets the container go on", { ignore }, () => {
  using box = counting();
  const last = checkpoint(box, "--leave-running");
  assertEquals(box.state().status, "running");
  waitForMore(box, last);
});

Deno.test("a checkpoint can have another before it, which has the memory that did not change", {
  ignore,
}, () => {
  using box = counting();
  box.createAndStart();
  waitForMore(box, 10);
  const parent = `${box.directory}/parent`;
  box.succeed("checkpoint", "--pre-dump", "--image-path", parent, box.id);
  assertEquals(box.state().status, "running");
  const images = `${box.directory}/images`;
  box.succeed("checkpoint", "--image-path", images, "--parent-path", "../parent", box.id);
  const last = count(box);
  restore(box);
  assertGoesOn(box, last);
});

Deno.test("restore() under another ID and cgroup; what is restored can be written away again", {
  ignore,
}, () => {
  using box = counting();
  checkpoint(box);
  box.configure((config) => {
    config.process.args = ["sh", "-c", COUNT];
    config.root.readonly = false;
    config.linux.cgroupsPath = `/runts-test/${box.id}-2`;
    config.linux.resources = { memory: { limit: 64 << 20 }, pids: { limit: 20 } };
  });
  const images = `${box.directory}/images`;
  const other = `${box.id}-2`;
  box.succeed("restore", "--detach", "--image-path", images, other);
  const { pid } = JSON.parse(box.succeed("state", other).stdout);
  const cgroup = Deno.readTextFileSync(`/proc/${pid}/cgroup`).trim().split("::")[1]!;
  assert(cgroup.endsWith(`/runts-test/${other}`), cgroup);
  assertEquals(Deno.readTextFileSync(`/sys/fs/cgroup${cgroup}/memory.max`), `${64 << 20}\n`);
  const again = `${box.directory}/again`;
  box.succeed("checkpoint", "--image-path", again, other);
  const last = count(box);
  box.succeed("restore", "--detach", "--image-path", again, other);
  assertGoesOn(box, last, other);
});

Deno.test(
  "a container without a cgroup is written away and restored without one",
  { ignore },
  () => {
    using box = counting((config) => {
      delete config.linux.cgroupsPath;
      delete config.linux.resources;
    });
    const without = (...args: string[]) => box.succeed("--cgroup-manager=disabled", ...args);
    const images = ["--image-path", `${box.directory}/images`];
    without("create", box.id);
    box.succeed("start", box.id);
    waitForMore(box, 10);
    without("checkpoint", ...images, box.id);
    const last = count(box);
    const back = ["restore", "--detach", ...images];
    const refused = box.runts("--cgroup-manager=disabled", ...back, box.id);
    assert(failure(refused).includes("--manage-cgroups-mode=ignore"), refused.stderr);
    without(...back, "--manage-cgroups-mode", "ignore", box.id);
    assertGoesOn(box, last);
    const place = (pid: number | string) => Deno.readTextFileSync(`/proc/${pid}/cgroup`);
    assertEquals(place(box.state().pid), place("self"), "it is where its caller is");
  },
);

Deno.test("restore() mounts again what is the host's, from where the configuration has it now", {
  ignore,
}, () => {
  using box = new Sandbox();
  const [one, two] = ["one", "two"].map((name) => {
    const path = `${box.directory}/${name}`;
    Deno.mkdirSync(`${path}/below`, { recursive: true });
    Deno.writeTextFileSync(`${path}/name`, `${name}\n`);
    return path;
  });
  const withVolume = (source: string): void =>
    box.script("cat /volume/name /file >/tmp/seen; " + COUNT, (config) => {
      config.root.readonly = false;
      config.mounts.push(
        { destination: "/volume", source, options: ["rbind", "ro"] },
        { destination: "/file", source: `${source}/name`, options: ["bind"] },
      );
    });
  run(["mount", "-t", "tmpfs", "tmpfs", `${one}/below`]);
  run(["mount", "-t", "tmpfs", "tmpfs", `${two}/below`]);
  try {
    Deno.writeTextFileSync(`${two}/below/deep`, "");
    withVolume(one!);
    const last = checkpoint(box);
    withVolume(two!);
    restore(box);
    assertGoesOn(box, last);
    const root = `/proc/${box.state().pid}/root`;
    assertEquals(Deno.readTextFileSync(`${root}/volume/name`), "two\n");
    assertEquals(Deno.readTextFileSync(`${root}/file`), "two\n");
    assert(exists(`${root}/volume/below/deep`));
    box.succeed("delete", "--force", box.id);
    withVolume(`${box.directory}/three`);
    const images = `${box.directory}/images`;
    assertEquals(
      failure(box.runts("restore", "--detach", "--image-path", images, box.id)),
      `Cannot make places for the mounts: Cannot make a place for "/volume" (mounts[7]): the source "${box.directory}/three" is missing`,
    );
  } finally {
    run(["umount", `${one}/below`, `${two}/below`]);
  }
});

Deno.test(
  "restore() of a container without a cgroup namespace shows it its new cgroup",
  { ignore },
  () => {
    using box = counting((config) => {
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
        type !== "cgroup"
      );
    });
    const last = checkpoint(box);
    restore(box);
    assertGoesOn(box, last);
    const { pid } = box.state();
    const procs = Deno.readTextFileSync(`/proc/${pid}/root/sys/fs/cgroup/cgroup.procs`);
    assert(procs.split("\n").includes(String(pid)), procs);
  },
);

Deno.test("restore() of a container with a user namespace", { ignore }, () => {
  using box = counting((config) => {
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  });
  Deno.chmodSync(`${box.rootfs}/tmp`, 0o777);
  const last = checkpoint(box);
  restore(box);
  assertGoesOn(box, last);
  assertEquals(
    Deno.readTextFileSync(`/proc/${box.state().pid}/uid_map`).trim().split(/\s+/),
    ["0", "100000", "65536"],
  );
});

Deno.test("restore() joins the namespaces that the configuration names", { ignore }, () => {
  using holder = new NamespaceHolder(["network", "ipc", "uts"], "ip link set lo up; hostname pod");
  using box = counting((config) => {
    delete config.hostname;
    for (const kind of ["network", "ipc", "uts"] as const) {
      config.linux.namespaces.find(({ type }: { type: string }) => type === kind).path = holder
        .path(kind);
    }
  });
  const last = checkpoint(box);
  restore(box);
  assertGoesOn(box, last);
  const { pid } = box.state();
  for (const kind of ["network", "ipc", "uts"] as const) {
    assertEquals(namespaceOf(pid, kind), namespaceOf(holder.pid, kind), kind);
  }
  box.succeed("delete", "--force", box.id);
  assert(holder.isAlive());
});

Deno.test("restore() sends the terminal to the console socket", { ignore }, () => {
  using box = new Sandbox();
  box.script(
    'while read line; do echo "<$line>"; done',
    (config) => config.process.terminal = true,
  );
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  const images = `${box.directory}/images`;
  box.succeed("create", "--console-socket", path, box.id);
  {
    using screen = new Screen(receiver.take().fd);
    box.succeed("start", box.id);
    screen.type("before\r");
    screen.until("<before>\r\n");
    box.succeed("checkpoint", "--image-path", images, box.id);
  }
  assertEquals(
    failure(box.runts("restore", "--detach", "--image-path", images, box.id)),
    "Cannot validate the configuration: cannot allocate tty if runts will detach without setting console socket",
  );
  box.succeed("restore", "--detach", "--console-socket", path, "--image-path", images, box.id);
  const { text, fd } = receiver.take();
  assertEquals(text, "/dev/pts/0");
  using screen = new Screen(fd);
  screen.type("after\r");
  screen.until("<after>\r\n");
});

Deno.test("restore() in the foreground has the caller's stdio, and returns the exit code", {
  ignore,
}, async () => {
  using box = new Sandbox();
  // By pipes, as clients have it: CRIU compares the size of a file that stands in for another.
  box.script(
    "echo up; while [ ! -e /tmp/end ]; do usleep 20000; done; echo out; exit 7",
    (config) => {
      config.root.readonly = false;
    },
  );
  const images = `${box.directory}/images`;
  const runts = `${RUNTS} --root ${box.root}`;
  const shell = (command: string) => run(["sh", "-c", `(${command}; echo $?) 2>&1 | cat`]);
  // The container keeps the pipe open until it is gone.
  const first = start(["sh", "-c", `${runts} run --detach -b ${box.bundle} ${box.id} 2>&1 | cat`]);
  waitUntil(() => first.soFar().stdout === "up\n");
  box.succeed("checkpoint", "--image-path", images, box.id);
  assertEquals(await first.result(), { code: 0, stdout: "up\n", stderr: "" });
  Deno.writeTextFileSync(`${box.rootfs}/tmp/end`, "");
  assertEquals(shell(`${runts} restore -b ${box.bundle} --image-path ${images} ${box.id}`), {
    code: 0,
    stdout: "out\n7\n",
    stderr: "",
  });
  assertEquals(box.traces(), []);
});

Deno.test("checkpoint() runs the poststop hooks; restore() prestart and createRuntime", {
  ignore,
}, () => {
  using box = new Sandbox();
  const log = `${box.directory}/hooks`;
  const hook = (name: string) => ({ path: "/bin/sh", args: ["sh", "-c", `echo ${name} >>${log}`] });
  const names = [
    "prestart",
    "createRuntime",
    "createContainer",
    "startContainer",
    "poststart",
    "poststop",
  ];
  box.script(COUNT, (config) => {
    config.root.readonly = false;
    config.hooks = Object.fromEntries(
      names.filter((name) => name !== "startContainer").map((name) => [name, [hook(name)]]),
    );
  });
  checkpoint(box);
  assertEquals(
    Deno.readTextFileSync(log).trim().split("\n"),
    ["prestart", "createRuntime", "createContainer", "poststart", "poststop"],
  );
  Deno.removeSync(log);
  restore(box);
  assertEquals(Deno.readTextFileSync(log).trim().split("\n"), ["prestart", "createRuntime"]);
});

Deno.test(
  "checkpoint() that cannot have its parent leaves the container running",
  { ignore },
  () => {
    using box = counting();
    box.createAndStart();
    waitForMore(box, 5);
    const pid = box.state().pid;
    const images = `${box.directory}/images`;
    const parent = failure(
      box.runts("checkpoint", "--image-path", images, "--parent-path", "nowhere", box.id),
    );
    assert(parent.startsWith("Cannot open the directories: --parent-path: "), parent);
    assert(!hasEnded(pid));
    waitForMore(box, count(box));
  },
);
