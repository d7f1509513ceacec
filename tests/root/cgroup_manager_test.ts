/** `--cgroup-manager=disabled`: containers in their caller's cgroup. @module */
import { assert, assertEquals } from "#assert";
import { cgroups, type Editable, exists, failure, Sandbox, waitUntil } from "../lib/sandbox.ts";

const DISABLED = "--cgroup-manager=disabled";

function withoutLimits(config: Editable): void {
  delete config.linux.cgroupsPath;
  delete config.linux.resources;
}

/** A container that runs in our own cgroup, and hears TERM already. */
function createAndStart(box: Sandbox): number {
  box.script("trap 'exit 3' TERM; : >/tmp/up; while :; do sleep 0.05; done", (config) => {
    withoutLimits(config);
    config.root.readonly = false;
  });
  box.succeed(DISABLED, "create", box.id);
  box.succeed("start", box.id);
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  return box.state().pid;
}

Deno.test("with --cgroup-manager=disabled a container stays in its caller's cgroup", () => {
  using box = new Sandbox();
  const pid = createAndStart(box);
  assertEquals(
    Deno.readTextFileSync(`/proc/${pid}/cgroup`),
    Deno.readTextFileSync("/proc/self/cgroup"),
  );
  assertEquals(cgroups().filter((path) => path.includes(box.id)), []);
  box.succeed("exec", box.id, "/bin/true");
  box.succeed("kill", box.id, "TERM");
  box.waitUntilStopped();
  box.succeed("delete", box.id);
});

Deno.test("without a cgroup a container runs to its end, and is killed with all that it has", () => {
  using box = new Sandbox();
  box.script("exit 7", withoutLimits);
  assertEquals(box.runts(DISABLED, "run", box.id).code, 7);
  createAndStart(box);
  // Init takes its PID namespace along.
  box.succeed("kill", "--all", box.id, "KILL");
  box.waitUntilStopped();
  box.succeed("kill", "--all", box.id, "TERM");
  box.succeed("delete", box.id);
});

Deno.test("what takes a cgroup is refused in one sentence where there is none", () => {
  using box = new Sandbox();
  createAndStart(box);
  for (
    const [message, ...words] of [
      ["Cannot pause the container: It has no cgroup", "pause", box.id],
      ["Cannot list the processes of the container: It has no cgroup", "ps", box.id],
      [
        "Cannot signal all processes of the container: It has no cgroup to find them by",
        "kill",
        "--all",
        box.id,
        "USR1",
      ],
      [
        "Cannot set the limits: linux.resources.pids.limit: the container has no cgroup",
        "update",
        "--pids-limit",
        "7",
        box.id,
      ],
      ["Cannot resume the container: container not paused", "resume", box.id],
    ] as [string, ...string[]][]
  ) {
    const found = failure(box.runts(...words));
    assert(found.includes(message), found);
  }
  assertEquals(box.state().status, "running");
  box.succeed("delete", "--force", box.id);
});

Deno.test("exec --cgroup is refused where there is no cgroup, whatever the path", () => {
  using box = new Sandbox();
  createAndStart(box);
  for (const path of ["sub", "/", "pids:sub"]) {
    const { code, stdout, stderr } = box.runts("exec", "--cgroup", path, box.id, "/bin/echo", "hi");
    assertEquals([code, stdout], [255, ""]);
    const place = JSON.stringify(path.replace("pids:", ""));
    const why = `--cgroup ${place}: the container has no cgroup`;
    const message = `Cannot put the process in the cgroup: ${why}`;
    assert(stderr.endsWith(` level=error msg=${JSON.stringify(message)}\n`), stderr);
  }
  box.succeed("exec", box.id, "/bin/true");
});

Deno.test("limits that nothing would hold a container to are refused by name", () => {
  using box = new Sandbox();
  const cases: [string, (config: Editable) => void][] = [
    ["linux.cgroupsPath", (config) => config.linux.cgroupsPath = "/runts-test/a"],
    ["linux.resources.pids", (config) => config.linux.resources = { pids: { limit: 9 } }],
    [
      "linux.resources.devices",
      (config) => {
        config.linux.resources = { devices: [{ allow: false, type: "c", major: 1, minor: 3 }] };
      },
    ],
  ];
  for (const [property, edit] of cases) {
    box.configure((config) => {
      withoutLimits(config);
      edit(config);
    });
    const message = failure(box.runts(DISABLED, "create", box.id));
    const why = `${property}: the container has no cgroup, by --cgroup-manager=disabled`;
    assert(message.includes(`Cannot do without a cgroup: ${why}`), message);
  }
});

Deno.test("the device rule that every tool writes is a warning, which says what it comes to", () => {
  using box = new Sandbox();
  for (
    const [capability, what] of [
      ["CAP_CHOWN", "the container may use those that it finds"],
      ["CAP_MKNOD", "with CAP_MKNOD, the container may make and use any"],
    ] as const
  ) {
    box.script("exit 7", (config) => {
      withoutLimits(config);
      config.linux.resources = { devices: [{ allow: false, access: "rwm" }] };
      config.process.capabilities = { bounding: [capability] };
    });
    const { code, stderr } = box.runts(DISABLED, "run", box.id);
    assertEquals(code, 7);
    const why = `not applied, since the container has no cgroup: ${what}`;
    assert(stderr.includes(`level=warning msg="linux.resources.devices: ${why}"`), stderr);
  }
});
