/** Forks by the thousand, and what becomes of the child. @module */
import { assert, assertEquals } from "#assert";
import { fork } from "../../ffi/fork.ts";
import { wait4 } from "../../ffi/process.ts";
import { type Result, run } from "../lib/sandbox.ts";

const SINGLE_THREADED = "--v8-flags=--single-threaded";

function deno(script: string, flags: readonly string[], ...args: string[]): Result {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const words = ["run", "-A", "--no-check", "-c", config, ...flags, script, ...args];
  return run([Deno.execPath(), ...words], { env: { NO_COLOR: "1" } });
}

function stress(kind: string, count: number): void {
  const script = new URL("fork_stress.ts", import.meta.url).pathname;
  const result = deno(script, [SINGLE_THREADED], kind, String(count));
  assertEquals(result, { code: 0, stdout: `${count} right\n`, stderr: "" });
}

Deno.test("fork() makes 1,000 children that work, collect and end with the right status", () => {
  stress("plain", 1000);
});

Deno.test("fork() makes 100 children in six new namespaces", () => {
  stress("namespaces", 100);
});

Deno.test("fork() makes 100 children in a user namespace, and each a child of its own in two more", () => {
  stress("nested", 100);
});

Deno.test("fork() keeps the child in its branch, whatever it does", () => {
  const statusOf = (child: () => number) => {
    const { pid, pidfd } = fork({ flags: 0 }, child);
    pidfd.close();
    return wait4(pid)?.status;
  };
  assertEquals(statusOf(() => 0), 0);
  assertEquals(statusOf(() => 200), 200);
  assertEquals(
    statusOf(() => {
      throw new Error("not the parent's");
    }),
    255,
  );
  const endless = (): number => endless() + 1;
  assertEquals(statusOf(endless), 255, "a stack overflow is an exception like any other");
});

Deno.test("fork() refuses when V8 has worker threads", () => {
  const fork = new URL("../../ffi/fork.ts", import.meta.url).href;
  const file = Deno.makeTempFileSync({ suffix: ".ts" });
  const script = `
    import { fork } from ${JSON.stringify(fork)};
    try {
      fork({ flags: 0 }, () => 0);
      console.log("forked");
    } catch (error) {
      console.log(error.message);
    }`;
  Deno.writeTextFileSync(file, script);
  try {
    const refused = deno(file, []);
    assertEquals([refused.code, refused.stderr], [0, ""]);
    assert(refused.stdout.startsWith("Cannot fork: V8 runs worker threads"), refused.stdout);
    assertEquals(deno(file, [SINGLE_THREADED]).stdout, "forked\n");
  } finally {
    Deno.removeSync(file);
  }
});
