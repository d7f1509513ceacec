/** What `process` and `linux` say of scheduling, I/O priority, memory policy and personality. @module */
import { assert, assertEquals } from "#assert";
import { type Editable, exists, failure, Sandbox } from "../lib/sandbox.ts";
import { ON_ALL_PROCESSORS } from "../lib/processors.ts";

/** Runs a script in a container and returns its lines. */
function output(script: string, edit: (config: Editable) => void): string[] {
  using box = new Sandbox();
  Deno.symlinkSync("busybox", `${box.rootfs}/bin/ionice`);
  box.script(script, edit);
  return box.output().trim().split("\n");
}

/** The message with which a configuration is refused; nothing may be left. */
function refusal(edit: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script("true", edit);
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

/** nice, rt_priority and policy of the shell itself: proc_pid_stat(5). */
const SCHEDULING =
  "read line < /proc/self/stat; set -- ${line##*) }; shift 16; echo $1 ${22} ${23}";

const POLICIES: readonly [scheduler: Editable, seen: string][] = [
  [{ policy: "SCHED_OTHER" }, "0 0 0"],
  [{ policy: "SCHED_OTHER", nice: 5 }, "5 0 0"],
  [{ policy: "SCHED_OTHER", nice: -20 }, "-20 0 0"],
  [{ policy: "SCHED_BATCH", nice: 19 }, "19 0 3"],
  [{ policy: "SCHED_IDLE" }, "0 0 5"],
];

for (const [scheduler, seen] of POLICIES) {
  Deno.test(`config.md#configLinuxProcess: scheduler ${JSON.stringify(scheduler)} is the process's`, () => {
    assertEquals(output(SCHEDULING, (config) => config.process.scheduler = scheduler), [seen]);
  });
}

Deno.test({
  name: "config.md#configLinuxProcess: scheduler SCHED_DEADLINE has runtime, deadline and period",
  ignore: !ON_ALL_PROCESSORS,
  fn() {
    const [policy, ...parameters] = output(
      `${SCHEDULING}; grep -o '^dl[.][a-z]* *: *[0-9]*' /proc/1/sched | tr -d ' ' || true`,
      (config) => {
        config.process.scheduler = {
          policy: "SCHED_DEADLINE",
          // Else it could not start another process.
          flags: ["SCHED_FLAG_RESET_ON_FORK"],
          runtime: 2_000_000,
          deadline: 30_000_000,
          period: 100_000_000,
        };
      },
    );
    assertEquals(policy?.split(" ")[2], "6");
    assert(parameters.length === 0 || parameters.some((line) => line.startsWith("dl.")));
  },
});

Deno.test("config.md#configLinuxProcess: scheduler flag SCHED_FLAG_RESET_ON_FORK spares the children", () => {
  const edit = (flags: string[]) => (config: Editable) => {
    config.process.scheduler = { policy: "SCHED_OTHER", nice: -3, flags };
  };
  const script = `sh -c '${SCHEDULING}'; true`;
  assertEquals(output(script, edit([])), ["-3 0 0"]);
  assertEquals(output(script, edit(["SCHED_FLAG_RESET_ON_FORK"])), ["0 0 0"]);
});

Deno.test("config.md#configLinuxProcess: scheduler flags SCHED_FLAG_KEEP_… leave what is there", () => {
  const seen = (scheduler: Editable) =>
    output(SCHEDULING, (config) => config.process.scheduler = scheduler);
  assertEquals(seen({ policy: "SCHED_IDLE", flags: ["SCHED_FLAG_KEEP_POLICY"] }), ["0 0 0"]);
  const flags = ["SCHED_FLAG_KEEP_PARAMS"];
  assertEquals(seen({ policy: "SCHED_OTHER", nice: 5, flags }), ["0 0 0"]);
});

Deno.test({
  name:
    "config.md#configLinuxProcess: scheduler flags of SCHED_DEADLINE and of clamps are told the kernel",
  ignore: !ON_ALL_PROCESSORS,
  fn() {
    const deadline = { runtime: 2_000_000, deadline: 30_000_000, period: 100_000_000 };
    const flags = ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"];
    const [seen] = output(SCHEDULING, (config) => {
      config.process.scheduler = { policy: "SCHED_DEADLINE", ...deadline, flags };
    });
    assertEquals(seen?.split(" ")[2], "6");
    using box = new Sandbox();
    box.script("true", (config) => {
      const flags = ["SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX"];
      config.process.scheduler = { policy: "SCHED_OTHER", flags };
    });
    const result = box.runts("run", box.id);
    // A kernel without CONFIG_UCLAMP_TASK.
    if (result.code !== 0) assert(failure(result).includes(": EOPNOTSUPP ("), result.stderr);
  },
});

Deno.test("config.md#configLinuxProcess: scheduler values that make no sense are refused by name", () => {
  for (
    const [scheduler, property] of [
      [{ policy: "SCHED_NONE" }, "process.scheduler.policy"],
      [{ policy: "SCHED_ISO" }, "process.scheduler.policy"],
      [{ policy: "SCHED_OTHER", nice: 20 }, "process.scheduler.nice"],
      [{ policy: "SCHED_FIFO" }, "process.scheduler.priority"],
      [{ policy: "SCHED_OTHER", priority: 1 }, "process.scheduler.priority"],
      [{ policy: "SCHED_RR", priority: 1, period: 1 }, "process.scheduler.period"],
      [{ policy: "SCHED_OTHER", flags: ["SCHED_FLAG_NONE"] }, "process.scheduler.flags[0]"],
      [{ policy: "SCHED_DEADLINE", runtime: 2, deadline: 1 }, "process.scheduler.runtime"],
    ]
  ) {
    const message = refusal((config) => config.process.scheduler = scheduler);
    assert(message.includes(`${property}`), message);
  }
});

Deno.test("config.md#configLinuxProcess: without scheduler and ioPriority the process has the runtime's", () => {
  using box = new Sandbox();
  Deno.symlinkSync("busybox", `${box.rootfs}/bin/ionice`);
  box.script(`${SCHEDULING}; ionice`);
  const prefix = ["nice", "-n", "4", "ionice", "-c", "2", "-n", "6"];
  const lines = box.output({ prefix }).trim().split("\n");
  assertEquals(lines, ["4 0 0", "best-effort: prio 6"]);
});

for (
  const [ioPriority, seen] of [
    [{ class: "IOPRIO_CLASS_RT", priority: 0 }, "realtime: prio 0"],
    [{ class: "IOPRIO_CLASS_BE", priority: 7 }, "best-effort: prio 7"],
    [{ class: "IOPRIO_CLASS_IDLE", priority: 0 }, "idle"],
  ] as const
) {
  Deno.test(`config.md#configLinuxProcess: ioPriority ${ioPriority.class} is all processes'`, () => {
    assertEquals(
      output("ionice; sh -c 'ionice; true'", (config) => config.process.ioPriority = ioPriority),
      [seen, seen],
    );
  });
}

Deno.test("config.md#configLinuxProcess: ioPriority values that make no sense are refused by name", () => {
  const priority = refusal((config) => {
    config.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 8 };
  });
  assert(priority.includes("process.ioPriority.priority"), priority);
  const name = refusal((config) => {
    config.process.ioPriority = { class: "IOPRIO_CLASS_NONE", priority: 0 };
  });
  assert(name.includes("process.ioPriority.class"), name);
});

