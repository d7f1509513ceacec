/**
 * A client's checks: each is a test by itself, and all share one room, which the first one opens.
 *
 * @module
 */
import { assertEquals } from "#assert";
import { findProgram } from "./command.ts";
import { pause, Room } from "./room.ts";
import type { Trace } from "./traces.ts";

/** A client in its room. */
export interface Client {
  readonly room: Room;
  /** Removes what a check left. */
  sweep(): Promise<void>;
}

/** Something that works with the runtime as it works with others. */
export interface Check<C> {
  readonly name: string;
  /** Why it cannot be tried on this machine. */
  readonly skip?: string | undefined;
  readonly run: (client: C) => Promise<void>;
}

/** Registers the checks of a client, or one ignored test that says what the client lacks. */
export function suite<C extends Client>(
  name: string,
  programs: readonly string[],
  open: (room: Room) => Promise<C>,
  checks: readonly Check<C>[],
): void {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) {
    const why = `there is no ${missing.join(", no ")} on this machine`;
    return Deno.test({ name: `${name}: skipped: ${why}`, ignore: true, fn: () => {} });
  }
  const shared = new Shared(name, open);
  for (const { name: check, skip, run } of checks) {
    const title = skip === undefined ? `${name}: ${check}` : `${name}: ${check}: skipped: ${skip}`;
    register(title, skip !== undefined, () => shared.try(run));
  }
  register(`${name}: nothing is left`, false, () => shared.leave());
  Deno.test.afterAll(() => shared.close());
}

/** The room is older and younger than the test, so its processes and connections are not the test's to end. */
function register(name: string, ignore: boolean, fn: () => Promise<void>): void {
  Deno.test({ name, ignore, fn, sanitizeOps: false, sanitizeResources: false });
}

function texts(traces: readonly Trace[]): string[] {
  return traces.filter(({ isKept }) => isKept !== true).map(({ text }) => text);
}

/** What is there and stays: monitors and shims clean up in the background, after the client has answered. */
async function lasting(look: () => string[]): Promise<string[]> {
  const deadline = Date.now() + 30_000;
  while (look().length > 0 && Date.now() < deadline) await pause(50);
  return look();
}

/** The client that the tests of a file share. */
class Shared<C extends Client> {
  readonly #name: string;
  readonly #open: (room: Room) => Promise<C>;
  #room: Room | undefined;
  #client: Promise<C> | undefined;

  constructor(name: string, open: (room: Room) => Promise<C>) {
    this.#name = name;
    this.#open = open;
  }

  #get(): Promise<C> {
    return this.#client ??= this.#open(this.#room ??= new Room(this.#name));
  }

  async try(run: (client: C) => Promise<void>): Promise<void> {
    const client = await this.#get();
    try {
      await run(client);
    } catch (error) {
      try {
        await client.sweep(); // So that the next check has a chance.
      } catch (other) {
        throw new AggregateError(
          [error, other],
          "A check failed, and so did the removal of its rest",
        );
      }
      throw error;
    }
  }

  /** First what a running client shows of its containers, then what is left of the client itself. */
  async leave(): Promise<void> {
    const { room } = await this.#get();
    const ofContainers = (): string[] =>
      texts(room.traces()).filter((text) => /^(?:cgroup|state) /.test(text));
    assertEquals(await lasting(ofContainers), [], "containers left something behind");
    await room.stop();
    const ofClient = (): string[] => texts(room.traces());
    assertEquals(await lasting(ofClient), [], "the client left something behind");
  }

  async close(): Promise<void> {
    await this.#room?.close();
  }
}
