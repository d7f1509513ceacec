import { assertEquals } from "#assert";
import { fork } from "../../ffi/fork.ts";
import { memfd_create } from "../../ffi/memfd.ts";
import { open, readAll, writeString } from "../../ffi/open.ts";
import { getpid, kill, wait4 } from "../../ffi/process.ts";
import { blockSignals, setSignalMask, signalSet } from "../../ffi/signals.ts";
import { recv, socketpair } from "../../ffi/socket.ts";
import {
  leaveWatch,
  maskOutsideWatch,
  Stopped,
  stoppedBy,
  throwIfStopped,
  waitToRead,
  watchSignals,
} from "../../runtime/interruption.ts";
import { StepError } from "../../runtime/step.ts";

const [SIGHUP, SIGINT, SIGTERM] = [1, 2, 15];
const SOCK_SEQPACKET = 5;

/** In a fork: a signal to a test process with several threads may be taken by another of them. Returns its words. */
function inFork(act: (say: (word: unknown) => void) => void): unknown[] {
  using file = memfd_create("words");
  const child = fork({ flags: 0 }, () => {
    const words: unknown[] = [];
    try {
      act((word) => words.push(word));
    } catch (error) {
      words.push(error instanceof Error ? error.message : error);
    }
    writeString(file.fd, JSON.stringify(words));
    return 0;
  });
  using _pidfd = child.pidfd;
  assertEquals(wait4(child.pid)?.signal, 0);
  using again = open(`/proc/self/fd/${file.fd}`, 0);
  return JSON.parse(new TextDecoder().decode(readAll(again.fd)));
}

Deno.test("throwIfStopped() throws once for each signal, and not without one or without a watch", () => {
  const words = inFork((say) => {
    throwIfStopped();
    using _watch = watchSignals();
    throwIfStopped();
    for (const signal of [SIGTERM, SIGHUP]) kill(getpid(), signal!);
    for (let i = 0; i < 3; i++) {
      try {
        throwIfStopped();
        say("nothing");
      } catch (error) {
        say(stoppedBy(error));
      }
    }
  });
  // The kernel delivers the lower number first.
  assertEquals(words, [SIGHUP, SIGTERM, "nothing"]);
});

Deno.test("waitToRead() is cut short by a signal, but not if there is something to read", () => {
  const words = inFork((say) => {
    using _watch = watchSignals();
    const [a, b] = socketpair(SOCK_SEQPACKET);
    say(waitToRead(a, 10));
    kill(getpid(), SIGINT!);
    writeString(b.fd, "x");
    say(waitToRead(a));
    recv(a.fd, new Uint8Array(1));
    try {
      waitToRead(a);
    } catch (error) {
      say((error as Error).message);
    }
    say(waitToRead(a, 10));
  });
  assertEquals(words, [false, true, "the runtime was told to stop by SIGINT", false]);
});

Deno.test("watches within each other are one, and the last one restores the mask", () => {
  const set = signalSet([SIGHUP!, SIGINT!, SIGTERM!]).toString();
  const words = inFork((say) => {
    setSignalMask(0n);
    {
      using _outer = watchSignals();
      {
        using _inner = watchSignals();
      }
      say(String(blockSignals(0n)));
      say(String(maskOutsideWatch()));
    }
    say(String(blockSignals(0n)));
  });
  assertEquals(words, [set, "0", "0"]);
});

Deno.test("a watch leaves alone what the caller had blocked", () => {
  const words = inFork((say) => {
    setSignalMask(signalSet([SIGHUP!]));
    using _watch = watchSignals();
    kill(getpid(), SIGHUP!);
    throwIfStopped();
    say("nothing");
  });
  assertEquals(words, ["nothing"]);
});

Deno.test("a watch takes what is blocked already for another reason, if it is told the caller's mask", () => {
  const words = inFork((say) => {
    setSignalMask(signalSet([SIGHUP!, SIGTERM!]));
    using _watch = watchSignals(signalSet([SIGHUP!]));
    for (const signal of [SIGTERM, SIGHUP]) kill(getpid(), signal!);
    try {
      throwIfStopped();
    } catch (error) {
      say(stoppedBy(error));
    }
    throwIfStopped();
    say("nothing");
  });
  assertEquals(words, [SIGTERM, "nothing"]);
});

Deno.test("a fork that has left the watch hears nothing", () => {
  const words = inFork((say) => {
    using _watch = watchSignals();
    leaveWatch();
    kill(getpid(), SIGTERM!);
    throwIfStopped();
    say("nothing");
  });
  assertEquals(words, ["nothing"]);
});

Deno.test("stoppedBy() finds the signal behind a step's error, and behind a failed undo", () => {
  const step = new StepError("go on", "internal", new Stopped(SIGTERM!));
  assertEquals(stoppedBy(step), SIGTERM);
  assertEquals(stoppedBy(new SuppressedError(new Error("undo"), step)), SIGTERM);
  assertEquals(stoppedBy(new SuppressedError(step, new Error("first"))), undefined);
  assertEquals(stoppedBy(new Error("another")), undefined);
});
