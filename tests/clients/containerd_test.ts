/**
 * containerd: the shim for runc, with runts in runc's place.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { BOX, Ctr, lingering, Task } from "./containerd.ts";
import { CONFIG_CHECKS } from "./containerd_config_checks.ts";
import { ISOLATION_CHECKS } from "./containerd_isolation_checks.ts";
import { runtimeRoot } from "./containerd_room.ts";
import { whyNoCheckpoints } from "./criu.ts";
import { all, assertClean, assertCode, assertIncludes, catches, LOOK } from "./expect.ts";
import { IMAGE } from "./image.ts";
import { assertPassesOn, TRAP } from "./passed_signal.ts";
import { waitUntil } from "./room.ts";
import { type Check, suite } from "./suite.ts";

const RUN_CHECKS: readonly Check<Ctr>[] = [
  {
    name: "run gives exit codes and both streams",
    async run(ctr): Promise<void> {
      const result = await ctr.run([], lingering(["sh", "-c", "echo out; echo err >&2; exit 7"]));
      assertEquals([result.code, result.stdout], [7, "out\n"]);
      assertIncludes(result.stderr, "err\n");
      assertEquals(await ctr.output("container", "list", "--quiet"), "", "--rm removed it");
    },
  },
  {
    name: "run passes stdin on, and much output",
    async run(ctr): Promise<void> {
      // ctr does not tell the end of its input: lines, then.
      const script = "read a; read b; echo $b $a; seq 100000";
      const words = lingering(["sh", "-c", script]);
      const result = await ctr.run([], words, { stdin: "one\ntwo\n" });
      assertCode(result, 0);
      const numbers = Array.from({ length: 100000 }, (_, i) => i + 1).join("\n");
      assertEquals(result.stdout, `two one\n${numbers}\n`);
    },
  },
  {
    name: "run takes environment and directory",
    async run(ctr): Promise<void> {
      const options = ["--env", "FOO=bar=baz", "--cwd", "/home/user"];
      assertEquals(await ctr.shell("echo $FOO $PWD", ...options), "bar=baz /home/user");
    },
  },
  {
    name: "run starts a clean process",
    run: async (ctr): Promise<void> => assertClean(await ctr.shell(LOOK)),
  },
  {
    name: "run of a missing program fails, says which, and the name is free again",
    async run(ctr): Promise<void> {
      const result = await ctr.run([], ["/no/such/program"]);
      assert(result.code !== 0);
      assertIncludes(all(result), "/no/such/program");
      await ctr.sweep();
      assertCode(await ctr.run([], ["true"]), 0);
    },
  },
  {
    name: "run with a missing mount source fails, and says which",
    async run(ctr): Promise<void> {
      const mount = "type=bind,src=/no/such/source,dst=/x,options=rbind:ro";
      const result = await ctr.run(["--mount", mount], ["true"]);
      assert(result.code !== 0);
      assertIncludes(all(result), "/no/such/source");
      await ctr.sweep();
    },
  },
  {
    name: "run passes a signal on",
    async run(ctr): Promise<void> {
      const child = ctr.room.start("signal", ctr.runWords("--rm", IMAGE, BOX, ...TRAP));
      await assertPassesOn(ctr.room, child);
    },
  },
  {
    name: "run on a terminal, of its size, with its exit code",
    async run(ctr): Promise<void> {
      const script = [
        "tty; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /dev/console",
        // The size comes after the start.
        'while [ "$(stty size)" != "31 91" ]; do sleep 0.1; done; stty size; exit 9',
      ].join("; ");
      const start = ctr.runWords("--rm", "--tty", IMAGE, BOX, "sh", "-c", script);
      const result = await ctr.room.onTerminal(start, [31, 91]);
      assertCode(result, 9);
      for (const part of ["/dev/pts/0\n", "all\n", "crw", "31 91\n"]) {
        assertIncludes(result.stdout, part);
      }
    },
  },
  {
    name: "run eight at once",
    async run(ctr): Promise<void> {
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8].map(String);
      const echo = (n: string): Promise<string> =>
        ctr.room.output(ctr.runWords("--rm", IMAGE, `box${n}`, ...lingering(["echo", n])));
      assertEquals(await Promise.all(numbers.map(echo)), numbers);
    },
  },
];

const LIFE_CHECKS: readonly Check<Ctr>[] = [
  {
    name: "a task runs in the background, ends at SIGTERM, and gives its code when it is deleted",
    async run(ctr): Promise<void> {
      const file = ctr.room.path("pid");
      const script = 'trap "exit 4" TERM; while :; do sleep 0.1; done';
      await using task = await ctr.up(["--pid-file", file], ["sh", "-c", script]);
      assertEquals([await task.status(), `${await task.pid()}`], ["RUNNING", ctr.room.read("pid")]);
      const refused = await task.do("rm");
      assert(refused.code !== 0, "a running task is not deleted");
      // A process 1 without a trap would not notice the signal. 15 is SIGTERM.
      const pid = await task.pid();
      await waitUntil("the trap is set", () => catches(pid, 15));
      await task.do("kill", "--signal", "TERM");
      await task.waitFor("STOPPED");
      assertIncludes(all(await task.do("rm")), "exit code 4");
    },
  },
  {
    name: "exec: codes, stdin, user, directory, and what it sees",
    async run(ctr): Promise<void> {
      await using task = await ctr.up();
      assertCode(await task.exec(["sh", "-c", "exit 3"]), 3);
      const { stdout } = await task.exec(lingering(["head", "-n1"]), [], { stdin: "data\n" });
      assertEquals(stdout, "data\n");
      const seen = await task.see(["sh", "-c", "id -u; pwd"], ["--user", "1000", "--cwd", "/tmp"]);
      assertEquals(seen, "1000\n/tmp");
      assertIncludes(await task.see(["ps"]), "while :");
      assertClean(await task.see(["sh", "-c", LOOK]));
    },
  },
  {
    name: "exec of a missing program fails, says which, and the task runs on",
    async run(ctr): Promise<void> {
      await using task = await ctr.up();
      const result = await task.exec(["/no/such/program"]);
      assert(result.code !== 0);
      assertIncludes(all(result), "/no/such/program");
      assertEquals(await task.status(), "RUNNING");
    },
  },
  {
    name: "exec on a terminal",
    async run(ctr): Promise<void> {
      await using task = await ctr.up();
      const result = await ctr.room.onTerminal(task.execWords(lingering(["tty"]), ["--tty"]));
      assertIncludes(result.stdout, "/dev/pts/0");
    },
  },
  {
    name: "exec in the background, and a signal to it; ps shows all",
    async run(ctr): Promise<void> {
      await using task = await ctr.up();
      const fifo = ["--fifo-dir", ctr.room.path("fifo")];
      await ctr.output("task", "exec", ...fifo, "--detach", "--exec-id", "own", BOX, "sleep", "63");
      assert((await task.do("ps")).stdout.trim().split("\n").length >= 3, "a title and two");
      assertIncludes((await task.do("ps")).stdout, `${await task.pid()}`);
      await task.do("kill", "--exec-id", "own", "--signal", "KILL");
      await waitUntil("it has ended", async () => !(await task.see(["ps"])).includes("sleep 63"));
    },
  },
  {
    name: "exec eight at once",
    async run(ctr): Promise<void> {
      await using task = await ctr.up();
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8].map(String);
      assertEquals(await Promise.all(numbers.map((n) => task.see(["echo", n]))), numbers);
    },
  },
  {
    name: "pause and resume; a paused task can be deleted by force",
    async run(ctr): Promise<void> {
      await using task = await ctr.up();
      assertCode(await task.do("pause"), 0);
      assertEquals(await task.status(), "PAUSED");
      assertCode(await task.do("resume"), 0);
      assertEquals(await task.status(), "RUNNING");
      await task.see(["true"]);
      assertCode(await task.do("pause"), 0);
      await task.do("rm", "--force");
      assertEquals(await task.status(), "");
    },
  },
  {
    name: "metrics, and an event when memory is short",
    async run(ctr): Promise<void> {
      {
        await using task = await ctr.up();
        const { stdout } = await task.do("metrics");
        assert(
          /(?:memory\.usage_in_bytes|memory\.current|memory\.usage)\s+[1-9]/.test(stdout),
          stdout,
        );
        assertIncludes(stdout, "pids.current");
      }
      const { room } = ctr;
      const events = room.start("events", ctr.words("events"));
      const fill = 'x=$(head -c 64m /dev/zero | tr "\\0" x); echo ${#x}';
      const limit = ["--memory-limit", `${16 * 1024 * 1024}`];
      const isTold = async (): Promise<boolean> => {
        await ctr.run(limit, ["sh", "-c", fill]); // Again, if the client was not listening yet.
        return room.read("events.log").includes("/tasks/oom");
      };
      await waitUntil("the event comes", isTold);
      events.kill("SIGTERM");
    },
  },
  {
    name: "the runc of the shim's PATH, with the usual root",
    async run(ctr): Promise<void> {
      await ctr.output("container", "create", IMAGE, BOX, "/bin/sleep", "60");
      await ctr.output("task", "start", "--detach", "--fifo-dir", ctr.room.path("fifo"), BOX);
      await using task = new Task(ctr, BOX);
      assertEquals(await task.status(), "RUNNING");
      assert(Deno.statSync(`${runtimeRoot(ctr.room.name)}/${BOX}`).isDirectory);
    },
  },
  {
    name: "a shim that is killed takes its container along",
    async run(ctr): Promise<void> {
      await using task = await ctr.up();
      const pid = await task.pid();
      const [, shim] = /^PPid:\s+(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
      assertIncludes(Deno.readTextFileSync(`/proc/${shim}/cmdline`), "containerd-shim");
      Deno.kill(Number(shim), "SIGKILL");
      await waitUntil("the container has ended", () => hasEnded(pid));
      await waitUntil("its cgroup and state are gone", () =>
        !ctr.room.traces().some(
          ({ text }) => /^(?:cgroup|state) /.test(text),
        ));
    },
  },
  {
    name: "checkpoint and restore",
    skip: whyNoCheckpoints(),
    async run(ctr): Promise<void> {
      const count = "i=0; while :; do i=$((i+1)); echo $i >/tmp/n; sleep 0.1; done";
      {
        await using task = await ctr.up([], ["sh", "-c", count]);
        await task.waitFor("RUNNING");
        await ctr.output("container", "checkpoint", "--rw", "--image", "--task", BOX, "saved");
      }
      await ctr.output("container", "restore", "--rw", "--live", BOX, "saved");
      await using task = new Task(ctr, BOX);
      assertEquals(await task.status(), "RUNNING");
    },
  },
];

function hasEnded(pid: number): boolean {
  try {
    return /\) Z \d/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return true;
  }
}

suite("containerd", ["containerd", "ctr", "busybox"], Ctr.open, [
  ...RUN_CHECKS,
  ...LIFE_CHECKS,
  ...ISOLATION_CHECKS,
  ...CONFIG_CHECKS,
]);
