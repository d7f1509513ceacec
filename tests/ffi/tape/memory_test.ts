import { assert, assertEquals } from "#assert";
import { Tape } from "../../../ffi/tape/tape.ts";
import { blockedIn, commandOf, players } from "./players.ts";
import { temporaryFile } from "./tools.ts";

const LIMIT_KB = 100;

// Only on the machine itself: an emulator has memory of its own.
for (const player of players().filter(({ emulator, playable }) => playable && !emulator)) {
  for (const [size, variables] of [["small", 4], ["large", 2048]] as const) {
    Deno.test(`a waiting tape with a ${size} environment holds less than ${LIMIT_KB} KB`, async () => {
      const { nr, machine } = player;
      const tape = new Tape({ errorFd: 2 });
      const envp = Array.from({ length: variables }, (_, i) => `V${i}=`.padEnd(500, "x"));
      const env = tape.cstrings(envp);
      tape.call(nr.read, [0, tape.zeros(1), 1], { retryOnEintr: true });
      tape.call(nr.execve, [tape.cstring("/bin/true"), tape.cstrings(["true"]), env]);
      using file = temporaryFile(tape.encode(machine));
      const child = commandOf(player, file.path, "piped").spawn();
      await blockedIn(child.pid, nr.read);
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      // The end of its input lets it go.
      await child.stdin.close();
      const { code } = await child.output();
      assertEquals(code, 0);
      const [, rss] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
      assert(rss !== undefined && Number(rss) < LIMIT_KB, status);
    });
  }
}
