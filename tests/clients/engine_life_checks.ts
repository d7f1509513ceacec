/**
 * Docker and Podman: containers in the background, and programs that join them.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { assertLimits, cpus, memory, memoryAndSwap, pids, quota } from "./cgroup_value.ts";
import { Container, type Engine } from "./engine.ts";
import { all, assertClean, assertCode, assertIncludes, catches, LOOK, words } from "./expect.ts";
import { IMAGE } from "./image.ts";
import { waitUntil } from "./room.ts";
import type { Check } from "./suite.ts";

const MiB = 1024 * 1024;

/** The checks. */
export const LIFE_CHECKS: readonly Check<Engine>[] = [
  {
    name: "a container runs in the background, and ends at SIGTERM",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      assertEquals(await box.status(), "running");
      // A process 1 without a trap would not notice the signal. 15 is SIGTERM.
      const pid = await box.pid();
      await waitUntil("the trap is set", () => catches(pid, 15));
      await box.do("kill", "--signal", "TERM");
      assertEquals(await box.do("wait"), "0");
      assertEquals(await box.status(), "exited");
    },
  },
  {
    name: "create, start, stop, start, restart",
    async run(engine): Promise<void> {
      const [program, , ...options] = engine.runWords(IMAGE, "sh", "-c", "sleep 60");
      const id = await engine.room.output([program!, "create", ...options]);
      await using box = new Container(engine, id);
      assertEquals(await box.status(), "created");
      const states = [await box.do("start") && await box.status()];
      states.push(await box.do("stop", "--time", "0") && await box.status());
      states.push(await box.do("start") && await box.status());
      states.push(await box.do("restart", "--time", "0") && await box.status());
      assertEquals(states, ["running", "exited", "running", "running"]);
    },
  },
  {
    name: "signals arrive, and logs are kept",
    async run(engine): Promise<void> {
      const script = 'trap "echo usr1" USR1; echo up >&2; while :; do sleep 0.1; done';
      await using box = await engine.up([], ["sh", "-c", script]);
      await waitUntil("it is up", async () => (await box.logs()).includes("up"));
      await box.do("kill", "--signal", "USR1");
      await waitUntil("USR1 arrives", async () => (await box.logs()).includes("usr1"));
    },
  },
  {
    name: "attach",
    async run(engine): Promise<void> {
      await using box = await engine.up(["--interactive"], ["sh", "-c", 'read x; echo "got $x"']);
      await engine.command(["attach", box.id], { stdin: "word\n" });
      assertEquals(await box.do("wait"), "0");
      assertIncludes(await box.logs(), "got word");
    },
  },
  {
    name: "exec: codes, stdin, user, groups, directory, environment",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      assertCode(await box.exec(["sh", "-c", "exit 3"]), 3);
      const echoed = await box.exec(["cat"], ["--interactive"], { stdin: "data\n" });
      assertEquals(echoed.stdout, "data\n");
      const script = "echo $(id -un) $(id -Gn) $PWD $X";
      const seen = await box.see(
        ["sh", "-c", script],
        ["--user", "user", "--workdir", "/tmp", "--env", "X=y"],
      );
      assertIncludes(seen, "extra");
      assert(/^user .* \/tmp y$/.test(seen), seen);
      assertIncludes(await box.see(["ps"]), "while :");
    },
  },
  {
    name: "exec starts a clean process",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      assertClean(await box.see(["sh", "-c", LOOK]));
    },
  },
  {
    name: "exec on a terminal",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      const result = await engine.room.onTerminal([
        engine.calls.program,
        ...["exec", "--interactive", "--tty", box.id, "sh", "-c", "tty; exit 4"],
      ]);
      assertIncludes(result.stdout, "/dev/pts/");
      assertCode(result, 4);
    },
  },
  {
    name: "exec in the background",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      await box.see(["sh", "-c", "echo x >/tmp/made; sleep 60"], ["--detach"]);
      const isMade = async (): Promise<boolean> =>
        (await box.exec(["test", "-s", "/tmp/made"])).code === 0;
      await waitUntil("the program runs", isMade);
    },
  },
  {
    name: "exec of a file that is no program gives 126, and the container runs on",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      const missing = await box.exec(["/no/such/program"]);
      // Docker says 126 up to version 20.10.
      assert([126, 127].includes(missing.code), `exit code ${missing.code}: ${all(missing)}`);
      assertIncludes(all(missing), "/no/such/program");
      assertCode(await box.exec(["/etc/passwd"]), 126);
      assertEquals(await box.status(), "running");
    },
  },
  {
    name: "exec eight at once",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
      const seen = await Promise.all(numbers.map((n) => box.see(["echo", `${n}`])));
      assertEquals(seen, numbers.map(String));
    },
  },
  {
    name: "pause and unpause; a paused container can be removed",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      await box.do("pause");
      assertEquals(await box.status(), "paused");
      await box.do("unpause");
      assertEquals(await box.status(), "running");
      await box.see(["true"]);
      await box.do("pause");
    },
  },
  {
    name: "top shows all processes",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      await box.see(["sleep", "61"], ["--detach"]);
      const isShown = async (): Promise<boolean> => (await box.do("top")).includes("sleep 61");
      await waitUntil("the program is shown", isShown);
    },
  },
  {
    name: "stats",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      const format = "{{.MemUsage}}|{{.PIDs}}";
      const seen = await box.do("stats", "--no-stream", "--format", format);
      assert(/^[1-9][0-9.]*[kKM]i?B.*\|[1-9]/.test(seen), seen);
    },
  },
  {
    name: "update changes limits",
    async run(engine): Promise<void> {
      await using box = await engine.up(["--memory", "64m", "--memory-swap", "64m"]);
      // Podman 4.3 cannot change the number of processes.
      const more = engine.calls.program === "docker" ? ["--pids-limit", "44"] : [];
      await box.do(
        ...["update", "--memory", "96m", "--memory-swap", "128m"],
        ...["--cpus", "0.5", "--cpuset-cpus", "0", ...more],
      );
      assertLimits(await box.pid(), [
        memory(96 * MiB),
        memoryAndSwap(128 * MiB, 96 * MiB),
        quota(50000),
        ...(more.length > 0 ? [pids(44)] : []),
        cpus("0"),
      ]);
    },
  },
  {
    name: "a container without memory is told to be OOM-killed",
    async run(engine): Promise<void> {
      // Alone, and the first to be killed: the kernel may kill a second one for what the first still has.
      const hog = "echo 1000 >/proc/self/oom_score_adj; exec tail /dev/zero";
      const fill = `sh -c "${hog}"; sleep 0.5; exit 3`;
      const options = ["--memory", "16m", "--memory-swap", "16m"];
      const isTold = async (): Promise<boolean> => {
        await using box = await engine.up(options, ["sh", "-c", fill]);
        assertEquals(await box.do("wait"), "3");
        // conmon tells it by a file in its directory, which Podman 4.3 starts in ours.
        return await box.get("State.OOMKilled") === "true" || engine.room.has("oom");
      };
      // Again, if who is to tell it was not listening yet, or has heard it too late.
      await waitUntil("it is told", isTold);
    },
  },
  {
    name: "a health check is run",
    async run(engine): Promise<void> {
      await using box = await engine.up([
        "--health-cmd",
        "test -e /bin/sh",
        "--health-retries=1",
        "--health-interval",
        engine.calls.program === "podman" ? "disable" : "300ms",
      ]);
      if (engine.calls.program === "podman") await box.do("healthcheck", "run");
      const isHealthy = async (): Promise<boolean> =>
        await box.get("State.Health.Status") === "healthy";
      await waitUntil("it is healthy", isHealthy);
    },
  },
  {
    name: "a failed container is started again",
    async run(engine): Promise<void> {
      const options = ["--restart", "on-failure:2"];
      await using box = await engine.up(options, ["sh", "-c", "echo try; exit 1"]);
      const isTried = async (): Promise<boolean> => words(await box.logs()) === "try try try";
      await waitUntil("it is tried three times", isTried);
    },
  },
  {
    name: "cp and commit",
    async run(engine): Promise<void> {
      await using box = await engine.up();
      const source = engine.room.write("copied", "in\n");
      await engine.output(["cp", source, `${box.id}:/tmp/copied`]);
      assertEquals(await box.see(["cat", "/tmp/copied"]), "in");
      // This pauses the container.
      await engine.output(["commit", box.id, "localhost/committed:1"]);
      const run = engine.runWords("--rm", "localhost/committed:1", "cat", "/tmp/copied");
      assertEquals(await engine.room.output(run), "in");
    },
  },
];