Deno.test("config.md#configLinuxProcess: execCPUAffinity does not concern init, and is refused if it is no list", () => {
  const cpus = "grep Cpus_allowed_list /proc/self/status";
  const all = output(cpus, () => {});
  const edit = (config: Editable) => config.process.execCPUAffinity = { initial: "0", final: "0" };
  assertEquals(output(cpus, edit), all);
  const message = refusal((config) => config.process.execCPUAffinity = { initial: "0-" });
  assert(message.includes("process.execCPUAffinity.initial"), message);
});

Deno.test("config.md#configLinuxProcess: without execCPUAffinity.final exec SHOULD NOT change the affinity", () => {
  for (const final of [undefined, ""]) {
    using box = new Sandbox();
    box.script("sleep 10000", (config) => {
      config.process.execCPUAffinity = final === undefined ? {} : { final };
    });
    box.createAndStart();
    const seen = (...prefix: string[]) =>
      box.runtsWith({ prefix }, "exec", box.id, "grep", "Cpus_allowed_list", "/proc/self/status")
        .stdout;
    assertEquals(seen("taskset", "--cpu-list", "0"), "Cpus_allowed_list:\t0\n");
    assertEquals(seen(), /^Cpus_allowed_list.*\n/m.exec(ownStatus())?.[0]);
  }
});

function ownStatus(): string {
  return Deno.readTextFileSync("/proc/self/status");
}

Deno.test("config.md#configLinuxProcess: oomScoreAdj is written, 0 too, and not changed when it is not set", () => {
  const read = "cat /proc/self/oom_score_adj";
  const CAP_SYS_RESOURCE = 1n << 24n;
  const [, mask = ""] = /^CapEff:\t(.*)$/m.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
  // Below what the test has itself it takes that capability.
  const negative = (BigInt(`0x${mask}`) & CAP_SYS_RESOURCE) === 0n ? [] : [-50, -1000];
  for (const value of [0, 100, 1000, ...negative]) {
    assertEquals(output(read, (config) => config.process.oomScoreAdj = value), [String(value)]);
  }
  using box = new Sandbox();
  box.script(read, (config) => delete config.process.oomScoreAdj);
  const prefix = ["sh", "-c", 'echo 77 > /proc/self/oom_score_adj; exec "$@"', "sh"];
  assertEquals(box.output({ prefix }), "77\n");
});

