/** `run` in the foreground. @module */
import { assertEquals } from "#assert";
import { Sandbox } from "../lib/sandbox.ts";

Deno.test("run() returns the exit code of the program", () => {
  using box = new Sandbox();
  box.script("echo out; echo err >&2; exit 7");
  assertEquals(box.runts("run", box.id), { code: 7, stdout: "out\n", stderr: "err\n" });
});

Deno.test("run() returns 128 + N when signal N killed the program", () => {
  using box = new Sandbox();
  // Init of a PID namespace ignores signals from inside: a child asks the runtime's side, the shell kills itself by KILL.
  box.script("sleep 1000 & kill -9 $!; wait $!");
  assertEquals(box.runts("run", box.id).code, 137);
});
