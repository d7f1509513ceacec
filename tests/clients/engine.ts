/**
 * What Docker and Podman have in common: their command line.
 *
 * @module
 */
import type { Options, Result } from "./command.ts";
import { IMAGE } from "./image.ts";
import type { Room } from "./room.ts";
import type { Client } from "./suite.ts";

/** A shell that waits, and ends well at a SIGTERM. */
export const WAIT: readonly string[] = [
  "sh",
  "-c",
  'trap "exit 0" TERM; while :; do sleep 0.1; done',
];

/** How an engine is called. */
export interface Calls {
  readonly program: string;
  /** What every `run` and `create` has to say. */
  readonly options: readonly string[];
  /** What every `rm` of a running container has to say. */
  readonly removal: readonly string[];
}

/** Docker or Podman. */
export class Engine implements Client {
  readonly room: Room;
  readonly calls: Calls;

  constructor(room: Room, calls: Calls) {
    this.room = room;
    this.calls = calls;
  }

  /** A command of the engine's. */
  command(args: readonly string[], options: Options = {}): Promise<Result> {
    return this.room.run([this.calls.program, ...args], options);
  }

  /** One that must succeed; the result is its output. */
  output(args: readonly string[], options: Options = {}): Promise<string> {
    return this.room.output([this.calls.program, ...args], options);
  }

  /** The words of a `run` without network, up to the options. */
  runWords(...options: readonly string[]): string[] {
    return [this.calls.program, "run", ...this.calls.options, "--network", "none", ...options];
  }

  /** Runs a program in a container that is removed at its end. */
  run(options: readonly string[], words: readonly string[], how: Options = {}): Promise<Result> {
    return this.room.run([...this.runWords("--rm", ...options), IMAGE, ...words], how);
  }

  /** The same, and it must succeed. */
  see(options: readonly string[], words: readonly string[], how: Options = {}): Promise<string> {
    return this.room.output([...this.runWords("--rm", ...options), IMAGE, ...words], how);
  }

  /** The same with a shell script. */
  shell(script: string, ...options: readonly string[]): Promise<string> {
    return this.see(options, ["sh", "-c", script]);
  }

  /** A container in the background; with no words one that waits. */
  async up(options: readonly string[] = [], words: readonly string[] = WAIT): Promise<Container> {
    const id = await this.room.output([...this.runWords("--detach", ...options), IMAGE, ...words]);
    return new Container(this, id);
  }

  async sweep(): Promise<void> {
    for (const state of ["paused", ""]) {
      const filter = state === "" ? ["--all"] : ["--filter", `status=${state}`];
      const { stdout } = await this.command(["ps", "--quiet", ...filter]);
      for (const id of stdout.split("\n").filter((line) => line !== "")) {
        if (state === "paused") await this.command(["unpause", id]);
        else await this.command(["rm", "--force", ...this.calls.removal, id]);
      }
    }
  }
}

/** A container in the background, which goes with the check. */
export class Container implements AsyncDisposable {
  readonly #engine: Engine;
  readonly id: string;

  constructor(engine: Engine, id: string) {
    this.#engine = engine;
    this.id = id;
  }

  /** A value of `inspect`. */
  get(path: string): Promise<string> {
    return this.#engine.output(["inspect", "--format", `{{.${path}}}`, this.id]);
  }

  /** "running", "exited" and so on. */
  status(): Promise<string> {
    return this.get("State.Status");
  }

  async pid(): Promise<number> {
    return Number(await this.get("State.Pid"));
  }

  /** A command that has the container as its last word; it must succeed. */
  do(...words: readonly string[]): Promise<string> {
    return this.#engine.output([...words, this.id]);
  }

  /** Runs a program in the container. */
  exec(
    words: readonly string[],
    options: readonly string[] = [],
    how: Options = {},
  ): Promise<Result> {
    return this.#engine.command(["exec", ...options, this.id, ...words], how);
  }

  /** The same, and it must succeed. */
  see(words: readonly string[], options: readonly string[] = []): Promise<string> {
    return this.#engine.output(["exec", ...options, this.id, ...words]);
  }

  /** What it has written up to now. */
  async logs(): Promise<string> {
    const { stdout, stderr } = await this.#engine.command(["logs", this.id]);
    return stdout + stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.do("rm", "--force", ...this.#engine.calls.removal);
  }
}
