import { assert, assertEquals } from "#assert";
import { killAll, signalAll, type Target } from "../../../runtime/cgroup/signal_all.ts";
import { FakeCgroup } from "./directory.ts";

/** A target that notes the freezer's state at each look at the processes. */
function target(
  cgroup: FakeCgroup,
  looks: readonly (readonly number[])[],
): { target: Target; states: string[] } {
  const states: string[] = [];
  const rest = [...looks];
  const processes = (): readonly number[] => {
    states.push(cgroup.read("freezer.state"));
    return rest.shift() ?? [];
  };
  const freezers = [{ version: 1, directory: cgroup.directory }] as const;
  return { target: { processes, freezers, unified: undefined }, states };
}

function sleep(): Deno.ChildProcess {
  return new Deno.Command("sleep", { args: ["1000"] }).spawn();
}

/** The pid of a process that has been reaped. */
async function gone(): Promise<number> {
  const child = new Deno.Command("true").spawn();
  await child.status;
  return child.pid;
}

Deno.test("signalAll() looks for the processes while they are frozen, and thaws them", async () => {
  using cgroup = new FakeCgroup();
  cgroup.write("freezer.state", "THAWED");
  const children = [sleep(), sleep()];
  const { target: all, states } = target(cgroup, [
    [children[0]!.pid, await gone(), children[1]!.pid],
  ]);
  signalAll(all, 15);
  for (const child of children) assertEquals((await child.status).signal, "SIGTERM");
  assertEquals(states, ["FROZEN"]);
  assertEquals(cgroup.read("freezer.state"), "THAWED");
});

Deno.test("signalAll() leaves a paused container paused", () => {
  using cgroup = new FakeCgroup();
  cgroup.write("freezer.state", "FROZEN");
  signalAll(target(cgroup, [[]]).target, 15);
  assertEquals(cgroup.read("freezer.state"), "FROZEN");
});

Deno.test("signalAll() does without a freezer", async () => {
  const child = sleep();
  signalAll({ processes: () => [child.pid], freezers: [], unified: undefined }, 15);
  assertEquals((await child.status).signal, "SIGTERM");
});

Deno.test("killAll() looks again until nothing is left, and thaws what was paused", async () => {
  using cgroup = new FakeCgroup();
  cgroup.write("freezer.state", "FROZEN");
  const children = [sleep(), sleep()];
  const [a, b] = [children[0]!.pid, children[1]!.pid];
  const { target: all, states } = target(cgroup, [[a], [b], [b], [], []]);
  killAll(all);
  // A killed child stays in sight of kill(2) until it is reaped: what counts is what the cgroup says.
  assertEquals((await children[0]!.status).signal, "SIGKILL");
  children[1]!.kill("SIGKILL");
  await children[1]!.status;
  assertEquals(states[0], "FROZEN");
  assertEquals(cgroup.read("freezer.state"), "THAWED");
});

Deno.test("killAll() uses cgroup.kill where there is one, and signals nobody itself", async () => {
  using cgroup = new FakeCgroup();
  cgroup.write("cgroup.kill", "");
  const child = sleep();
  killAll({ processes: () => [], freezers: [], unified: cgroup.directory });
  assertEquals(cgroup.read("cgroup.kill"), "1");
  child.kill("SIGTERM");
  assertEquals((await child.status).signal, "SIGTERM");
});

Deno.test("killAll() signals by hand what cgroup.kill did not reach", async () => {
  using cgroup = new FakeCgroup();
  cgroup.write("cgroup.kill", "");
  const child = sleep();
  // Alive until someone signals it: the cgroup is empty once the process is dead.
  const processes = (): number[] => isZombie(child.pid) ? [] : [child.pid];
  killAll({ processes, freezers: [], unified: cgroup.directory });
  assert(isZombie(child.pid));
  assertEquals((await child.status).signal, "SIGKILL");
});

function isZombie(pid: number): boolean {
  try {
    return / \(sleep\) Z /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch (error) {
    // The test runner reaps its children as it pleases.
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

Deno.test("killAll() does not mind a cgroup that vanishes, as systemd removes one that is empty", () => {
  const directory = "/nonexistent/cgroup";
  killAll({ processes: () => [], freezers: [{ version: 2, directory }], unified: directory });
});
