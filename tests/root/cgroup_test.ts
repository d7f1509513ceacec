/**
 * Real cgroups, in whichever layout this machine has. Everything is under one name of this process's own.
 */
import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { AT_FDCWD, MAGIC, O } from "../../ffi/constants.ts";
import { mkdirat } from "../../ffi/directory.ts";
import { openat } from "../../ffi/open.ts";
import { fstatfsType, sameFile, statx } from "../../ffi/stat.ts";
import { type CgroupHierarchy, readLayout } from "../../runtime/cgroup/layout.ts";
import { Cgroup } from "../../runtime/cgroup/manager.ts";
import { configureLog } from "../../runtime/log.ts";
import { waitUntil } from "../../runtime/cgroup/patience.ts";
import { cgroupPaths } from "../../runtime/plan/cgroups_path.ts";

const BASE = `/runts-test-${Deno.pid}`;
const LAYOUT = readLayout();
const V2 = LAYOUT.hierarchies.find(({ version }) => version === 2);
const CPUSET = LAYOUT.hierarchies.find(({ controllers }) => controllers.includes("cpuset"));
/** What the freezing of the container's cgroup is visible by. */
const FREEZER = LAYOUT.hierarchies.find(({ controllers }) => controllers.includes("freezer")) ??
  V2;

/** The container's cgroup of most tests: its parent does not exist either. */
function plan(path = `${BASE}/c`): Cgroup {
  return Cgroup.plan(LAYOUT, cgroupPaths(LAYOUT.hierarchies, { id: "id", cgroupsPath: path }));
}

function created(path?: string): Cgroup {
  const cgroup = plan(path);
  cgroup.create();
  return cgroup;
}

function directories(path: string): string[] {
  return LAYOUT.hierarchies.map(({ mountpoint }) => mountpoint + path);
}

function makeEverywhere(path: string): void {
  for (const directory of directories(path)) Deno.mkdirSync(directory, { recursive: true });
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Which hierarchies have the path. */
function having(path: string): string[] {
  return directories(path).filter(exists);
}

/** The lines of /proc/pid/cgroup, as key → path. */
function cgroupsOf(pid: number | "self", text?: string): Record<string, string> {
  const lines = (text ?? Deno.readTextFileSync(`/proc/${pid}/cgroup`)).trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => {
    const [, key = "", ...path] = line.split(":");
    return [key, path.join(":")];
  }));
}

/** What /proc/pid/cgroup has to say of a process in a path below the mount points. */
function cgroupsAt(path: string): Record<string, string> {
  const others = cgroupsOf("self");
  const ours = LAYOUT.hierarchies.map(({ controllers, name, root }) => [
    [...controllers, ...(name === undefined ? [] : [`name=${name}`])].join(","),
    (root === "/" ? "" : root) + path,
  ]);
  return { ...others, ...Object.fromEntries(ours) };
}

function frozenText({ mountpoint, version }: CgroupHierarchy, path: string): string {
  return version === 1
    ? Deno.readTextFileSync(`${mountpoint}${path}/freezer.state`).trim()
    : /frozen \d/.exec(Deno.readTextFileSync(`${mountpoint}${path}/cgroup.events`))![0];
}

/** Starts programs that end with the test at the latest. */
class Programs implements AsyncDisposable {
  readonly #children: Deno.ChildProcess[] = [];

  start(args: string[], stdin: "null" | "piped" = "null"): Deno.ChildProcess {
    const options = { args: args.slice(1), stdin, stdout: "null" } as const;
    const child = new Deno.Command(args[0]!, options).spawn();
    this.#children.push(child);
    return child;
  }

