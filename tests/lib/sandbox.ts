/**
 * A place for one test: a state root and a bundle of its own, and at the end the proof that nothing was left behind.
 *
 * ```ts
 * using box = new Sandbox((config) => config.process.args = ["true"]);
 * assertEquals(box.runts("run", box.id).code, 0);
 * ```
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { defaultConfig } from "../../spec/default_config.ts";

/** The executable under test. */
export const RUNTS: string = Deno.env.get("RUNTS") ??
  new URL("../../dist/runts", import.meta.url).pathname;

/** Where Debian's busybox-static puts it. */
const BUSYBOX = "/bin/busybox";

/** The applets that a test's container may call. */
const APPLETS =
  "sh ash cat chmod chown cp cut date dd df dmesg echo env expr false find getconf grep groups head hostname id ifconfig ip kill ln ls mkdir mkfifo mknod mount mv nc nice nproc od printenv printf ps pwd readlink rm rmdir sed sleep sort stat stty sync tail test touch tr true tty ulimit umount uname unshare wc which whoami xargs yes [ nsenter chroot df sysctl awk mountpoint tee seq usleep timeout"
    .split(" ");

/** The configuration as tests edit it. */
// deno-lint-ignore no-explicit-any -- tests break the configuration on purpose, in ways that no type allows
export type Editable = any;

/** How a command ended. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly clearEnv?: boolean;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Words put before the command, such as `["ip", "netns", "exec", name]`. */
  readonly prefix?: readonly string[];
}

let counter = 0;

/** One test's world. */
export class Sandbox implements Disposable {
  readonly directory: string;
  /** Unique on this machine: also the name of the container's cgroup. */
  readonly id: string;
  readonly root: string;
  readonly bundle: string;
  readonly rootfs: string;

  constructor(edit?: (config: Editable) => void) {
    this.id = `runts-test-${Deno.pid}-${counter++}`;
    this.directory = Deno.makeTempDirSync({ prefix: `${this.id}-` });
    // Users of the container have to reach the root through it.
    Deno.chmodSync(this.directory, 0o755);
    this.root = `${this.directory}/state`;
    this.bundle = `${this.directory}/bundle`;
    this.rootfs = `${this.bundle}/rootfs`;
    makeRootfs(this.rootfs);
    this.configure(edit);
  }

  /** Writes the bundle's config.json: the default one without terminal, edited. */
  configure(edit?: (config: Editable) => void): void {
    const config: Editable = structuredClone(defaultConfig());
    config.process.terminal = false;
    config.linux.cgroupsPath = `/runts-test/${this.id}`;
    edit?.(config);
    this.writeConfig(JSON.stringify(config));
  }

  /** Writes whatever text as config.json. */
  writeConfig(text: string): void {
    Deno.writeTextFileSync(`${this.bundle}/config.json`, text);
  }

  /** Sets the program: a shell script. */
  script(script: string, edit?: (config: Editable) => void): void {
    this.configure((config) => {
      config.process.args = ["sh", "-c", script];
      edit?.(config);
    });
  }

  /** Runs `runts --root … <args>` in the bundle's directory. */
  runts(...args: string[]): Result {
    return this.runtsWith({}, ...args);
  }

  /** The same with an environment, a current directory, words on stdin. */
  runtsWith(options: RunOptions, ...args: string[]): Result {
    return run([...(options.prefix ?? []), RUNTS, "--root", this.root, ...args], {
      cwd: this.bundle,
      ...options,
    });
  }

  /** Starts `runts --root … <args>` in the bundle's directory, and goes on. */
  start(options: RunOptions, ...args: string[]): Running {
    return start([...(options.prefix ?? []), RUNTS, "--root", this.root, ...args], {
      cwd: this.bundle,
      ...options,
    });
  }

  /** Runs the program of the bundle in the foreground, and demands that it ends well. */
  output(options: RunOptions = {}): string {
    const { code, stdout, stderr } = this.runtsWith(options, "run", this.id);
    assert.equal(code, 0, `run failed: ${stderr}`);
    return stdout;
  }

