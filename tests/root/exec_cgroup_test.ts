/** Where the process of `exec` is counted, and what it is given there. @module */
import { assert, assertEquals } from "#assert";
import { makeSleeper, refusal, withUserNamespace } from "../lib/exec.ts";
import { inheritCpuset } from "../../runtime/cgroup/cpuset.ts";
import { LAYOUT } from "../lib/cgroup_files.ts";
import { ON_ONE_PROCESSOR } from "../lib/processors.ts";
import type { Editable, Sandbox } from "../lib/sandbox.ts";

/** The lines of a process's /proc/pid/cgroup, as the host sees them. */
function cgroupsOf(pid: number): string[] {
  return Deno.readTextFileSync(`/proc/${pid}/cgroup`).trim().split("\n").sort();
}

/** Runs a program that stays, and returns its pid. */
function stay(box: Sandbox, ...flags: string[]): number {
  const file = `${box.directory}/pid`;
  box.succeed("exec", "--detach", "--pid-file", file, ...flags, box.id, "sleep", "10000");
  return Number(Deno.readTextFileSync(file));
}

for (
  const [where, edit] of [["", undefined], [" with a user namespace", withUserNamespace]] as const
) {
  Deno.test(`the process of exec is in the same cgroups as init, in a container${where}`, () => {
    using box = makeSleeper(edit);
    const init = box.createAndStart();
    assertEquals(cgroupsOf(stay(box)), cgroupsOf(init));
  });
}

/** A controller of a v1 hierarchy, or undefined where there are none. */
const V1 = LAYOUT.hierarchies.find(({ version }) => version === 1)?.controllers[0];

Deno.test("--cgroup is a path below the container's cgroup, of all hierarchies or of some", () => {
  using box = makeSleeper();
  box.createAndStart();
  const path = `/runts-test/${box.id}`;
  for (const { mountpoint } of LAYOUT.hierarchies) Deno.mkdirSync(`${mountpoint}${path}/sub`);
  const cpuset = LAYOUT.hierarchies.find(({ controllers }) => controllers.includes("cpuset"));
  if (cpuset?.version === 1) {
    const refused = refusal(box.runts("exec", "--cgroup", "/sub", box.id, "true"));
    assert(refused.includes("It has no processors or no memory nodes"), refused);
    inheritCpuset(cpuset.mountpoint, `${cpuset.mountpoint}${path}/sub`);
  }
  const inSub = (pid: number): string[] =>
    cgroupsOf(pid).filter((line) => line.endsWith("/sub")).map((line) => line.split(":")[1]!);
  assertEquals(inSub(stay(box, "--cgroup", "/sub")).length, LAYOUT.hierarchies.length);
  assertEquals(inSub(stay(box, "--cgroup", "sub/")).length, LAYOUT.hierarchies.length);
  if (V1 !== undefined) {
    const only = inSub(stay(box, "--cgroup", `${V1}:sub`));
    assertEquals([only.length, only[0]?.replace(/^name=/, "").split(",").includes(V1)], [1, true]);
  }
});

Deno.test("--cgroup does not lead out of the container's cgroup, nor to one that is not there", () => {
  using box = makeSleeper();
  box.createAndStart();
  const refuse = (...flags: string[]): string =>
    refusal(box.runts("exec", ...flags, box.id, "true"));
  assert(/--cgroup "\.\.": openat2\(.*: EXDEV/.test(refuse("--cgroup", "..")));
  assert(/--cgroup "\/no\/such": openat2\(.*: ENOENT/.test(refuse("--cgroup", "/no/such")));
  assertEquals(
    refuse("--cgroup", "frob:/"),
    'Cannot put the process in the cgroup: --cgroup: unknown controller "frob": no hierarchy has it',
  );
  assertEquals(box.runts("ps", "-f", "json", box.id).stdout, `[${box.state().pid}]\n`);
});

Deno.test("nothing of the runtime is charged to the container: exec works in half a megabyte", () => {
  using box = makeSleeper((config) => {
    config.linux.resources.memory = { limit: 512 << 10 };
  });
  const runts = (...args: string[]) => box.runtsWith({ prefix: ON_ONE_PROCESSOR }, ...args);
  assertEquals(runts("create", box.id).code, 0);
  box.succeed("start", box.id);
  for (let i = 0; i < 5; i++) {
    const { code, stdout, stderr } = runts("exec", box.id, "echo", "fits");
    assertEquals([code, stdout, stderr], [0, "fits\n", ""]);
  }
});

Deno.test("a limit of processes counts the process of exec, and the error says so", () => {
  using box = makeSleeper((config) => config.linux.resources.pids = { limit: 2 });
  box.createAndStart();
  stay(box);
  const { code, stderr } = box.runts("exec", box.id, "sh", "-c", "true | true");
  assert(code !== 0, stderr);
});

function affinity(pid: number): string {
  return /^Cpus_allowed_list:\t(.*)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1]!;
}

Deno.test("execCPUAffinity.final is what the program has", () => {
  using box = makeSleeper((config) => {
    config.process.execCPUAffinity = { initial: "0", final: "0" };
  });
  const init = box.createAndStart();
  assertEquals(affinity(stay(box)), "0");
  assertEquals(affinity(init), affinity(Deno.pid), "it is for exec alone");
});

Deno.test("a processor that is not there is one clear sentence", () => {
  using box = makeSleeper((config) => config.process.execCPUAffinity = { final: "4000" });
  box.createAndStart();
  const why = refusal(box.runts("exec", box.id, "true"));
  assert(
    /^Cannot set the final CPU affinity: process\.execCPUAffinity\.final: sched_setaffinity\(.*EINVAL/
      .test(why),
    why,
  );
});

for (
  const [where, edit] of [["", undefined], [" with a user namespace", withUserNamespace]] as const
) {
  Deno.test(`scheduler, priority, limits and OOM score are those of the process, in a container${where}`, () => {
    using box = makeSleeper((config: Editable) => {
      edit?.(config);
      config.process.scheduler = { policy: "SCHED_BATCH", nice: -5 };
      config.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 6 };
      config.process.oomScoreAdj = 321;
      config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 77, hard: 88 }];
    });
    box.createAndStart();
    const pid = stay(box);
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    assertEquals([fields[16], fields[38]], ["-5", "3"]);
    assertEquals(Deno.readTextFileSync(`/proc/${pid}/oom_score_adj`), "321\n");
    const limits = Deno.readTextFileSync(`/proc/${pid}/limits`);
    assert(/^Max open files +77 +88 /m.test(limits), limits);
  });
}