  sleep(): Deno.ChildProcess {
    return this.start(["sleep", "1000"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    thawByHand(`${BASE}/c`);
    for (const child of this.#children) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
    }
  }
}

/** A failed test may leave processes that cannot even die. */
function thawByHand(path: string): void {
  const { version, mountpoint } = FREEZER!;
  const [file, value] = version === 1 ? ["freezer.state", "THAWED"] : ["cgroup.freeze", "0"];
  if (exists(mountpoint + path)) Deno.writeTextFileSync(`${mountpoint}${path}/${file}`, value);
}

/** Removes what a failed test left, by the plainest means. */
function sweep(directory: string): void {
  if (!exists(directory)) return;
  for (const { name, isDirectory } of [...Deno.readDirSync(directory)]) {
    if (isDirectory) sweep(`${directory}/${name}`);
  }
  Deno.removeSync(directory);
}

/** A test after which no hierarchy has anything of ours. */
function cgroupTest(
  name: string,
  body: (programs: Programs) => void | Promise<void>,
  ignore = false,
): void {
  Deno.test({
    name,
    ignore,
    async fn(): Promise<void> {
      try {
        {
          await using programs = new Programs();
          await body(programs);
        }
        assertEquals(having(BASE), [], "cgroups were left");
      } finally {
        for (const directory of directories(BASE)) sweep(directory);
      }
    },
  });
}

cgroupTest("Cgroup.plan() changes nothing and foretells what create() makes", () => {
  const cgroup = plan();
  assertEquals(having(BASE), []);
  const forecast = cgroup.serialize();
  assertEquals(Object.values(forecast.paths), directories(`${BASE}/c`));
  assertEquals(
    [...forecast.made].sort(),
    [...directories(BASE), ...directories(`${BASE}/c`)].sort(),
  );
  cgroup.create();
  assertEquals(cgroup.serialize(), forecast);
  cgroup.remove();
});

cgroupTest("Cgroup.create() makes the cgroup in every hierarchy, remove() takes it away", () => {
  const cgroup = created(`${BASE}/a/b/c`);
  assert(cgroup.isUsed);
  assertEquals(having(`${BASE}/a/b/c`), directories(`${BASE}/a/b/c`));
  assertEquals(cgroup.processes(), []);
  cgroup.remove();
  assertEquals(having(BASE), []);
  cgroup.remove();
});

cgroupTest("Cgroup.remove() leaves a parent that existed", () => {
  makeEverywhere(`${BASE}/parent`);
  const cgroup = created(`${BASE}/parent/c`);
  cgroup.remove();
  assertEquals(having(`${BASE}/parent/c`), []);
  assertEquals(having(`${BASE}/parent`), directories(`${BASE}/parent`));
  for (const directory of directories(BASE)) sweep(directory);
});

cgroupTest("Cgroup.remove() leaves a made parent that others use by now", () => {
  const first = created(`${BASE}/c1`);
  const second = created(`${BASE}/c2`);
  first.remove();
  assertEquals(having(`${BASE}/c1`), []);
  assertEquals(having(`${BASE}/c2`), directories(`${BASE}/c2`));
  second.remove();
  // It was not the second's to remove.
  assertEquals(having(BASE), directories(BASE));
  for (const directory of directories(BASE)) sweep(directory);
});

cgroupTest("Cgroup.remove() leaves a cgroup that existed, but not what came below it", () => {
  makeEverywhere(`${BASE}/c`);
  const cgroup = created();
  makeEverywhere(`${BASE}/c/inner/more`);
  cgroup.remove();
  assertEquals(having(`${BASE}/c`), directories(`${BASE}/c`));
  assertEquals(having(`${BASE}/c/inner`), []);
  for (const directory of directories(BASE)) sweep(directory);
});

cgroupTest("Cgroup.remove() leaves sub-cgroups that existed", () => {
  makeEverywhere(`${BASE}/c/inner`);
  const cgroup = created();
  assertEquals(cgroup.serialize().kept, directories(`${BASE}/c`));
  Cgroup.deserialize(cgroup.serialize()).remove();
  assertEquals(having(`${BASE}/c/inner`), directories(`${BASE}/c/inner`));
  for (const directory of directories(BASE)) sweep(directory);
});

cgroupTest("Cgroup.remove() removes what the container nested, also beyond PATH_MAX", () => {
  const cgroup = created();
  for (const top of directories(`${BASE}/c`)) {
    for (const name of ["x", "y"]) Deno.mkdirSync(`${top}/${name}/z`, { recursive: true });
    let here = openat(AT_FDCWD, top, O.O_RDONLY | O.O_DIRECTORY);
    for (let depth = 0; depth < 25; depth++) {
      const name = String(depth % 10).repeat(200);
      mkdirat(here.fd, name, 0o755);
      const next = openat(here.fd, name, O.O_RDONLY | O.O_DIRECTORY);
      here.close();
      here = next;
    }
    here.close();
  }
  assertEquals(cgroup.processes(), []);
  cgroup.remove();
  assertEquals(having(`${BASE}/c`), []);
});

cgroupTest("Cgroup.enter() moves a process in every hierarchy, cpuset included", (programs) => {
  const cgroup = created(`${BASE}/a/c`);
  const { pid } = programs.sleep();
  cgroup.enter(pid);
  assertEquals(cgroupsOf(pid), cgroupsAt(`${BASE}/a/c`));
  assertEquals(cgroup.processes(), [pid]);
  cgroup.kill(9);
  cgroup.remove();
});

/** Runs a program in a Deno of its own, with the cgroup as `cgroup`; returns what it prints. */
async function runProgram(cgroup: Cgroup, program: string): Promise<string> {
  const root = new URL("../../", import.meta.url).href;
  const text = `
    import { Cgroup } from "${root}runtime/cgroup/manager.ts";
    import { fork } from "${root}ffi/fork.ts";
    import { open, readAll, write } from "${root}ffi/open.ts";
    import { wait4 } from "${root}ffi/process.ts";
    const cgroup = Cgroup.deserialize(${JSON.stringify(cgroup.serialize())});
    ${program}`;
  const args = ["eval", "--no-config", "--no-lock", "--v8-flags=--single-threaded", text];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const decoder = new TextDecoder();
  assert(stdout.length > 0, decoder.decode(stderr));
  return decoder.decode(stdout);
}

cgroupTest("Cgroup.enter() takes 0 for the caller", async () => {
  const cgroup = created();
  const printed = await runProgram(
    cgroup,
    `cgroup.enter(0);
     console.log(Deno.readTextFileSync("/proc/self/cgroup"));`,
  );
  assertEquals(cgroupsOf("self", printed.trim()), cgroupsAt(`${BASE}/c`));
  cgroup.remove();
});

cgroupTest("Cgroup.openV2() is what clone3 makes a process in", async () => {
  const cgroup = created();
  const printed = await runProgram(
    cgroup,
    `const child = fork({ flags: 0, cgroup: cgroup.openV2() }, () => {
       write(1, readAll(open("/proc/self/cgroup", 0).fd));
       return 0;
     });
     wait4(child.pid);`,
  );
  const expected = { ...cgroupsOf("self"), "": cgroupsAt(`${BASE}/c`)[""] };
  assertEquals(cgroupsOf("self", printed.trim()), expected);
  cgroup.remove();
}, V2 === undefined);

cgroupTest("Cgroup.enter() names the file and the pid of a process that is gone", async () => {
  const cgroup = created();
  const child = new Deno.Command("true").spawn();
  await child.status;
  const [first] = directories(`${BASE}/c`);
  throws(() => cgroup.enter(child.pid), (error) => {
    const text = (error as Error).message;
    assert(text.includes(`<${first}/cgroup.procs>, "${child.pid}"): ESRCH`), text);
    return true;
  });
  cgroup.remove();
});

cgroupTest("Cgroup.create() copies the cpuset of the parent where it has none", () => {
  // Someone else made the parent and set one of the two.
  const parent = `${CPUSET!.mountpoint}${BASE}`;
  Deno.mkdirSync(parent);
  Deno.writeTextFileSync(`${parent}/cpuset.cpus`, "0");
  const cgroup = created();
  assertEquals(Deno.readTextFileSync(`${parent}/c/cpuset.cpus`), "0\n");
  const mems = Deno.readTextFileSync(`${CPUSET!.mountpoint}/cpuset.mems`);
  assertEquals(Deno.readTextFileSync(`${parent}/c/cpuset.mems`), mems);
  cgroup.remove();
  assertEquals(having(BASE), [parent]);
  Deno.removeSync(parent);
}, CPUSET === undefined);

cgroupTest("Cgroup.processes() finds those of sub-cgroups", (programs) => {
  const cgroup = created();
  const pids = [programs.sleep().pid, programs.sleep().pid].sort((a, b) => a - b);
  for (const pid of pids) cgroup.enter(pid);
  for (const directory of directories(`${BASE}/c`)) {
    Deno.mkdirSync(`${directory}/deep/er`, { recursive: true });
    // v2 allows processes above: no controller is handed down.
    copyCpuset(directory, `${directory}/deep`);
    copyCpuset(directory, `${directory}/deep/er`);
    Deno.writeTextFileSync(`${directory}/deep/er/cgroup.procs`, String(pids[1]));
  }
  assertEquals(cgroup.processes(), pids);
  assertEquals(Cgroup.deserialize(cgroup.serialize()).processes(), pids);
  cgroup.kill(9);
  assertEquals(cgroup.processes(), []);
  cgroup.remove();
});

function copyCpuset(from: string, to: string): void {
  if (!from.startsWith(`${CPUSET?.mountpoint}/`)) return;
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    Deno.writeTextFileSync(`${to}/${name}`, Deno.readTextFileSync(`${from}/${name}`));
  }
}

cgroupTest("Cgroup.kill() sends any signal once, to each process", async (programs) => {
  const cgroup = created();
  const children = [programs.sleep(), programs.sleep()];
  for (const { pid } of children) cgroup.enter(pid);
  assert(cgroup.kill(15));
  for (const child of children) assertEquals((await child.status).signal, "SIGTERM");
  cgroup.remove();
});

/**
 * A process that forks and exits, over and over: its pid is outdated before it has been read. It waits for the end of
 * its stdin, so that all its offspring is born in the cgroup.
 */
async function runaway(programs: Programs, cgroup: Cgroup): Promise<void> {
  const child = programs.start(["perl", "-e", "<STDIN>; while (1) { exit if fork }"], "piped");
  cgroup.enter(child.pid);
  await child.stdin.close();
  await child.status;
  // A list that is read while it changes may well be empty.
  assert(waitUntil(() => cgroup.processes()!.some((pid) => pid !== child.pid), 120_000));
}

cgroupTest("Cgroup.kill() misses no process that forks all the time", async (programs) => {
  const cgroup = created();
  await runaway(programs, cgroup);
  assert(cgroup.kill(15));
  // Signalled but not dead yet, perhaps. One that was missed would go on for ever.
  assert(waitUntil(() => cgroup.processes()!.length === 0, 120_000));
  cgroup.remove();
});

cgroupTest("Cgroup.kill() by SIGKILL returns when all are gone", async (programs) => {
  const cgroup = created();
  const children = [
    programs.sleep(),
    programs.start(["sh", "-c", "trap '' TERM; exec sleep 1000"]),
  ];
  for (const { pid } of children) cgroup.enter(pid);
  assert(cgroup.kill(9));
  assertEquals(cgroup.processes(), []);
  for (const child of children) assertEquals((await child.status).signal, "SIGKILL");
  cgroup.remove();
});

cgroupTest("Cgroup.kill() catches processes that fork all the time", async (programs) => {
  const cgroup = created();
  await runaway(programs, cgroup);
  assert(cgroup.kill(9));
  assertEquals(cgroup.processes(), []);
  cgroup.remove();
});

cgroupTest("Cgroup.kill() does so without cgroup.kill too", async (programs) => {
  const cgroup = created();
  await runaway(programs, cgroup);
  const { paths, made } = cgroup.serialize();
  const v1 = Object.fromEntries(Object.entries(paths).filter(([key]) => key !== ""));
  assert(Cgroup.deserialize({ paths: v1, made }).kill(9));
  assertEquals(cgroup.processes(), []);
  cgroup.remove();
}, LAYOUT.kind === "v2");

cgroupTest("Cgroup.kill() by SIGKILL reaches frozen processes", async (programs) => {
  const cgroup = created();
  const child = programs.sleep();
  cgroup.enter(child.pid);
  cgroup.freeze();
  assert(cgroup.kill(9));
  assertEquals((await child.status).signal, "SIGKILL");
  assert(!cgroup.isFrozen());
  cgroup.remove();
});

cgroupTest("Cgroup.kill() leaves frozen processes frozen by other signals", (programs) => {
  const cgroup = created();
  cgroup.enter(programs.sleep().pid);
  cgroup.freeze();
  // SIGWINCH, which does nothing: v2 lets a frozen process die of a fatal signal, v1 does not.
  assert(cgroup.kill(28));
  assert(cgroup.isFrozen());
  assertEquals(cgroup.processes()?.length, 1);
  cgroup.kill(9);
  cgroup.remove();
});

cgroupTest("Cgroup.freeze() and thaw() stop the processes and let them go on", (programs) => {
  const cgroup = created();
  cgroup.enter(programs.sleep().pid);
  assert(!cgroup.isFrozen());
  cgroup.freeze();
  assert(cgroup.isFrozen());
  assert(/^(FROZEN|frozen 1)$/.test(frozenText(FREEZER!, `${BASE}/c`)));
  cgroup.thaw();
  assert(!cgroup.isFrozen());
  assert(/^(THAWED|frozen 0)$/.test(frozenText(FREEZER!, `${BASE}/c`)));
  cgroup.kill(9);
  cgroup.remove();
});

cgroupTest("Cgroup.plan() refuses a cgroup with processes, and touches nothing", (programs) => {
  const other = created();
  const pids = [programs.sleep().pid, programs.sleep().pid];
  for (const pid of pids) other.enter(pid);
  throws(() => plan(), { message: "container's cgroup is not empty: 2 process(es) found" });
  assertEquals(other.processes(), pids.toSorted((a, b) => a - b));
  other.kill(9);
  other.remove();
});

cgroupTest("Cgroup.create() refuses a cgroup that got processes meanwhile", (programs) => {
  const [first, second] = [plan(), plan()];
  first.create();
  first.enter(programs.sleep().pid);
  makeEverywhere(`${BASE}/c/inner`);
  throws(() => second.create(), {
    message: "container's cgroup is not empty: 1 process(es) found",
  });
  assert(!second.isUsed);
  second.remove();
  assertEquals(having(`${BASE}/c/inner`), directories(`${BASE}/c/inner`));
  assertEquals(first.processes()?.length, 1);
  first.kill(9);
  first.remove();
});

cgroupTest("Cgroup.create() refuses a frozen cgroup, and leaves nothing behind", () => {
  const parent = created(`${BASE}/parent`);
  parent.freeze();
  throws(() => plan(`${BASE}/parent`), { message: "container's cgroup unexpectedly frozen" });
  const child = plan(`${BASE}/parent/a/c`);
  throws(() => child.create(), { message: "container's cgroup unexpectedly frozen" });
  assertEquals(having(`${BASE}/parent/a`), []);
  parent.thaw();
  parent.remove();
});

cgroupTest("Cgroup.create() refuses a place where v2 has threads only", () => {
  const parent = V2!.mountpoint + BASE;
  Deno.mkdirSync(`${parent}/threads`, { recursive: true });
  Deno.writeTextFileSync(`${parent}/threads/cgroup.type`, "threaded");
  throws(() => created(), {
    message: `Cannot use the cgroup "${parent}/c": ` +
      `Its type is "domain invalid", so no process may live there`,
  });
  assertEquals(having(`${BASE}/c`), []);
  assertEquals(having(BASE), [parent]);
  sweep(parent);
}, V2 === undefined);

cgroupTest("Cgroup.processes() finds those whose threads have cgroups of their own", (programs) => {
  const cgroup = created();
  const threads = `${V2!.mountpoint}${BASE}/c/threads`;
  Deno.mkdirSync(threads);
  Deno.writeTextFileSync(`${threads}/cgroup.type`, "threaded");
  const { pid } = programs.sleep();
  cgroup.enter(pid);
  Deno.writeTextFileSync(`${threads}/cgroup.threads`, String(pid));
  assertEquals(cgroup.processes(), [pid]);
  cgroup.kill(9);
  cgroup.remove();
}, V2 === undefined);

cgroupTest("Cgroup.plan() refuses the name of a file", () => {
  const cgroup = created();
  throws(() => plan(`${BASE}/c/cgroup.procs`), /^SyscallError: openat\(.*ENOTDIR/);
  cgroup.remove();
});

cgroupTest("Cgroup.create() enables v2's controllers where v1 has none", () => {
  const available = Deno.readTextFileSync(`${V2!.mountpoint}/cgroup.controllers`).trim();
  assert(available !== "");
  const cgroup = created(`${BASE}/a/c`);
  for (const path of [BASE, `${BASE}/a/c`]) {
    const file = `${V2!.mountpoint}${path}/cgroup.controllers`;
    assertEquals(Deno.readTextFileSync(file).trim(), available);
  }
  const directory = `${V2!.mountpoint}${BASE}/a/c`;
  assertEquals(cgroup.find("memory"), { version: 2, directory, isMade: true });
  cgroup.remove();
}, LAYOUT.kind !== "v2");

cgroupTest("Cgroup.create() leaves v2's controllers alone beside v1", () => {
  const file = `${V2!.mountpoint}/cgroup.subtree_control`;
  const before = Deno.readTextFileSync(file);
  const cgroup = created();
  assertEquals(Deno.readTextFileSync(file), before);
  cgroup.remove();
}, LAYOUT.kind !== "hybrid");

cgroupTest(
  "Cgroup.enter() says why v2 refuses a cgroup that hands controllers down",
  (programs) => {
    const cgroup = created();
    const directory = `${V2!.mountpoint}${BASE}/c`;
    Deno.writeTextFileSync(`${directory}/cgroup.subtree_control`, "+memory");
    const { pid } = programs.sleep();
    throws(() => cgroup.enter(pid), {
      message:
        `Cannot put process ${pid} into the cgroup "${directory}": It hands controllers to ` +
        `its sub-cgroups (cgroup.subtree_control), so it may hold no process itself`,
    });
    cgroup.remove();
  },
  LAYOUT.kind !== "v2",
);

cgroupTest("Cgroup.openV2() opens the v2 directory", () => {
  const cgroup = created();
  using opened = cgroup.openV2();
  using expected = openat(AT_FDCWD, `${V2!.mountpoint}${BASE}/c`, O.O_PATH);
  assertEquals(fstatfsType(opened!.fd), MAGIC.CGROUP2_SUPER_MAGIC);
  assert(sameFile(statx(opened!.fd), statx(expected.fd)));
  cgroup.remove();
}, V2 === undefined);

cgroupTest("Cgroup.find() tells where a controller is", () => {
  const cgroup = created();
  for (const { version, controllers, mountpoint } of LAYOUT.hierarchies) {
    for (const controller of controllers) {
      const expected = { version, directory: `${mountpoint}${BASE}/c`, isMade: true };
      assertEquals(cgroup.find(controller), expected);
      assertEquals(cgroup.find(controller, version), expected);
      assertEquals(cgroup.find(controller, version === 1 ? 2 : 1), undefined);
    }
  }
  assertEquals(cgroup.find(undefined, 2)?.directory, V2 && `${V2.mountpoint}${BASE}/c`);
  assertEquals(cgroup.find("no-such-controller"), undefined);
  cgroup.remove();
});

cgroupTest("Cgroup.create() goes on without privileges where it can", () => {
  // No directory can be made in sysfs, whoever asks.
  const foreign = { ...LAYOUT.hierarchies[0]!, name: "foreign", mountpoint: "/sys/kernel" };
  const hierarchies = [foreign, ...LAYOUT.hierarchies];
  const paths = cgroupPaths(hierarchies, { id: "id", cgroupsPath: `${BASE}/c` });
  const refused = Cgroup.plan({ ...LAYOUT, hierarchies: hierarchies.toReversed() }, paths);
  throws(() => refused.create(), /^SyscallError: mkdirat\(.*"\/sys\/kernel\/.*EPERM/);
  assertEquals(having(BASE), []);

  const warnings: string[] = [];
  configureLog({ format: "text", debug: false, stderr: (text) => warnings.push(text) });
  const cgroup = Cgroup.plan({ ...LAYOUT, hierarchies }, paths, { rootless: true });
  cgroup.create();
  configureLog({ format: "text", debug: false });
  assertEquals(warnings.length, 1);
  assert(/level=warning msg="The container gets not every cgroup: mkdirat/.test(warnings[0]!));
  assertEquals(Object.values(cgroup.serialize().paths), directories(`${BASE}/c`));
  assertEquals(cgroup.processes(), []);
  cgroup.remove();
});

cgroupTest("Cgroup.remove() names the processes that keep it busy", (programs) => {
  const cgroup = created();
  const { pid } = programs.sleep();
  cgroup.enter(pid);
  const [first] = directories(`${BASE}/c`);
  throws(() => cgroup.remove(20), {
    message: `Cannot remove the cgroup "${first}": It still holds processes (${pid})`,
  });
  cgroup.kill(9);
  cgroup.remove();
});
