/**
 * `deno task bench:load`: many containers at once, many commands at once, and many after each other; and whether anything
 * is left of them. It fails if so: figures are for people, leaks are not.
 *
 *     load.ts [--alive=200] [--in-flight=16] [--cycles=2000]
 *
 * @module
 */
import { defaultConfig } from "../../spec/default_config.ts";
import { cgroups, makeRootfs, mounts, RUNTS } from "../lib/sandbox.ts";

const DIRECTORY = Deno.makeTempDirSync({ prefix: "runts-load-" });
const ROOT = `${DIRECTORY}/state`;
const BUNDLE = `${DIRECTORY}/bundle`;

function option(name: string, byDefault: number): number {
  const given = Deno.args.find((arg) => arg.startsWith(`--${name}=`))?.split("=")[1];
  return given === undefined ? byDefault : Number(given);
}

/** One bundle for all: what differs is the ID, and the cgroup that is named by it. */
function makeBundle(): void {
  makeRootfs(`${BUNDLE}/rootfs`);
  const config = structuredClone(defaultConfig()) as unknown as {
    process: { terminal: boolean; args: string[] };
    linux: { cgroupsPath?: string };
  };
  config.process.terminal = false;
  config.process.args = ["sleep", "100000"];
  delete config.linux.cgroupsPath;
  Deno.writeTextFileSync(`${BUNDLE}/config.json`, JSON.stringify(config));
}

async function call(...args: string[]): Promise<void> {
  const { code } = await new Deno.Command(RUNTS, {
    args: ["--root", ROOT, ...args],
    cwd: BUNDLE,
    stdin: "null",
    stdout: "null",
    // The container inherits it, so it must be no pipe.
    stderr: "null",
  }).output();
  if (code !== 0) throw new Error(`runts ${args.join(" ")} exited with ${code}`);
}

/** Calls `action` for every ID, so many at a time. */
async function forAll(
  ids: readonly string[],
  inFlight: number,
  action: (id: string) => Promise<void>,
): Promise<number> {
  const begin = performance.now();
  const rest = [...ids];
  const work = async (): Promise<void> => {
    for (let id = rest.shift(); id !== undefined; id = rest.shift()) await action(id);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return (performance.now() - begin) / ids.length;
}

/** What the machine has, to be the same in the end. */
function traces(): Record<string, number> {
  const namespaces = new Set<string>();
  let processes = 0;
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      if (/\) Z /.test(stat) || !Deno.readTextFileSync(`/proc/${name}/cmdline`)) continue;
      for (const { name: type } of Deno.readDirSync(`/proc/${name}/ns`)) {
        namespaces.add(Deno.readLinkSync(`/proc/${name}/ns/${type}`));
      }
      processes++;
    } catch {
      // It has ended.
    }
  }
  const sum = { mounts: mounts().length, cgroups: cgroups().length, processes };
  return { ...sum, namespaces: namespaces.size };
}

function say(what: string, milliseconds: number): void {
  console.log(`${what.padEnd(52)}${milliseconds.toFixed(1).padStart(9)} ms each`);
}

const alive = option("alive", 200);
const inFlight = option("in-flight", 16);
const cycles = option("cycles", 2000);
makeBundle();
const before = traces();
const ids = Array.from({ length: alive }, (_, i) => `load-${Deno.pid}-${i}`);
say(
  `create of ${alive}, ${inFlight} in flight`,
  await forAll(ids, inFlight, (id) => call("create", id)),
);
say(
  `start of ${alive}, ${inFlight} in flight`,
  await forAll(ids, inFlight, (id) => call("start", id)),
);
say(
  `exec true in ${alive}, ${inFlight} in flight`,
  await forAll(ids, inFlight, (id) => call("exec", id, "true")),
);
const running = ids.filter((id) => {
  const { stdout } = new Deno.Command(RUNTS, { args: ["--root", ROOT, "state", id] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).status === "running";
}).length;
console.log(`${running} of ${alive} run`);
say(
  `delete --force of ${alive}, ${inFlight} in flight`,
  await forAll(ids, inFlight, (id) => call("delete", "-f", id)),
);
const rounds = Array.from({ length: cycles }, (_, i) => `cycle-${Deno.pid}-${i}`);
say(
  `create, start, delete of ${cycles}, 2 in flight`,
  await forAll(rounds, 2, async (id) => {
    await call("create", id);
    await call("start", id);
    await call("delete", "-f", id);
  }),
);
const left = [...Deno.readDirSync(ROOT)].length;
const after = traces();
console.log(
  `before ${JSON.stringify(before)}\nafter  ${JSON.stringify(after)}\nstates left: ${left}`,
);
Deno.removeSync(DIRECTORY, { recursive: true });
const isClean = JSON.stringify(before) === JSON.stringify(after);
Deno.exit(isClean && left === 0 && running === alive ? 0 : 1);
