/**
 * That a client in the foreground passes on what it is sent.
 *
 * @module
 */
import { assertEquals } from "#assert";
import { assertIncludes } from "./expect.ts";
import { type Room, waitUntil } from "./room.ts";

/** A shell that tells of two signals, and ends at the second one. */
export const TRAP: readonly string[] = [
  "sh",
  "-c",
  'trap "echo heard" WINCH; trap "echo got; exit 5" TERM; while :; do sleep 0.1; done',
];

/** Ends a client that runs {@linkcode TRAP}, and logs to "signal", by SIGTERM. */
export async function assertPassesOn(room: Room, child: Deno.ChildProcess): Promise<void> {
  // The program may be up before its client passes signals on. This one does no harm to a client that does not yet.
  await waitUntil("a signal is passed on", () => {
    child.kill("SIGWINCH");
    return room.read("signal.log").includes("heard");
  });
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 5);
  assertIncludes(room.read("signal.log"), "got");
}
