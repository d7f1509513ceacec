/**
 * containerd, called by its own client `ctr`.
 *
 * @module
 */
import type { Options, Result } from "./command.ts";
import { CRI, importImages, runtimeRoot, socketOf, startContainerd } from "./containerd_room.ts";
import { WAIT } from "./engine.ts";
import { IMAGE } from "./image.ts";
import { type Room, RUNTS, waitUntil } from "./room.ts";
import type { Client } from "./suite.ts";

/** The container of most checks. */
export const BOX = "box";

/** The client. Containers have the names that the checks give. */
export class Ctr implements Client {
  readonly room: Room;

  constructor(room: Room) {
    this.room = room;
  }

  /** A containerd with the images, and a client. */
  static async open(room: Room): Promise<Ctr> {
    await startContainerd(room, { disabled: [CRI] });
    await importImages(room, room.name);
    for (const name of ["fifo", "runtime"]) Deno.mkdirSync(room.path(name));
    room.leaveNo(runtimeRoot(room.name));
    return new Ctr(room);
  }

  /** The words of a command. */
  words(...args: readonly string[]): string[] {
    return ["ctr", "--address", socketOf(this.room), "--namespace", this.room.name, ...args];
  }

  /** A command. */
  command(args: readonly string[], options: Options = {}): Promise<Result> {
    return this.room.run(this.words(...args), options);
  }

  /** One that must succeed. */
  output(...args: readonly string[]): Promise<string> {
    return this.room.output(this.words(...args));
  }

  /** The words of a `run` with the runtime under test, up to the options. */
  runWords(...options: readonly string[]): string[] {
    const { room } = this;
    const runtime = ["--runc-binary", RUNTS, "--runc-root", room.path("runtime")];
    return this.words("run", ...runtime, "--fifo-dir", room.path("fifo"), ...options);
  }

  /** Runs a program in a container that is removed at its end. */
  run(options: readonly string[], words: readonly string[], how: Options = {}): Promise<Result> {
    return this.room.run(this.runWords("--rm", ...options, IMAGE, BOX, ...words), how);
  }

  /** The same with a shell script, which must succeed. */
  shell(script: string, ...options: readonly string[]): Promise<string> {
    const words = lingering(["sh", "-c", script]);
    return this.room.output(this.runWords("--rm", ...options, IMAGE, BOX, ...words));
  }

  /** A task in the background; with no words one that waits. */
  async up(options: readonly string[] = [], words: readonly string[] = WAIT): Promise<Task> {
    await this.room.output(this.runWords("--detach", ...options, IMAGE, BOX, ...words));
    return new Task(this, BOX);
  }

  /** The same by a configuration of one's own. */
  async upBy(config: string, ...options: readonly string[]): Promise<Task> {
    await this.room.output(this.runWords("--detach", ...options, "--config", config, BOX));
    return new Task(this, BOX);
  }

  /** The columns of a task in the list, or nothing. */
  async task(id: string): Promise<{ pid: number; status: string } | undefined> {
    const lines = (await this.output("task", "list")).split("\n").map((line) => line.split(/\s+/));
    const line = lines.find(([name]) => name === id);
    return line === undefined ? undefined : { pid: Number(line[1]), status: line[2]! };
  }

  async sweep(): Promise<void> {
    for (const id of (await this.output("container", "list", "--quiet")).split("\n")) {
      if (id === "") continue;
      await this.command(["task", "resume", id]);
      await this.command(["task", "kill", "--all", "--signal", "KILL", id]);
      await this.command(["task", "rm", "--force", id]);
      await this.command(["container", "rm", id]);
    }
  }
}

/**
 * The words of a program whose container or exec outlives it for a moment. When ctr hears of the end it closes the streams,
 * and what it has not read by then is lost (containerd 1.6).
 */
export function lingering(words: readonly string[]): string[] {
  return ["sh", "-c", '"$@"; code=$?; sleep 0.5; exit $code', "sh", ...words];
}

/** A task in the background, which goes with the check. */
export class Task implements AsyncDisposable {
  readonly #ctr: Ctr;
  readonly #id: string;
  #count = 0;

  constructor(ctr: Ctr, id: string) {
    this.#ctr = ctr;
    this.#id = id;
  }

  /** "RUNNING", "STOPPED" and so on; "" if there is none. */
  async status(): Promise<string> {
    return (await this.#ctr.task(this.#id))?.status ?? "";
  }

  async pid(): Promise<number> {
    return (await this.#ctr.task(this.#id))?.pid ?? 0;
  }

  /** A command of `ctr task` that has the task as its last word. */
  do(...words: readonly string[]): Promise<Result> {
    return this.#ctr.command(["task", ...words, this.#id]);
  }

  /** The words of an `exec`. */
  execWords(words: readonly string[], options: readonly string[] = []): string[] {
    const id = ["--exec-id", `exec${this.#count++}`];
    const fifo = ["--fifo-dir", this.#ctr.room.path("fifo")];
    return this.#ctr.words("task", "exec", ...fifo, ...id, ...options, this.#id, ...words);
  }

  /** Runs a program in the container. */
  exec(
    words: readonly string[],
    options: readonly string[] = [],
    how: Options = {},
  ): Promise<Result> {
    return this.#ctr.room.run(this.execWords(words, options), how);
  }

  /** The same, and it must succeed. */
  see(words: readonly string[], options: readonly string[] = []): Promise<string> {
    return this.#ctr.room.output(this.execWords(lingering(words), options));
  }

  /** Waits for a status. */
  async waitFor(status: string): Promise<void> {
    await waitUntil(`the task is "${status}"`, async () => await this.status() === status);
  }

  /** Whatever the check has left of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (await this.status() === "RUNNING") {
      await this.do("kill", "--signal", "KILL");
      await this.waitFor("STOPPED");
    }
    if (await this.status() !== "") await this.do("rm"); // Its exit code is the task's.
    if (await this.status() !== "") throw new Error(`Cannot delete the task ${this.#id}`);
    await this.#ctr.output("container", "rm", this.#id);
  }
}