  /** Creates (stdio on /dev/null) and starts, and returns init's pid. */
  createAndStart(): number {
    this.succeed("create", this.id);
    const { pid } = this.state();
    this.succeed("start", this.id);
    return pid;
  }

  /** Runs a command that must succeed. */
  succeed(...args: string[]): Result {
    const result = this.runts(...args);
    assert.equal(result.code, 0, `runts ${args.join(" ")}: ${result.stderr}`);
    return result;
  }

  /** The parsed output of `state`. */
  state(): { status: string; pid: number; [key: string]: unknown } {
    return JSON.parse(this.succeed("state", this.id).stdout);
  }

  /** Waits until the container has stopped. */
  waitUntilStopped(): void {
    waitUntil(() => this.state().status === "stopped");
  }

  /** What is on the machine because of this test. */
  traces(): string[] {
    return [
      ...mounts().filter((line) => line.includes(this.directory)),
      ...cgroups().filter((path) => path.includes(this.id)),
      ...processes().filter(({ text }) => text.includes(this.id)).map(({ pid, text }) =>
        `process ${pid}: ${text}`
      ),
      ...list(this.root).map((name) => `state of ${name}`),
    ];
  }

  /** Deletes the container if it is still there, and fails if anything of it remains. */
  [Symbol.dispose](): void {
    for (const id of list(this.root)) this.runts("delete", "--force", id);
    try {
      assert.deepEqual(this.traces(), [], "the test left something behind");
    } finally {
      removeSharedCgroup();
      Deno.removeSync(this.directory, { recursive: true });
    }
  }
}

/** The parent of the sandboxes' cgroups stays when the container that made it goes before another that lives in it. */
function removeSharedCgroup(): void {
  for (const path of cgroups().filter((path) => path.endsWith("/runts-test"))) {
    try {
      Deno.removeSync(path);
    } catch {
      // Another test that runs at the same time still has a container there.
    }
  }
}

/** Runs a command to its end. */
export function run(words: readonly string[], options: RunOptions = {}): Result {
  const stdio = new Stdio(options.stdin);
  try {
    const { code } = stdio.command(words, options).outputSync();
    return { code, ...stdio.read() };
  } finally {
    stdio.remove();
  }
}

/** Starts a command and goes on. */
export function start(words: readonly string[], options: RunOptions = {}): Running {
  const stdio = new Stdio(options.stdin);
  const child = stdio.command(words, options).spawn();
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    soFar: () => stdio.read(),
    result: async () => {
      // It may have waited for others before.
      const limit = setTimeout(() => child.kill("SIGKILL"), 5 * PATIENCE);
      const { code } = await child.status;
      clearTimeout(limit);
      const result = { code, ...stdio.read() };
      stdio.remove();
      return result;
    },
  };
}

/** A command that may still run. */
export interface Running {
  /** Of the command itself, which takes the place of the shell that arranges its stdio. */
  readonly pid: number;
  readonly kill: (signal: Deno.Signal) => void;
  /** What it has written up to now. */
  readonly soFar: () => Omit<Result, "code">;
  /** Waits for its end; to be called once, in every test that starts something. */
  readonly result: () => Promise<Result>;
}

/** stdin, stdout and stderr as files: a container inherits them, so the end of a pipe would come with the container's. */
class Stdio {
  readonly #directory = Deno.makeTempDirSync({ prefix: "runts-stdio-" });

