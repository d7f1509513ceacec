/** Scheduling, I/O priority, memory policy and personality: of the program, and of nothing else. @module */
import { assert, assertEquals } from "#assert";
import { rootlessConfig } from "../../spec/default_config.ts";
import { type Editable, exists, failure, run, Sandbox } from "../lib/sandbox.ts";
import { ON_ALL_PROCESSORS } from "../lib/processors.ts";

/** What the kernel says of a process: `nice policy`, and ionice(1)'s line. */
function scheduling(pid: number): string[] {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [`${fields[16]} ${fields[38]}`, run(["ionice", "-p", String(pid)]).stdout.trim()];
}

/** A hook that leaves its own scheduling in a file. */
function tellingHook(file: string): { path: string; args: string[] } {
  const script = `cut -d ' ' -f 19,41 /proc/self/stat > ${file}; ionice >> ${file}`;
  return { path: "/bin/sh", args: ["sh", "-c", script] };
}

function addUserNamespace(config: Editable): void {
  config.linux.namespaces.push({ type: "user" });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
}

/** Takes privileges, and is told apart from what a test inherits. */
function favour(config: Editable): void {
  config.process.scheduler = { policy: "SCHED_BATCH", nice: -5 };
  config.process.ioPriority = { class: "IOPRIO_CLASS_RT", priority: 3 };
}

const FAVOURED = ["-5 3", "realtime: prio 3"];

Deno.test("a created container waits with its scheduling; hooks and runtime have their own", () => {
  using box = new Sandbox();
  const told = (name: string) => `${box.directory}/${name}`;
  box.script("sleep 10000", (config) => {
    favour(config);
    config.hooks = {
      createRuntime: [tellingHook(told("createRuntime"))],
      createContainer: [tellingHook(told("createContainer"))],
      poststart: [tellingHook(told("poststart"))],
    };
  });
  box.succeed("create", box.id);
  const { pid } = box.state();
  assertEquals(scheduling(pid), FAVOURED);
  box.succeed("start", box.id);
  assertEquals(scheduling(pid), FAVOURED);
  const own = scheduling(Deno.pid);
  assert(own.join() !== FAVOURED.join());
  for (const name of ["createRuntime", "createContainer", "poststart"]) {
    assertEquals([name, Deno.readTextFileSync(told(name)).trim().split("\n")], [name, own]);
  }
});

Deno.test("a user namespace does not keep root's container from a scheduling that takes privileges", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    addUserNamespace(config);
    config.process.user.uid = 7;
    favour(config);
  });
  const pid = box.createAndStart();
  assertEquals(scheduling(pid), FAVOURED);
});

Deno.test("a container's user without privileges gets the scheduling all the same", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.process.user = { uid: 1000, gid: 1000 };
    delete config.process.capabilities;
    favour(config);
  });
  assertEquals(scheduling(box.createAndStart()), FAVOURED);
});

Deno.test({
  name: "SCHED_DEADLINE in a user namespace",
  ignore: !ON_ALL_PROCESSORS,
  fn() {
    using box = new Sandbox();
    box.script("exec sleep 10000", (config) => {
      addUserNamespace(config);
      config.process.scheduler = {
        policy: "SCHED_DEADLINE",
        runtime: 1_000_000,
        deadline: 50_000_000,
        period: 100_000_000,
      };
    });
    const pid = box.createAndStart();
    const { stdout } = run(["chrt", "--pid", String(pid)]);
    assert(stdout.includes("SCHED_DEADLINE"), stdout);
    assert(stdout.includes("1000000/50000000/100000000"), stdout);
  },
});

for (
  const [name, edit, start] of [
    [
      "scheduler",
      (config: Editable) => {
        // The kernel's least runtime is 1024 ns.
        config.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1, deadline: 2, period: 3 };
      },
      "Cannot set the scheduler: sched_setattr(0, {sched_policy=SCHED_DEADLINE, ",
    ],
    [
      "scheduler in a user namespace",
      (config: Editable) => {
        addUserNamespace(config);
        config.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1, deadline: 2, period: 3 };
      },
      "Cannot schedule init: sched_setattr(",
    ],
    [
      "memory policy",
      (config: Editable) => {
        config.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "1000" };
      },
      "Cannot set the memory policy: set_mempolicy(MPOL_BIND, [1000], 1025)",
    ],
  ] as const
) {
  Deno.test(`a ${name} that the kernel refuses fails create, and leaves nothing`, () => {
    using box = new Sandbox();
    box.script("true", edit);
    const message = failure(box.runts("create", box.id));
    assert(message.startsWith(start), message);
    assert(message.includes(": EINVAL ("), message);
    assertEquals(box.traces(), []);
  });
}

