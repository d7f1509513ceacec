/** `events`: what a container uses, and when it runs out of memory. @module */
import { assert, assertEquals } from "#assert";
import { NR } from "../../ffi/numbers.ts";
import { readFile, versionOf } from "../lib/cgroup_files.ts";
import {
  type Editable,
  exists,
  failure,
  type Result,
  type Running,
  Sandbox,
  waitUntil,
} from "../lib/sandbox.ts";

const MIB = 1 << 20;

/** The events on the whole lines of an output. */
function parse(output: string): Editable[] {
  return output.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

function statsOf(box: Sandbox): Editable {
  const events = parse(box.succeed("events", "--stats", box.id).stdout);
  assertEquals(events.map(({ type, id }) => [type, id]), [["stats", box.id]]);
  return events[0].data;
}

async function endedWell(running: Running): Promise<Result> {
  const result = await running.result();
  assertEquals([result.code, result.stderr], [0, ""]);
  return result;
}

Deno.test("events --stats prints one line with all members, of containers that are not started as well", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.succeed("create", box.id);
  const members = ["cpu", "cpuset", "memory", "pids", "blkio", "hugetlb", "intel_rdt"];
  assertEquals(Object.keys(statsOf(box)), [...members, "network_interfaces"]);
  box.succeed("start", box.id);
  const { cpu, network_interfaces } = statsOf(box);
  assertEquals(network_interfaces, null);
  assert(cpu.usage.total > 0, JSON.stringify(cpu));
  assert(Object.hasOwn(cpu.usage, "kernel") && Object.hasOwn(cpu.usage, "user"));
});

Deno.test({
  name: "events --stats has the limits of the container, and what it uses",
  ignore: ["memory", "pids", "cpuset"].some((name) => versionOf(name) === undefined),
  fn: () => {
    using box = new Sandbox();
    box.script("head -c 1 /dev/zero >/tmp/x; sleep 10000 & sleep 10000 & wait", (config) => {
      config.linux.resources.memory = { limit: 64 * MIB, swap: 96 * MIB };
      config.linux.resources.pids = { limit: 12 };
      config.linux.resources.cpu = { cpus: "0", mems: "0" };
    });
    box.createAndStart();
    waitUntil(() => statsOf(box).pids.current === 3);
    // Two readings, between which the kernel may take back what it had charged in advance.
    waitUntil(() => {
      const { usage, swap } = statsOf(box).memory;
      return usage.usage > 0 && swap.usage >= usage.usage;
    });
    const { memory, pids, cpuset } = statsOf(box);
    assertEquals(pids, { current: 3, limit: 12 });
    assertEquals([cpuset.cpus, cpuset.mems], [[0], [0]]);
    assertEquals([memory.usage.limit, memory.swap.limit], [64 * MIB, 96 * MIB]);
    assertEquals(Object.keys(memory.raw), Object.keys(memory.raw).toSorted());
    const path = `/runts-test/${box.id}`;
    const names = readFile("memory", path, "memory.stat").split("\n").map((line) =>
      line.split(" ")[0]!
    );
    assertEquals(Object.keys(memory.raw), names.toSorted());
  },
});

Deno.test({
  name: "events --stats tells no limit from a large number, to the last digit",
  ignore: versionOf("memory") === undefined,
  fn: () => {
    using box = new Sandbox();
    box.script("sleep 10000");
    box.createAndStart();
    const { stdout } = box.succeed("events", "--stats", box.id);
    const limit = /"memory":\{.*?"usage":\{"limit":(\d+),/.exec(stdout)?.[1];
    const wanted = versionOf("memory") === 1
      ? readFile("memory", `/runts-test/${box.id}`, "memory.limit_in_bytes")
      : "18446744073709551615";
    assertEquals(limit, wanted);
  },
});

Deno.test("events --stats looks at a paused container, and does not wake it", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.createAndStart();
  box.succeed("pause", box.id);
  assert(statsOf(box).cpu.usage.total > 0);
  assertEquals(box.state().status, "paused");
});

Deno.test("events reports in every interval, and ends with the container", async () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.createAndStart();
  const begin = performance.now();
  const running = box.start({}, "events", "--interval", "200ms", box.id);
  waitUntil(() => parse(running.soFar().stdout).length >= 3);
  // The first one comes after the first interval.
  assert(performance.now() - begin >= 600);
  box.succeed("kill", box.id, "KILL");
  const events = parse((await endedWell(running)).stdout);
  assertEquals(
    new Set(events.map(({ type, id }) => `${type} ${id}`)),
    new Set([`stats ${box.id}`]),
  );
});

