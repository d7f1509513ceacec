/**
 * buildah: containers by `run`, and images by `build`.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import type { Options, Result } from "./command.ts";
import { all, assertClean, assertCode, assertIncludes, LOOK, words } from "./expect.ts";
import { IMAGE } from "./image.ts";
import { loadPodman } from "./podman_room.ts";
import { type Room, RUNTS } from "./room.ts";
import { type Check, type Client, suite } from "./suite.ts";

/** A container of buildah's, which all checks share. */
class Buildah implements Client {
  readonly room: Room;
  readonly container: string;

  constructor(room: Room, container: string) {
    this.room = room;
    this.container = container;
  }

  static async open(room: Room): Promise<Buildah> {
    await loadPodman(room, "buildah");
    const isolation = { BUILDAH_RUNTIME: RUNTS, BUILDAH_ISOLATION: "oci" };
    Object.assign(room.env, isolation);
    return new Buildah(room, await room.output(["buildah", "from", "--pull-never", IMAGE]));
  }

  /** The words of a `run`. */
  words(options: readonly string[], ...command: readonly string[]): string[] {
    return ["buildah", "run", "--network", "none", ...options, this.container, ...command];
  }

  run(options: readonly string[], command: readonly string[], how: Options = {}): Promise<Result> {
    return this.room.run(this.words(options, ...command), how);
  }

  shell(script: string, ...options: readonly string[]): Promise<string> {
    return this.room.output(this.words(options, "sh", "-c", script));
  }

  /** Builds an image of a few lines, and returns what the build has written. */
  build(name: string, lines: readonly string[], ...options: readonly string[]): Promise<Result> {
    const { room } = this;
    Deno.mkdirSync(room.path(name), { recursive: true });
    room.write(`${name}/Containerfile`, [`FROM ${IMAGE}`, ...lines, ""].join("\n"));
    return room.run([
      ...["buildah", "build", "--network", "none", "--pull-never", "--tag", `localhost/${name}:1`],
      ...["--cgroup-parent", room.cgroup, ...options, room.path(name)],
    ]);
  }

  /** Every check ends what it begins. */
  async sweep(): Promise<void> {}
}

const CHECKS: readonly Check<Buildah>[] = [
  {
    name: "the runtime of BUILDAH_RUNTIME and the one of --runtime are called",
    async run(buildah): Promise<void> {
      const { room } = buildah;
      const spy = room.write(
        "spy",
        `#!/bin/sh\necho "$@" >>"${room.path("calls")}"\nexec ${RUNTS} "$@"\n`,
        0o755,
      );
      assertCode(await buildah.run([], ["true"], { env: { BUILDAH_RUNTIME: spy } }), 0);
      const first = room.read("calls");
      assert(/(?:^| )create /m.test(first) && /(?:^| )start /m.test(first), first);
      assertCode(await buildah.run(["--runtime", spy], ["true"]), 0);
      assert(room.read("calls").length > first.length);
    },
  },
  {
    name: "run gives exit codes and both streams, and takes stdin",
    async run(buildah): Promise<void> {
      const result = await buildah.run([], ["sh", "-c", "cat; echo err >&2; exit 5"], {
        stdin: "in\n",
      });
      assertEquals([result.code, result.stdout], [5, "in\n"]);
      assertIncludes(result.stderr, "err\n");
    },
  },
  {
    name: "run gives much output",
    async run(buildah): Promise<void> {
      const { stdout } = await buildah.run([], ["seq", "100000"]);
      assertEquals(stdout.trim().split("\n").length, 100000);
    },
  },
  {
    name: "run starts a clean process",
    run: async (buildah): Promise<void> => assertClean(await buildah.shell(LOOK)),
  },
  {
    name: "run takes user, directory, environment and host name",
    async run(buildah): Promise<void> {
      const options = ["--user", "user", "--workingdir", "/tmp", "--env", "FOO=bar"];
      const seen = await buildah.shell(
        "echo $(id -un) $PWD $FOO $(hostname)",
        ...options,
        "--hostname",
        "boxed",
      );
      assertEquals(seen, "user /tmp bar boxed");
    },
  },
  {
    name: "run of a missing program fails, and says which",
    async run(buildah): Promise<void> {
      const result = await buildah.run([], ["/no/such/program"]);
      assert(result.code !== 0);
      assertIncludes(all(result), "/no/such/program");
    },
  },
  {
    name: "run on a terminal",
    async run(buildah): Promise<void> {
      const { stdout, code } = await buildah.room.onTerminal(
        buildah.words(["--terminal"], "sh", "-c", "tty; exit 3"),
      );
      assertIncludes(stdout, "/dev/pts/0");
      assertEquals(code, 3);
    },
  },
  {
    name: "run with mounts, and what it writes stays",
    async run(buildah): Promise<void> {
      const { room } = buildah;
      Deno.mkdirSync(room.path("volume"), { recursive: true });
      room.write("volume/file", "content\n");
      const mount = `type=bind,source=${room.path("volume")},destination=/deep/dir,ro`;
      const script =
        "cat /deep/dir/file; touch /deep/dir/x 2>/dev/null || echo ro; echo kept >/kept";
      assertEquals(words(await buildah.shell(script, "--mount", mount)), "content ro");
      assertEquals(await buildah.shell("cat /kept"), "kept");
    },
  },
  {
    name: "run with capabilities, seccomp, and masked paths",
    async run(buildah): Promise<void> {
      const look = "grep -E 'CapEff|Seccomp:' /proc/self/status; wc -c </proc/keys";
      const seen = words(await buildah.shell(look, "--cap-drop", "all"));
      assertEquals(seen, "CapEff: 0000000000000000 Seccomp: 2 0");
    },
  },
  {
    name: "run four at once",
    async run(buildah): Promise<void> {
      const numbers = ["1", "2", "3", "4"];
      const seen = await Promise.all(numbers.map((n) => buildah.shell(`echo ${n}`)));
      assertEquals(seen, numbers);
    },
  },
  {
    name: "build with RUN as two users, and COPY",
    async run(buildah): Promise<void> {
      const { room } = buildah;
      Deno.mkdirSync(room.path("built"), { recursive: true });
      room.write("built/file", "copied\n");
      const lines = [
        "COPY file /file",
        "RUN echo made >/made && id -u",
        "USER user",
        "RUN id -un && cat /file /made",
      ];
      const result = await buildah.build("built", lines);
      assertCode(result, 0);
      assertIncludes(result.stdout, "user\ncopied\nmade\n");
      const container = await room.output(["buildah", "from", "--pull-never", "localhost/built:1"]);
      const run = ["buildah", "run", "--network", "none", container, "cat", "/made"];
      assertEquals(await room.output(run), "made");
      await room.output(["buildah", "rm", container]);
    },
  },
  {
    name: "build with a RUN that fails",
    async run(buildah): Promise<void> {
      const result = await buildah.build("failing", ["RUN exit 9"]);
      assert(result.code !== 0);
      assertIncludes(all(result), "exit status 9");
    },
  },
  {
    name: "build within limits",
    async run(buildah): Promise<void> {
      const files = "/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max";
      const lines = [`RUN cat ${files} 2>/dev/null; ulimit -n`];
      const result = await buildah.build(
        "limited",
        lines,
        "--memory",
        "64m",
        "--ulimit",
        "nofile=77:99",
      );
      assertCode(result, 0);
      assertIncludes(result.stdout, `${64 * 1024 * 1024}\n77\n`);
    },
  },
];

suite("buildah", ["buildah", "busybox"], Buildah.open, CHECKS);
