/**
 * A `criu` of one's own, first in $PATH, that does as a test says. It is a program by itself, fake_criu_program.ts.
 *
 * @module
 */
import type { CriuOptions } from "../../runtime/criu/messages.ts";
import type { Result, Sandbox } from "./sandbox.ts";

/** What it does after the request. */
export type Turn =
  /** Tells that it has come there, perhaps with a terminal's master, and waits. */
  | { readonly script: string; readonly pid?: number; readonly master?: true }
  /** Writes a log. */
  | { readonly log: string; readonly text: string }
  /** Answers that it has failed. */
  | { readonly fail: string }
  /** Ends with status 3, with words on stderr. */
  | { readonly die: string };

/** What happens. Without an end by failure it ends well. */
export interface Play {
  readonly version?: readonly [major: number, minor: number];
  readonly turns: readonly Turn[];
  /** What the restored process does: a shell script. */
  readonly program?: string;
  /** Puts the restored process nowhere. */
  readonly leavesCgroup?: true;
}

/** A fake CRIU for the container of a sandbox. */
export class FakeCriu {
  readonly #box: Sandbox;
  readonly #directory: string;

  constructor(box: Sandbox) {
    this.#box = box;
    this.#directory = `${box.directory}/fake`;
    Deno.mkdirSync(this.#directory);
    const program = new URL("fake_criu_program.ts", import.meta.url).pathname;
    const deno = `${Deno.execPath()} run -A --no-check --v8-flags=--single-threaded`;
    Deno.writeTextFileSync(
      `${this.#directory}/criu`,
      `#!/bin/sh\nexport DENO_DIR=${this.#directory}/deno NO_COLOR=1\n` +
        `exec ${deno} ${program} ${this.#directory}/play ${this.#directory}/notes "$@"\n`,
      { mode: 0o755 },
    );
  }

  /** Runs runts with it. */
  run(play: Play, ...args: string[]): Result {
    Deno.writeTextFileSync(`${this.#directory}/play`, JSON.stringify(play));
    Deno.writeTextFileSync(`${this.#directory}/notes`, "");
    const env = { PATH: `${this.#directory}:/usr/sbin:/usr/bin:/sbin:/bin` };
    return this.#box.runtsWith({ env, clearEnv: true }, ...args);
  }

  /** Where it notes what it hears, line by line; hooks may write there as well, in JSON. */
  get notes(): string {
    return `${this.#directory}/notes`;
  }

  /** What it has heard: the request, and in between what it told. */
  heard(): unknown[] {
    return Deno.readTextFileSync(this.notes).trim().split("\n").filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  /** What it was asked for. */
  request(): { readonly word: string; readonly type: number; readonly opts: CriuOptions } {
    return this.heard()[0] as ReturnType<FakeCriu["request"]>;
  }
}
