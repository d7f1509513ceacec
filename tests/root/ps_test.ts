/** `ps`: the processes of a container. @module */
import { assert, assertEquals } from "#assert";
import { moveBelow } from "../lib/cgroup_files.ts";
import { failure, run, Sandbox, waitUntil } from "../lib/sandbox.ts";

function pidsOf(box: Sandbox): number[] {
  return JSON.parse(box.succeed("ps", "--format", "json", box.id).stdout);
}

/** Three processes: init, and two that it waits for. */
function makeFamily(): Sandbox {
  const box = new Sandbox();
  box.script("sleep 10001 & sleep 10002 & wait");
  return box;
}

/** Waits until all three are there as what they will be: a child begins as a copy of the shell. */
function waitForFamily(box: Sandbox): void {
  const isSleep = (pid: number): boolean =>
    Deno.readTextFileSync(`/proc/${pid}/cmdline`).startsWith("sleep\0");
  waitUntil(() => pidsOf(box).filter(isSleep).length === 2);
}

Deno.test("ps prints the header and the lines of the container's processes, as ps(1) has them", () => {
  using box = makeFamily();
  const init = box.createAndStart();
  waitForFamily(box);
  const [header, ...lines] = box.succeed("ps", box.id).stdout.trimEnd().split("\n");
  assertEquals(
    header!.trim().split(/\s+/),
    run(["ps", "-ef"]).stdout.split("\n")[0]!.trim().split(/\s+/),
  );
  assertEquals(lines.map((line) => Number(line.trim().split(/\s+/)[1])), pidsOf(box));
  assert(lines.some((line) => line.includes("sleep 10001")), lines.join("\n"));
  assert(pidsOf(box).includes(init));
  assertEquals(box.succeed("ps", "-f", "table", box.id).stdout.split("\n").length, 5);
});

Deno.test("ps gives the words after the ID to ps(1), flags and all", () => {
  using box = makeFamily();
  const init = box.createAndStart();
  waitForFamily(box);
  const { stdout } = box.succeed("ps", box.id, "-e", "-o", "pid,args");
  const [header, ...lines] = stdout.trimEnd().split("\n").map((line) => line.trim());
  assertEquals(header!.split(/\s+/), ["PID", "COMMAND"]);
  assertEquals(lines.length, 3);
  // Init need not be the first one: the pids begin anew when they are used up.
  const others = lines.filter((line) => !line.startsWith(`${init} `));
  assertEquals(others.map((line) => line.split(/\s+/).slice(1).join(" ")).sort(), [
    "sleep 10001",
    "sleep 10002",
  ]);
});

Deno.test("ps prints pids as one line of JSON, also of a container that waits or is paused", () => {
  using box = makeFamily();
  box.succeed("create", box.id);
  const { pid } = box.state();
  assertEquals(box.succeed("ps", "--format=json", box.id).stdout, `[${pid}]\n`);
  box.succeed("start", box.id);
  waitUntil(() => pidsOf(box).length === 3);
  box.succeed("pause", box.id);
  const paused = pidsOf(box);
  assertEquals([paused.length, paused.includes(pid)], [3, true]);
  assertEquals(paused, paused.toSorted((a, b) => a - b));
});

Deno.test("ps counts the processes of exec and those in cgroups below", () => {
  using box = makeFamily();
  box.createAndStart();
  waitUntil(() => pidsOf(box).length === 3);
  const file = `${box.directory}/pid`;
  box.succeed("exec", "--detach", "--pid-file", file, box.id, "sleep", "10003");
  const pid = Number(Deno.readTextFileSync(file));
  moveBelow(`/runts-test/${box.id}`, pid);
  assertEquals([pidsOf(box).length, pidsOf(box).includes(pid)], [4, true]);
  assert(box.succeed("ps", box.id).stdout.includes("sleep 10003"));
});

Deno.test("ps of a stopped container is the header alone, and null as JSON", () => {
  using box = new Sandbox();
  box.script("true");
  box.createAndStart();
  box.waitUntilStopped();
  assertEquals(box.succeed("ps", "-f", "json", box.id).stdout, "null\n");
  assertEquals(box.succeed("ps", box.id).stdout.trimEnd().split("\n").length, 1);
});

Deno.test("ps refuses formats and outputs that it does not know, and says what ps(1) says", () => {
  using box = makeFamily();
  box.createAndStart();
  assertEquals(failure(box.runts("ps", "--format", "xml", box.id)), "invalid format option");
  const noColumn = failure(box.runts("ps", box.id, "-e", "-o", "args"));
  assert(noColumn.startsWith("Cannot list the processes of the container: "), noColumn);
  assert(noColumn.includes("has no column PID"), noColumn);
  const badFlag = failure(box.runts("ps", box.id, "--no-such-flag"));
  assert(badFlag.startsWith("Cannot list the processes of the container: "), badFlag);
  assertEquals(
    failure(box.runts("ps", "nobody")),
    'Cannot open container "nobody": container does not exist',
  );
});

Deno.test("ps needs neither PATH nor HOME", () => {
  using box = makeFamily();
  const init = box.createAndStart();
  const { code, stdout, stderr } = box.runtsWith({ clearEnv: true }, "ps", box.id);
  assertEquals([code, stderr], [0, ""]);
  assert(stdout.includes(` ${init} `), stdout);
});