Deno.test("events ends at once when the container does, however long the interval", async () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.createAndStart();
  const running = box.start({}, "events", "--interval=1h", box.id);
  waitUntil(() => isListening(running));
  box.succeed("kill", box.id, "KILL");
  assertEquals((await endedWell(running)).stdout, "");
});

/** Whether it waits for the container by now: it does so in ppoll(2), and Deno's own runtime does not. */
function isListening({ pid }: Running): boolean {
  return Deno.readTextFileSync(`/proc/${pid}/syscall`).startsWith(`${NR.ppoll} `);
}

/** Asks for more and more, until it is killed for it. */
const HOG = "sh -c 'echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero'";

function limit(config: Editable): void {
  config.linux.resources.memory = { limit: 24 * MIB, swap: 24 * MIB };
  config.root.readonly = false;
}

Deno.test({
  name: "events says each time that memory runs out",
  ignore: versionOf("memory") === undefined,
  fn: async () => {
    using box = new Sandbox();
    const script = `while [ ! -e /tmp/go ]; do usleep 10000; done; ${HOG}; echo 1 >/tmp/1
      while [ ! -e /tmp/again ]; do usleep 10000; done; ${HOG}; echo 1 >/tmp/2; sleep 10000`;
    // Init sees it happen, twice: the hogs offer themselves to be killed.
    box.script(script, limit);
    box.createAndStart();
    const running = box.start({}, "events", "--interval", "1h", box.id);
    const count = (): number => parse(running.soFar().stdout).length;
    waitUntil(() => isListening(running));
    Deno.writeTextFileSync(`${box.rootfs}/tmp/go`, "");
    waitUntil(() => exists(`${box.rootfs}/tmp/1`) && count() >= 1);
    const first = count();
    Deno.writeTextFileSync(`${box.rootfs}/tmp/again`, "");
    waitUntil(() => count() > first);
    assertEquals(box.state().status, "running");
    box.succeed("delete", "--force", box.id);
    const { stdout } = await endedWell(running);
    const line = `{"type":"oom","id":"${box.id}"}`;
    assertEquals(new Set(stdout.trimEnd().split("\n")), new Set([line]));
  },
});

Deno.test({
  name: "events says that memory ran out also when the container dies of it",
  ignore: versionOf("memory") === undefined,
  fn: async () => {
    using box = new Sandbox();
    box.script("while [ ! -e /tmp/go ]; do usleep 10000; done; exec tail /dev/zero", limit);
    box.createAndStart();
    const running = box.start({}, "events", "--interval", "1h", box.id);
    waitUntil(() => isListening(running));
    Deno.writeTextFileSync(`${box.rootfs}/tmp/go`, "");
    const { stdout } = await endedWell(running);
    const types = parse(stdout).map(({ type }) => type);
    assert(types.length > 0 && types.every((type) => type === "oom"), stdout);
  },
});

Deno.test("events of a container that does not run is an error with the words that clients know", () => {
  using box = new Sandbox();
  box.script("true");
  box.createAndStart();
  box.waitUntilStopped();
  const message = `container with id ${box.id} is not running`;
  assertEquals(failure(box.runts("events", "--stats", box.id)), message);
  assertEquals(failure(box.runts("events", box.id)), message);
  assertEquals(
    failure(box.runts("events", "nobody")),
    'Cannot open container "nobody": container does not exist',
  );
});

Deno.test("events takes positive durations only", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.createAndStart();
  for (const interval of ["0", "0s", "-1s"]) {
    const message = "duration interval must be greater than 0";
    assertEquals(failure(box.runts("events", `--interval=${interval}`, box.id)), message);
  }
  const { code, stderr } = box.runts("events", "--interval", "5", box.id);
  assertEquals(code, 1);
  assert(stderr.includes('invalid value \\"5\\" for flag -interval: parse error'), stderr);
});