Deno.test("a real-time policy in a cgroup with time for it", () => {
  using box = new Sandbox();
  using cgroup = new RealTimeCgroup(box.id);
  box.script("exec sleep 10000", (config) => {
    config.linux.cgroupsPath = cgroup.path;
    config.process.scheduler = {
      policy: "SCHED_RR",
      priority: 7,
      flags: ["SCHED_FLAG_RESET_ON_FORK"],
    };
  });
  const pid = box.createAndStart();
  const { stdout } = run(["chrt", "--pid", String(pid)]);
  assert(stdout.includes("SCHED_RR|SCHED_RESET_ON_FORK"), stdout);
  assert(/priority: 7$/m.test(stdout), stdout);
  box.succeed("delete", "--force", box.id);
});

/** With CONFIG_RT_GROUP_SCHED on cgroup v1 a new cgroup has no time for real-time policies, and the kernel refuses them. */
class RealTimeCgroup implements Disposable {
  readonly path: string;
  readonly #made: string[] = [];

  constructor(id: string) {
    this.path = `/runts-test-rt/${id}`;
    const root = "/sys/fs/cgroup/cpu";
    if (!exists(`${root}/cpu.rt_runtime_us`)) return;
    for (const path of ["/runts-test-rt", this.path]) {
      if (!exists(root + path)) {
        Deno.mkdirSync(root + path);
        this.#made.unshift(root + path);
      }
      Deno.writeTextFileSync(`${root}${path}/cpu.rt_runtime_us`, "10000");
    }
  }

  [Symbol.dispose](): void {
    for (const path of this.#made) Deno.removeSync(path);
  }
}

Deno.test("the memory policy is set twice: the nodes count by the cgroup, which init enters in between", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0" };
  });
  const { code, stderr } = box.runts("--debug", "run", box.id);
  assertEquals(code, 0, stderr);
  const calls = [...stderr.matchAll(/(set_mempolicy|accept4|execve)\(/g)].map(([, name]) => name);
  assertEquals(calls, ["set_mempolicy", "accept4", "set_mempolicy", "execve"]);
});

// Without privileges --------------------------------------------------------------------------------------------------

const UID = 1000;

const UNPRIVILEGED = [
  ...["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"],
  ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
];

function rootless(box: Sandbox, edit: (config: Editable) => void): void {
  const config: Editable = structuredClone(rootlessConfig(UID, UID));
  config.process.terminal = false;
  config.process.args = ["sh", "-c", "cut -d ' ' -f 19,41 /proc/self/stat; ionice"];
  edit(config);
  box.writeConfig(JSON.stringify(config));
  Deno.symlinkSync("busybox", `${box.rootfs}/bin/ionice`);
  run(["chown", "--recursive", "--no-dereference", `${UID}:${UID}`, box.directory]);
}

/** With a sysctl or an LSM a distribution may keep users from making user namespaces: then there is nothing to test. */
const mayUnshare = run([...UNPRIVILEGED, "unshare", "--user", "true"]).code === 0;

Deno.test({
  name: "a user without privileges may give way, and not push forward",
  ignore: !mayUnshare,
  fn: () => {
    using box = new Sandbox();
    rootless(box, (config) => {
      config.process.scheduler = { policy: "SCHED_IDLE", nice: 4 };
      config.process.ioPriority = { class: "IOPRIO_CLASS_IDLE", priority: 0 };
    });
    const { code, stdout, stderr } = box.runtsWith({ prefix: UNPRIVILEGED }, "run", box.id);
    assertEquals(code, 0, stderr);
    const [policy, io] = stdout.trim().split("\n");
    assertEquals([policy?.split(" ")[1], io], ["5", "idle"]);

    using other = new Sandbox();
    rootless(other, favour);
    const result = other.runtsWith({ prefix: UNPRIVILEGED }, "run", other.id);
    assertEquals(result.code, 1);
    assert(result.stderr.includes("Cannot set the scheduler: sched_setattr(0, "), result.stderr);
    assert(result.stderr.includes("EPERM (Operation not permitted)"), result.stderr);
    assertEquals(other.traces(), []);
  },
});
