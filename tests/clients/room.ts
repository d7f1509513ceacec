/**
 * A place for one client: a directory that holds all its state, a cgroup that is the parent of all its containers, an
 * environment without anything of the caller's, and the end of whatever was started in it.
 *
 * @module
 */
import { removeParentCgroups, type Trace, tracesOf } from "./traces.ts";
import { FRESH_SIGNALS, limited, type Options, PATH, type Result } from "./command.ts";
import { makeArchive } from "./image.ts";
import { shellWord } from "../../.ci/launcher.ts";

/** The executable under test. */
export const RUNTS: string = Deno.env.get("RUNTS") ??
  new URL("../../dist/runts", import.meta.url).pathname;

const CONFIG = new URL("../../examples/config/", import.meta.url).pathname;

let counter = 0;

/** One client's world. */
export class Room {
  readonly directory: string;
  /** Unique on this machine: also the name of the cgroup. */
  readonly name: string;
  /** What commands and daemons find in their environment. */
  readonly env: Record<string, string>;
  readonly #outside: string[] = [];
  readonly #daemons: Deno.ChildProcess[] = [];

  constructor(client: string) {
    this.name = `runts-${client}-${Deno.pid}-${counter++}`;
    // Sockets' paths are short: 108 bytes, of which clients take their part.
    this.directory = Deno.makeTempDirSync({ prefix: `${this.name}-` });
    // Users of a user namespace have to get through it.
    Deno.chmodSync(this.directory, 0o711);
    // What calls "runc" by its name gets the runtime under test.
    Deno.mkdirSync(this.path("bin"));
    for (const name of ["runc", "runts"]) Deno.symlinkSync(RUNTS, this.path(`bin/${name}`));
    this.env = {
      PATH: `${this.path("bin")}:${PATH}`,
      HOME: this.directory,
      LC_ALL: "C",
      TERM: "xterm",
    };
  }

  /** A path in the room. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** The parent of the containers' cgroups. */
  get cgroup(): string {
    return `/${this.name}`;
  }

  /** Writes a file, and returns its path. */
  write(name: string, text: string, mode = 0o644): string {
    const path = this.path(name);
    Deno.writeTextFileSync(path, text, { mode });
    return path;
  }

  /** Reads a file of the room. */
  read(name: string): string {
    return Deno.readTextFileSync(this.path(name));
  }

  /** Whether there is such a thing in the room. */
  has(name: string): boolean {
    return exists(this.path(name));
  }

  /** An example's text as a reader would copy it, but that it names the runtime under test. */
  example(name: string): string {
    const text = Deno.readTextFileSync(CONFIG + name);
    if (!text.includes("/usr/local/bin/runts")) throw new Error(`${name} does not name runts`);
    return text.replaceAll("/usr/local/bin/runts", RUNTS);
  }

  /** Writes the archive of the images, and returns its path. */
  async archive(): Promise<string> {
    const path = this.path("images.tar");
    await Deno.writeFile(path, await makeArchive());
    return path;
  }

  /** Has a directory outside of the room, which its daemons make, removed at the end; not one that is there already. */
  leaveNo(directory: string): void {
    if (!exists(directory)) this.#outside.push(directory);
  }

  /** Runs a command to its end. */
  run(words: readonly string[], options: Options = {}): Promise<Result> {
    return limited(words, {
      cwd: this.directory,
      ...options,
      env: { ...this.env, ...options.env },
    });
  }

  /** Runs a command that must succeed, and returns what it wrote, without the white space at the ends. */
  async output(words: readonly string[], options: Options = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(words, options);
    if (code !== 0) {
      throw new Error(`${words.join(" ")}: exit code ${code}: ${stderr}${stdout}`);
    }
    return stdout.trim();
  }

  /** The same on a terminal of its own, of a size if one is given, and without carriage returns. */
  async onTerminal(words: readonly string[], size?: readonly [number, number]): Promise<Result> {
    const command = words.map(shellWord).join(" ");
    const sized = size === undefined ? command : `stty rows ${size[0]} cols ${size[1]}; ${command}`;
    const result = await this.run(["script", "-qefc", sized, "/dev/null"]);
    return { ...result, stdout: result.stdout.replaceAll("\r", "") };
  }

  /** Starts a daemon, or whatever else is to end with the room. Its output goes to `<log>.log`. */
  start(log: string, words: readonly string[]): Deno.ChildProcess {
    const script = 'exec "$@" >"$0" 2>&1';
    const output = this.write(`${log}.log`, "");
    const daemon = new Deno.Command("/bin/sh", {
      args: ["-c", script, output, ...FRESH_SIGNALS, ...words],
      cwd: this.directory,
      clearEnv: true,
      env: this.env,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#daemons.unshift(daemon);
    return daemon;
  }

  /** What is on the machine because of this room. */
  traces(): Trace[] {
    return tracesOf(this.directory, this.name);
  }

  /** Ends the daemons, the last one first; the result is what is still there after them. */
  async stop(): Promise<Trace[]> {
    for (const daemon of this.#daemons.splice(0)) await end(daemon);
    return this.traces();
  }

  /** Ends and removes everything. */
  async close(): Promise<void> {
    await this.stop();
    // Shims and monitors outlive their daemon, and containers their shim.
    for (let round = 0; round < 50; round++) {
      const traces = this.traces();
      if (traces.length === 0) break;
      for (const trace of traces) trace.remove();
      await pause(100);
    }
    removeParentCgroups(this.name);
    for (const path of this.#outside) remove(path);
    remove(this.directory);
  }
}

async function end(daemon: Deno.ChildProcess): Promise<void> {
  const signal = (name: Deno.Signal): void => {
    try {
      daemon.kill(name);
    } catch {
      // It has ended by itself.
    }
  };
  signal("SIGTERM");
  const timer = setTimeout(() => signal("SIGKILL"), 60_000);
  await daemon.status;
  clearTimeout(timer);
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Limits of open files, soft and hard, that a machine without CAP_SYS_RESOURCE can give, too. */
export function openFiles(): string {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  const [, hard = ""] = /^Max open files\s+\S+\s+(\d+)/m.exec(limits) ?? [];
  const most = Math.min(4096, Number(hard) || 4096);
  return `${most}:${most}`;
}

/** Lets some time pass. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Seconds that anything is waited for: far more than it takes on a busy machine. */
const PATIENCE = 120;

/** Waits until it is so, and fails after some time: a client that is waited for may have given up. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + PATIENCE * 1000;
  while (!await isSo()) {
    if (Date.now() > deadline) throw new Error(`It did not come to pass in ${PATIENCE} s: ${what}`);
    await pause(50);
  }
}
