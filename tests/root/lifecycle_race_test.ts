/** Commands that run at the same time: exactly one wins. @module */
import { assertEquals } from "#assert";
import { exists, type Result, Sandbox, waitUntil } from "../lib/sandbox.ts";

const COUNT = 5;

/** Runs the same command several times at once. */
async function together(box: Sandbox, ...args: string[]): Promise<Result[]> {
  const running = Array.from({ length: COUNT }, () => box.start({}, ...args));
  return await Promise.all(running.map((one) => one.result()));
}

function sentences(results: readonly Result[]): string[] {
  return results.filter(({ code }) => code !== 0).map(({ stderr }) =>
    /: ([^:]*)"?\n$/.exec(stderr)?.[1]?.replace(/"$/, "") ?? stderr
  );
}

Deno.test("of several creates of one ID exactly one succeeds", async () => {
  using box = new Sandbox();
  const results = await together(box, "create", box.id);
  assertEquals(results.filter(({ code }) => code === 0).length, 1);
  assertEquals(sentences(results), Array(COUNT - 1).fill("container with given ID already exists"));
  assertEquals(box.state().status, "created");
  const cgroups = box.traces().filter((trace) => trace.startsWith("process "));
  assertEquals(cgroups.length, 1, "there is one init");
  box.succeed("delete", box.id);
});

Deno.test("of several starts exactly one succeeds, and the program runs once", async () => {
  using box = new Sandbox();
  box.script("echo ran >>/tmp/ran; exec sleep 1000", (config) => config.root.readonly = false);
  box.succeed("create", box.id);
  const results = await together(box, "start", box.id);
  assertEquals(results.filter(({ code }) => code === 0).length, 1);
  assertEquals(
    sentences(results),
    Array(COUNT - 1).fill("cannot start an already running container"),
  );
  const file = `${box.rootfs}/tmp/ran`;
  waitUntil(() => exists(file) && Deno.readTextFileSync(file) !== "");
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assertEquals(Deno.readTextFileSync(file), "ran\n");
});

Deno.test("of several deletes exactly one succeeds, and with force all do", async () => {
  using box = new Sandbox();
  box.succeed("create", box.id);
  const results = await together(box, "delete", box.id);
  assertEquals(results.filter(({ code }) => code === 0).length, 1);
  assertEquals(sentences(results), Array(COUNT - 1).fill("container does not exist"));
  box.succeed("create", box.id);
  const forced = await together(box, "delete", "--force", box.id);
  assertEquals(forced, Array(COUNT).fill({ code: 0, stdout: "", stderr: "" }));
  assertEquals(box.traces(), []);
});

Deno.test("state and list see a whole container or none while it comes and goes", async () => {
  using box = new Sandbox();
  const loop = 'for i in 1 2 3 4; do "$@" create $0 && "$@" delete $0 || exit 1; done';
  const making = box.start({ prefix: ["sh", "-c", loop, box.id] });
  let isOver = false;
  const over = making.result().then((result) => {
    isOver = true;
    return result;
  });
  const allowed = new Set(["creating", "created", "stopped"]);
  while (!isOver) {
    const state = await box.start({}, "state", box.id).result();
    if (state.code === 0) assertEquals(allowed.has(JSON.parse(state.stdout).status), true);
    else assertEquals(sentences([state]), ["container does not exist"]);
    const list = await box.start({}, "list", "--format=json").result();
    if (list.code === 0) JSON.parse(list.stdout);
    else assertEquals(list.stderr.includes("Cannot list the containers"), true, list.stderr);
  }
  assertEquals(await over, { code: 0, stdout: "", stderr: "" });
});
