/**
 * `deno task demo`: a container that is given one end of a cable, step by step as it happens.
 *
 *     deno run -A examples/demo.ts
 *
 * A network namespace of the demo's own plays the host's network; the machine's is left alone.
 *
 * @module
 */
import type { Config, ContainerState } from "../mod.ts";
import {
  demandWhatItTakes,
  devices,
  layCable,
  leaveTheHostsNetwork,
  output,
  run,
  runts,
} from "./commands.ts";
import { makeBundle } from "./make_bundle.ts";
import { followSteps } from "./steps_table.ts";

const ID = `runts-demo-${Deno.pid}`;

/** Where everything of the demo lies. */
const PLACE = `${Deno.env.get("TMPDIR") ?? "/tmp"}/${ID}`;

/** The log is written through to its disk, line by line; in memory that does not count in the times. */
const LOG = isDirectory("/dev/shm") ? `/dev/shm/${ID}.log` : `${PLACE}/log`;

const GLOBAL_OPTIONS = ["--root", `${PLACE}/state`, "--log", LOG, "--log-format", "json"];

const DEVICES = { cable1: { name: "eth0" } };

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Title and line of a chapter. */
function chapter(title: string): void {
  console.log(`\n${title}\n${"─".repeat(title.length)}`);
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "  ");
}

/** The configuration of the example bundle with one end of the cable and a program. */
function withCable(...args: string[]): (config: Config) => void {
  return (config) => {
    if (config.process === undefined || config.linux === undefined) return;
    config.process.args = args;
    config.linux.netDevices = DEVICES;
    config.linux.cgroupsPath = `/${ID}`;
  };
}

/** A command of the runtime that did its work. */
interface Done {
  /** What it prints, and the container that inherited its output; complete when both have ended. */
  readonly output: Promise<string>;
}

/** Runs a command of the runtime and shows its steps as they happen. */
async function showSteps(...words: string[]): Promise<Done> {
  console.log(`$ runts ${words.join(" ")}\n`);
  Deno.writeTextFileSync(LOG, "");
  const [program, ...args] = runts(...GLOBAL_OPTIONS, "--debug", ...words);
  const child = new Deno.Command(program!, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const texts = [child.stdout, child.stderr].map((stream) => new Response(stream).text());
  const output = Promise.all(texts).then((texts) => texts.join(""));
  let status: Deno.CommandStatus | undefined;
  void child.status.then((ended) => status = ended);
  await followSteps(LOG, () => status !== undefined);
  if (status?.success === true) return { output };
  throw new Error(`Cannot go on: runts ${words[0]} failed: ${(await output).trim()}`);
}

/** A program that is not there: `create` fails late, when the device has moved already. */
function showFailure(): void {
  chapter("A create that fails");
  makeBundle(`${PLACE}/broken`, withCable("no-such-program"));
  const before = devices();
  const words = ["create", "--bundle", `${PLACE}/broken`, ID];
  console.log(`$ runts ${words.join(" ")}`);
  const { stderr } = run(runts(...GLOBAL_OPTIONS, ...words));
  console.log(indent(new TextDecoder().decode(stderr)));
  console.log("The host has, as before:");
  const after = devices();
  console.log(indent(after.join("\n")));
  if (after.join() !== before.join()) throw new Error("Cannot go on: the device is not back");
}

/** The container's life, from create to delete. What it prints goes to the output of its `create`. */
async function showContainer(): Promise<void> {
  chapter("A container is created");
  makeBundle(`${PLACE}/bundle`, withCable("sh", "-c", "ip addr show; ip route show"));
  console.log(`linux.netDevices: ${JSON.stringify(DEVICES)}\n`);
  const created = await showSteps("create", "--bundle", `${PLACE}/bundle`, ID);
  const { status, pid } = JSON.parse(
    output(...runts(...GLOBAL_OPTIONS, "state", ID)),
  ) as ContainerState;
  const memory = /^Rss: +(.*)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`))?.[1];
  console.log("\nWhere one process waits for the other (⇄), the times of both run at once.");
  console.log(`\nIt is ${status}: process ${pid} waits for start, with ${memory} of memory.`);
  console.log(`The host has only: ${devices().join(", ")}`);

  chapter("Its program is started");
  await showSteps("start", ID);
  console.log("\nWhat the container sees:");
  console.log(indent(await created.output));

  console.log(`\n$ runts delete ${ID}`);
  output(...runts(...GLOBAL_OPTIONS, "delete", ID));
}

/** Lines of mountinfo, cgroups and processes that bear the demo's name. */
function traces(): Record<string, string[]> {
  const mounts = Deno.readTextFileSync("/proc/self/mountinfo").split("\n");
  const cgroups = [
    "/sys/fs/cgroup",
    ...list("/sys/fs/cgroup").map((name) => `/sys/fs/cgroup/${name}`),
  ];
  const processes = list("/proc").filter((name) => /^\d+$/.test(name));
  return {
    "mounts": mounts.filter((line) => line.includes(ID)),
    "cgroups": cgroups.map((path) => `${path}/${ID}`).filter(isDirectory),
    "processes": processes.filter((pid) =>
      readIfAny(`/proc/${pid}/cgroup`).includes(ID) && !isZombie(pid)
    ),
    "containers": list(`${PLACE}/state`),
  };
}

function list(path: string): string[] {
  return isDirectory(path) ? [...Deno.readDirSync(path)].map(({ name }) => name) : [];
}

/** One that has ended is there until its parent has asked how: the machine's init, which takes its time. */
function isZombie(pid: string): boolean {
  return /^State:\s+Z/m.test(readIfAny(`/proc/${pid}/status`));
}

/** A process may end between the listing and the look at it. */
function readIfAny(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Shows that nothing is left, or what is. */
function showHost(before: readonly string[]): void {
  chapter("The machine");
  const now = devices();
  const left = traces();
  const isSame = now.join() === before.join();
  console.log(
    `  network devices  ${isSame ? "as before" : `${before.join("; ")} → ${now.join("; ")}`}`,
  );
  for (const [what, names] of Object.entries(left)) {
    console.log(`  ${what.padEnd(15)}  ${names.length === 0 ? "none left" : names.join("; ")}`);
  }
  if (!isSame || Object.values(left).some(({ length }) => length > 0)) Deno.exitCode = 1;
}

async function demo(): Promise<void> {
  const before = devices();
  Deno.mkdirSync(PLACE);
  try {
    using _back = leaveTheHostsNetwork();
    chapter("A network in the place of the host's, and a cable in it");
    layCable();
    console.log(indent(devices().join("\n")));
    showFailure();
    await showContainer();
  } finally {
    run(runts(...GLOBAL_OPTIONS, "delete", "--force", ID));
    showHost(before);
    Deno.removeSync(PLACE, { recursive: true });
    removeIfAny(LOG);
  }
}

function removeIfAny(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  demandWhatItTakes("demo");
  try {
    await demo();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