Deno.test("config-linux.md#configLinuxPersonality: LINUX32 shows a 32-bit machine", () => {
  const edit = (domain: string) => (config: Editable) => config.linux.personality = { domain };
  const native = output("uname -m", () => {})[0];
  assertEquals(native, Deno.build.arch);
  assertEquals(output("uname -m; sh -c 'uname -m'", edit("LINUX")), [native, native]);
  if (Deno.build.arch !== "x86_64") return;
  assertEquals(output("uname -m; sh -c 'uname -m; true'", edit("LINUX32")), ["i686", "i686"]);
});

Deno.test("config-linux.md#configLinuxPersonality: any flag, and an unknown domain, is refused", () => {
  const flags = refusal((config) => {
    config.linux.personality = { domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"] };
  });
  assert(flags.includes("linux.personality.flags[0]"), flags);
  const domain = refusal((config) => config.linux.personality = { domain: "BSD" });
  assert(domain.includes("linux.personality.domain"), domain);
});

const HAS_NUMA = exists("/proc/self/numa_maps");
/** Linux 6.9. */
const HAS_WEIGHTS = exists("/sys/kernel/mm/mempolicy/weighted_interleave");

const MEMORY_POLICIES: readonly [policy: Editable, seen: string | RegExp][] = [
  [{ mode: "MPOL_DEFAULT" }, "default"],
  [{ mode: "MPOL_LOCAL" }, "local"],
  [{ mode: "MPOL_PREFERRED" }, "local"],
  [{ mode: "MPOL_PREFERRED", nodes: "" }, "local"],
  [{ mode: "MPOL_PREFERRED", nodes: "0" }, "prefer:0"],
  [{ mode: "MPOL_BIND", nodes: "0" }, "bind:0"],
  [{ mode: "MPOL_INTERLEAVE", nodes: "0" }, "interleave:0"],
  [{ mode: "MPOL_PREFERRED_MANY", nodes: "0" }, "prefer (many):0"],
  [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] }, "bind=static:0"],
  [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"] }, "bind=relative:0"],
  // The kernel took to showing it in Linux 6.9 or so.
  [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"] }, /^bind(=balancing)?:0$/],
];

for (const [policy, seen] of MEMORY_POLICIES) {
  Deno.test({
    name: `config-linux.md#configLinuxMemoryPolicy: ${
      JSON.stringify(policy)
    } is the process's and its children's`,
    ignore: !HAS_NUMA,
    fn: () => {
      const script = "head -n 1 /proc/self/numa_maps; true";
      const [line = ""] = output(script, (config) => config.linux.memoryPolicy = policy);
      // An address, the policy (which may have a space in it), and the file.
      const shown = /^[0-9a-f]+ (.*) file=/.exec(line)?.[1] ?? line;
      if (seen instanceof RegExp) assert(seen.test(shown), shown);
      else assertEquals(shown, seen);
    },
  });
}

Deno.test({
  name: "config-linux.md#configLinuxMemoryPolicy: MPOL_WEIGHTED_INTERLEAVE",
  ignore: !HAS_NUMA || !HAS_WEIGHTS,
  fn: () => {
    const [line = ""] = output("head -n 1 /proc/self/numa_maps; true", (config) => {
      config.linux.memoryPolicy = { mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0" };
    });
    assert(line.includes(" weighted interleave:0 "), line);
  },
});

Deno.test("config-linux.md#configLinuxMemoryPolicy: what set_mempolicy(2) could not take is refused by name", () => {
  for (
    const [policy, property] of [
      [{ mode: "MPOL_NONE" }, "linux.memoryPolicy.mode"],
      [{ nodes: "0" }, "linux.memoryPolicy.mode"],
      [{ mode: "MPOL_BIND" }, "linux.memoryPolicy.nodes"],
      [{ mode: "MPOL_BIND", nodes: "x" }, "linux.memoryPolicy.nodes"],
      [{ mode: "MPOL_LOCAL", nodes: "0" }, "linux.memoryPolicy.nodes"],
      [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NONE"] }, "linux.memoryPolicy.flags[0]"],
      [
        { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"] },
        "linux.memoryPolicy.flags",
      ],
    ]
  ) {
    const message = refusal((config) => config.linux.memoryPolicy = policy);
    assert(message.includes(property as string), message);
  }
});
