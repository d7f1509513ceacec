import { assertEquals } from "#assert";
import { getpid, kill } from "../../ffi/process.ts";
import {
  blockSignals,
  isIgnored,
  readSignal,
  resetSigpipe,
  setSignalMask,
  signalfd,
  signalSet,
} from "../../ffi/signals.ts";
import { fork } from "../../ffi/fork.ts";
import { wait4 } from "../../ffi/process.ts";

const SIGUSR1 = 10;
const SIGPIPE = 13;

Deno.test("signalSet() puts signal N at bit N - 1", () => {
  assertEquals(signalSet([1, 9, 64]), 1n | 1n << 8n | 1n << 63n);
});

Deno.test("blockSignals() returns the mask as it was", () => {
  const before = blockSignals(signalSet([SIGUSR1]));
  try {
    assertEquals(blockSignals(0n), before | signalSet([SIGUSR1]));
  } finally {
    setSignalMask(before);
  }
  assertEquals(blockSignals(0n), before);
});

// In a fork: a signal to a test process with several threads may be taken by another of them.
Deno.test("readSignal() reads what was sent", () => {
  const child = fork({ flags: 0 }, () => {
    const set = signalSet([SIGUSR1]);
    blockSignals(set);
    using signals = signalfd(set);
    kill(getpid(), SIGUSR1);
    return readSignal(signals.fd);
  });
  using _pidfd = child.pidfd;
  assertEquals(wait4(child.pid)?.status, SIGUSR1);
});

Deno.test("isIgnored() tells what is ignored from what is not", () => {
  const child = fork({ flags: 0 }, () => {
    // Deno ignores it.
    const before = isIgnored(SIGPIPE);
    resetSigpipe();
    return Number(before) * 2 + Number(isIgnored(SIGPIPE));
  });
  using _pidfd = child.pidfd;
  assertEquals(wait4(child.pid)?.status, 2);
});