  constructor(stdin: string | undefined) {
    for (const name of ["out", "err"]) Deno.writeTextFileSync(this.#path(name), "");
    if (stdin !== undefined) Deno.writeTextFileSync(this.#path("in"), stdin);
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  command(words: readonly string[], { env, clearEnv, cwd, stdin }: RunOptions): Deno.Command {
    const input = stdin === undefined ? "/dev/null" : this.#path("in");
    const script = 'i=$1 o=$2 e=$3; shift 3; exec "$@" <"$i" >"$o" 2>"$e"';
    return new Deno.Command("/bin/sh", {
      args: ["-c", script, "sh", input, this.#path("out"), this.#path("err"), ...words],
      ...(env === undefined ? {} : { env }),
      ...(clearEnv === undefined ? {} : { clearEnv }),
      ...(cwd === undefined ? {} : { cwd }),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
  }

  read(): { stdout: string; stderr: string } {
    const [stdout, stderr] = ["out", "err"].map((name) => Deno.readTextFileSync(this.#path(name)));
    return { stdout: stdout!, stderr: stderr! };
  }

  remove(): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** The one sentence of a command that failed as it should: exit code 1, nothing on stdout, one line on stderr. */
export function failure({ code, stdout, stderr }: Result): string {
  const [, message] = /^time="[^"]+" level=error msg=("?.*"?)\n$/.exec(stderr) ?? [];
  assert.ok(message !== undefined, `stderr is not one error line: ${stderr}`);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, stderr);
  return message.startsWith('"') ? JSON.parse(message) : message;
}

/** Whether there is a file of that name, or anything else. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process has ended, reaped or not. */
export function hasEnded(pid: number): boolean {
  try {
    return /\) [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return true;
  }
}

/** Milliseconds. Far beyond what anything takes on any machine; it keeps a test that fails from hanging. */
export const PATIENCE = 120_000;

/** Waits until it is so. */
export function waitUntil(isSo: () => boolean): void {
  const end = performance.now() + PATIENCE;
  while (!isSo()) {
    assert.ok(performance.now() < end, `never came true: ${isSo}`);
    sleep(10);
  }
}

/** A root filesystem of busybox alone. */
export function makeRootfs(path: string): void {
  for (const name of ["bin", "dev", "etc", "proc", "sys", "tmp", "root"]) {
    Deno.mkdirSync(`${path}/${name}`, { recursive: true });
  }
  Deno.copyFileSync(BUSYBOX, `${path}/bin/busybox`);
  Deno.chmodSync(`${path}/bin/busybox`, 0o755);
  for (const applet of new Set(APPLETS)) Deno.symlinkSync("busybox", `${path}/bin/${applet}`);
  Deno.writeTextFileSync(`${path}/etc/passwd`, "root:x:0:0:root:/root:/bin/sh\n");
}

/** Blocks this thread; nothing in a test may run meanwhile, and nothing decides by it. */
export function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** The lines of this mount namespace's mountinfo. */
export function mounts(): string[] {
  return Deno.readTextFileSync("/proc/self/mountinfo").split("\n");
}

/** Every cgroup directory of the machine. */
export function cgroups(): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const name of list(path, true)) {
      found.push(`${path}/${name}`);
      walk(`${path}/${name}`);
    }
  };
  walk("/sys/fs/cgroup");
  return found;
}

/** Every process with its command line and cgroups, but for this one and its ancestors' shells. */
function processes(): { pid: string; text: string }[] {
  return list("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== Deno.pid).map(
    (pid) => {
      const read = (file: string): string => {
        try {
          return Deno.readTextFileSync(`/proc/${pid}/${file}`).replaceAll("\0", " ");
        } catch {
          return "";
        }
      };
      // A zombie is its parent's to reap; after create that is whoever takes orphans on this machine.
      const isZombie = /\) [ZX] \d/.test(read("stat"));
      // No process is in a cgroup any more that could be removed: what still names it is about to be a zombie.
      const cgroups = read("cgroup").replaceAll(/^.* \(deleted\)$/gm, "");
      return { pid, text: isZombie ? "" : read("cmdline") + cgroups };
    },
  );
}

function list(path: string, directoriesOnly = false): string[] {
  try {
    return [...Deno.readDirSync(path)].filter((entry) => !directoriesOnly || entry.isDirectory)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
