/**
 * Docker: dockerd over a containerd of its own.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { CRI, runtimeRoot, socketOf, startContainerd } from "./containerd_room.ts";
import { whyNoCheckpoints } from "./criu.ts";
import { Engine } from "./engine.ts";
import { ISOLATION_CHECKS } from "./engine_isolation_checks.ts";
import { LIFE_CHECKS } from "./engine_life_checks.ts";
import { privilegedCheck, RUN_CHECKS } from "./engine_run_checks.ts";
import { all, assertIncludes, words } from "./expect.ts";
import { IMAGE } from "./image.ts";
import { openFiles, type Room, RUNTS, waitUntil } from "./room.ts";
import { type Check, suite } from "./suite.ts";

async function open(room: Room): Promise<Engine> {
  await startContainerd(room, { disabled: [CRI] });
  for (const name of ["tmp", "exec"]) Deno.mkdirSync(room.path(name));
  Object.assign(room.env, {
    DOCKER_HOST: `unix://${room.path("d.sock")}`,
    DOCKER_TMPDIR: room.path("tmp"),
    DOCKER_BUILDKIT: "0",
  });
  for (const path of [runtimeRoot(room.name), "/run/docker"]) room.leaveNo(path);
  room.write("daemon.json", room.example("docker-daemon.json"));
  await startDocker(room);
  const engine = new Engine(room, { program: "docker", options: [], removal: [] });
  await engine.output(["load", "--input", await room.archive()]);
  return engine;
}

/** Docker asks for every capability that there is, also for those that this machine's root does not have. */
function whyNotAllCapabilities(): string | undefined {
  const last = Number(Deno.readTextFileSync("/proc/sys/kernel/cap_last_cap"));
  const status = Deno.readTextFileSync("/proc/self/status");
  const bounding = /^CapBnd:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  const missing = ((1n << BigInt(last + 1)) - 1n) & ~BigInt(`0x${bounding}`);
  return missing === 0n ? undefined : `root lacks capabilities here: 0x${missing.toString(16)}`;
}

/** With overlays if they can be mounted here, else with plain directories. */
async function startDocker(room: Room): Promise<void> {
  for (const driver of ["overlay2", "vfs"]) {
    const daemon = room.start("dockerd", dockerd(room, driver));
    let ended = false;
    daemon.status.then(() => ended = true);
    const answers = async (): Promise<boolean> =>
      (await room.run(["docker", "version"])).code === 0;
    await waitUntil("dockerd answers", async () => ended || await answers());
    if (!ended) return;
  }
  throw new Error(`Cannot start dockerd: ${room.read("dockerd.log")}`);
}

function dockerd(room: Room, driver: string): string[] {
  return [
    ...["dockerd", "--config-file", room.path("daemon.json"), "--host", room.env.DOCKER_HOST!],
    ...["--containerd", socketOf(room), "--containerd-namespace", room.name],
    ...["--containerd-plugins-namespace", `${room.name}-plugins`],
    ...["--data-root", room.path("data"), "--exec-root", room.path("exec")],
    ...["--pidfile", room.path("d.pid"), "--group", "root", "--experimental"],
    ...["--iptables=false", "--ip6tables=false", "--ip-masq=false", "--ip-forward=false"],
    ...["--bridge=none", "--userland-proxy=false", "--storage-driver", driver],
    ...["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", room.cgroup],
    ...["--default-ulimit", `nofile=${openFiles()}`, "--oom-score-adjust", "0"],
  ];
}

/** Builds an image by two users' commands, and shows what the first one made. */
async function build(engine: Engine, name: string, kit: "0" | "1"): Promise<string> {
  const { room } = engine;
  Deno.mkdirSync(room.path(name), { recursive: true });
  room.write(
    `${name}/Dockerfile`,
    `FROM ${IMAGE}\nRUN echo ${name} >/made && id -u\nUSER user\nRUN id -un\n`,
  );
  const tag = `localhost/${name}:1`;
  const options = ["--network", "none", "--tag", tag];
  await engine.output(["build", ...options, room.path(name)], { env: { DOCKER_BUILDKIT: kit } });
  return await room.output(engine.runWords("--rm", tag, "cat", "/made"));
}

const OWN_CHECKS: readonly Check<Engine>[] = [
  {
    name: "the configuration of examples/config makes it the default runtime",
    async run(engine): Promise<void> {
      const info = JSON.parse(await engine.output(["info", "--format", "{{json .}}"]));
      assertEquals(info.DefaultRuntime, "runts");
      assertEquals(info.Runtimes.runts.path, RUNTS);
    },
  },
  {
    name: "events of a container's life",
    async run(engine): Promise<void> {
      const since = Math.floor(Date.now() / 1000);
      await engine.run([], ["sh", "-c", "exit 6"]);
      const times = ["--since", `${since}`, "--until", `${Math.floor(Date.now() / 1000) + 1}`];
      const events = words(await engine.output(["events", ...times, "--format", "{{.Action}}"]));
      assert(/create .*start .*die .*destroy/.test(events), events);
    },
  },
  {
    name: "an init of Docker's own",
    run: async (engine): Promise<void> =>
      assertIncludes(await engine.see(["--init"], ["ps"]), "docker-init"),
  },
  {
    name: "build with RUN, classic",
    run: async (engine): Promise<void> =>
      assertEquals(await build(engine, "classic", "0"), "classic"),
  },
  {
    // It calls the runc of dockerd's PATH, whatever runtimes are configured; here that is the one under test.
    name: "build with RUN, by BuildKit",
    async run(engine): Promise<void> {
      assertEquals(await build(engine, "kit", "1"), "kit");
      engine.room.write("kit/Dockerfile", `FROM ${IMAGE}\nRUN exit 9\n`);
      const words = ["build", "--progress", "plain", "--network", "none"];
      const failed = await engine.command([...words, engine.room.path("kit")], {
        env: { DOCKER_BUILDKIT: "1" },
      });
      assert(failed.code !== 0);
      assertIncludes(all(failed), "exit code: 9");
    },
  },
  {
    name: "checkpoint and restore",
    skip: whyNoCheckpoints(),
    async run(engine): Promise<void> {
      await using box = await engine.up(["--security-opt", "seccomp=unconfined"]);
      await engine.output(["checkpoint", "create", box.id, "one"]);
      await waitUntil("it has stopped", async () => await box.status() === "exited");
      await engine.output(["start", "--checkpoint", "one", box.id]);
      assertEquals(await box.status(), "running");
    },
  },
];

suite("docker", ["docker", "dockerd", "containerd", "busybox"], open, [
  ...OWN_CHECKS,
  ...RUN_CHECKS,
  privilegedCheck(whyNotAllCapabilities()),
  ...LIFE_CHECKS,
  ...ISOLATION_CHECKS,
]);
