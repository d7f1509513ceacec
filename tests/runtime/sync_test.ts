import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { sendmsg } from "../../ffi/socket.ts";
import { channelPair, PeerGone, reportToFailure, toFailure } from "../../runtime/sync.ts";
import { StepError } from "../../runtime/step.ts";

function report(index: number, errno: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.from([index, errno]).buffer);
}

const LABELS = [
  { step: "enter", spec: "config.md#configProcess", call: 'chdir("/x")' },
  { step: "execute the program", spec: "runtime.md#runtimeStart", call: 'execve("/p", ["p"], …)' },
];

Deno.test("Channel.expect() hears what was sent", () => {
  const [a, b] = channelPair();
  using _a = a;
  using _b = b;
  a.send({ type: "mounted" });
  assertEquals(b.expect("mounted").heard, { type: "mounted" });
  assertEquals(
    throwsMessage(() => (a.send({ type: "go" }), b.expect("mounted"))),
    'Cannot go on: heard "go" where "mounted" was due',
  );
});

Deno.test("Channel.expect() throws the other side's error as the same error", () => {
  const [a, b] = channelPair();
  using _a = a;
  using _b = b;
  a.send(
    toFailure(
      new StepError("mask paths", "config-linux.md#configLinuxMaskedPaths", new Error("why")),
    ),
  );
  throws(() => b.expect("ready"), {
    name: "StepError",
    message: "Cannot mask paths: why",
    spec: "config-linux.md#configLinuxMaskedPaths",
  });
});

Deno.test("Channel.expect() understands the tape's two words", () => {
  const [a, b] = channelPair();
  using _a = a;
  using _b = b;
  a.send({ type: "tape", labels: LABELS });
  sendmsg(a.socket.fd, new TextEncoder().encode("R"));
  assertEquals(b.expect("ready").heard, { type: "ready" });
  sendmsg(a.socket.fd, report(0, 2));
  throws(() => b.expect("ready"), {
    message: 'Cannot enter: chdir("/x"): ENOENT (No such file or directory)',
  });
});

Deno.test("Channel.expect() says when the other process is gone", () => {
  const [a, b] = channelPair();
  using _b = b;
  a.socket.close();
  throws(() => b.expect("ready"), (error) => error instanceof PeerGone);
});

Deno.test("reportToFailure() counts from the first label it is given", () => {
  assertEquals(reportToFailure(report(61, 13), LABELS, 60), {
    type: "error",
    step: "execute the program",
    spec: "runtime.md#runtimeStart",
    message: 'execve("/p", ["p"], …): EACCES (Permission denied)',
  });
});

Deno.test("reportToFailure() tells an unexpected end, and a record that it does not know", () => {
  assertEquals(reportToFailure(report(0, 0), LABELS).message, 'chdir("/x"): unexpected end');
  assertEquals(
    reportToFailure(report(9, 1), LABELS).message,
    "record 9(): EPERM (Operation not permitted)",
  );
});

function throwsMessage(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing";
}
