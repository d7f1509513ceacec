/**
 * Docker and Podman: one container in the foreground.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import type { Engine } from "./engine.ts";
import { all, assertClean, assertCode, assertIncludes, LOOK, words } from "./expect.ts";
import { IMAGE } from "./image.ts";
import { assertPassesOn, TRAP } from "./passed_signal.ts";
import type { Check } from "./suite.ts";

/** The checks. */
export const RUN_CHECKS: readonly Check<Engine>[] = [
  {
    name: "run gives exit codes and both streams",
    async run(engine): Promise<void> {
      const result = await engine.run([], ["sh", "-c", "echo out; echo err >&2; exit 7"]);
      assertEquals(result, { code: 7, stdout: "out\n", stderr: "err\n" });
      assertEquals(await engine.output(["ps", "--all", "--quiet"]), "", "--rm removed it");
    },
  },
  {
    name: "run passes stdin on, and much output",
    async run(engine): Promise<void> {
      const lines = Array.from({ length: 2000 }, (_, i) => `${i}\n`).join("");
      const { stdout } = await engine.run(["--interactive"], ["wc", "-l"], { stdin: lines });
      assertEquals(stdout.trim(), "2000");
      const numbers = await engine.see([], ["seq", "100000"]);
      assertEquals(numbers, Array.from({ length: 100000 }, (_, i) => i + 1).join("\n"));
    },
  },
  {
    name: "run takes environment, directory, host name, user and groups",
    async run(engine): Promise<void> {
      const options = ["-e", "FOO=bar=baz", "-w", "/home/user", "--hostname", "boxed"];
      const seen = await engine.shell(
        "echo $FOO $PWD $(hostname) $(id -u) : $(id -G)",
        ...[...options, "--user", "user", "--group-add", "77"],
      );
      const [first, groups = ""] = seen.split(" : ");
      assertEquals(first, "bar=baz /home/user boxed 1000");
      const missing = ["1000", "2000", "77"].filter((group) => !groups.split(" ").includes(group));
      assertEquals(missing, [], `groups ${groups}`);
    },
  },
  {
    name: "run starts a clean process",
    run: async (engine): Promise<void> => assertClean(await engine.shell(LOOK)),
  },
  {
    name: "run of a missing program gives 127, and says which",
    async run(engine): Promise<void> {
      const result = await engine.run([], ["/no/such/program"]);
      assertCode(result, 127);
      assertIncludes(all(result), "/no/such/program");
    },
  },
  {
    name: "run of a file that is no program gives 126",
    async run(engine): Promise<void> {
      const result = await engine.run([], ["/etc/passwd"]);
      assertCode(result, 126);
      assertIncludes(all(result).toLowerCase(), "permission denied");
    },
  },
  {
    name: "run passes a signal on",
    async run(engine): Promise<void> {
      const child = engine.room.start("signal", engine.runWords("--rm", IMAGE, ...TRAP));
      await assertPassesOn(engine.room, child);
    },
  },
  {
    name: "run on a terminal, of its size, with its exit code",
    async run(engine): Promise<void> {
      const script = [
        "tty; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l /dev/console",
        // The size comes after the start.
        'while [ "$(stty size)" != "31 91" ]; do sleep 0.1; done; stty size; exit 9',
      ].join("; ");
      const start = engine.runWords("--rm", "--interactive", "--tty", IMAGE, "sh", "-c", script);
      const result = await engine.room.onTerminal(start, [31, 91]);
      assertCode(result, 9);
      for (const part of ["/dev/pts/0\n", "all\n", "crw", "31 91\n"]) {
        assertIncludes(result.stdout, part);
      }
    },
  },
  {
    name: "run six at once",
    async run(engine): Promise<void> {
      const numbers = [1, 2, 3, 4, 5, 6];
      const seen = await Promise.all(numbers.map((n) => engine.see([], ["echo", `${n}`])));
      assertEquals(seen, numbers.map(String));
    },
  },
  {
    name: "resource limits of processes, OOM score, sysctl, size of /dev/shm",
    async run(engine): Promise<void> {
      const script = [
        "ulimit -n; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_unprivileged_port_start",
        "grep /dev/shm /proc/mounts | grep -o size=1024k",
      ].join("; ");
      const seen = await engine.shell(
        script,
        ...[
          "--ulimit",
          "nofile=77:99",
          "--ulimit",
          "nproc=4000",
          "--oom-score-adj",
          "123",
          "--shm-size",
          "1m",
        ],
        ...["--sysctl", "net.ipv4.ip_unprivileged_port_start=80"],
      );
      assertEquals(words(seen), "77 123 80 size=1024k");
    },
  },
];

/** Containers that may everything. */
export function privilegedCheck(skip?: string): Check<Engine> {
  return {
    name: "privileges, at run and at exec",
    skip,
    async run(engine): Promise<void> {
      const mounts = "mount -t tmpfs t /tmp && echo mounted";
      assertEquals(await engine.shell(mounts, "--privileged"), "mounted");
      await using box = await engine.up();
      const look = ["grep", "CapEff", "/proc/self/status"];
      assert(await box.see(look) !== await box.see(look, ["--privileged"]));
    },
  };
}
