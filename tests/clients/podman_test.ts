/**
 * Podman with conmon, as root.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { type Calls, Engine } from "./engine.ts";
import { ISOLATION_CHECKS } from "./engine_isolation_checks.ts";
import { LIFE_CHECKS } from "./engine_life_checks.ts";
import { privilegedCheck, RUN_CHECKS } from "./engine_run_checks.ts";
import { assertCode, assertIncludes, namespaceOf } from "./expect.ts";
import { IMAGE, makeRootDirectory } from "./image.ts";
import { loadPodman } from "./podman_room.ts";
import { type Room, RUNTS, waitUntil } from "./room.ts";
import { type Check, suite } from "./suite.ts";
import { whyNoCheckpoints } from "./criu.ts";

async function open(room: Room): Promise<Engine> {
  await loadPodman(room, "podman");
  const calls: Calls = {
    program: "podman",
    options: ["--cgroup-parent", room.cgroup],
    removal: ["--time", "0"],
  };
  return new Engine(room, calls);
}

const OWN_CHECKS: readonly Check<Engine>[] = [
  {
    name: "the configuration of examples/config makes it the runtime",
    async run(engine): Promise<void> {
      const runtime = await engine.output(["info", "--format", "{{json .Host.OCIRuntime}}"]);
      const { name, path, version } = JSON.parse(runtime);
      assertEquals({ name, path }, { name: "runts", path: RUNTS });
      assert(/\d+\.\d+/.test(version), version);
    },
  },
  {
    name: "a runtime named by its path",
    async run({ room, calls }): Promise<void> {
      const run = ["podman", "--runtime", RUNTS, "run", ...calls.options, "--network", "none"];
      const result = await room.run([...run, "--rm", IMAGE, "/no/such/program"]);
      assertCode(result, 127);
      assertIncludes(result.stderr, "/no/such/program");
    },
  },
  {
    name: "a user namespace",
    async run(engine): Promise<void> {
      const map = "0:100000:65536";
      const seen = await engine.shell(
        "cat /proc/self/uid_map; touch /x && stat -c %u /x",
        ...["--uidmap", map, "--gidmap", map],
      );
      assertEquals(seen.split(/\s+/).filter((word) => word !== ""), [
        ...["0", "100000", "65536"],
        "0",
      ]);
    },
  },
  {
    name: "a pod",
    async run(engine): Promise<void> {
      const infra = ["--infra-image", IMAGE, "--infra-command", "/bin/sleep 600"];
      await engine.output([
        ...["pod", "create", "--name", "pod", "--network", "none", ...infra],
        ...engine.calls.options,
      ]);
      try {
        const id = await engine.output(["run", "--detach", "--pod", "pod", IMAGE, "sleep", "60"]);
        const first = await engine.output([
          ...["pod", "inspect", "pod", "--format", "{{.InfraContainerID}}"],
        ]);
        const format = ["--format", "{{.State.Pid}}"];
        const pids = (await engine.output(["inspect", ...format, id, first])).split("\n");
        const [a, b] = pids.map((pid) => namespaceOf(Number(pid), "net"));
        assertEquals(a, b);
      } finally {
        await engine.output(["pod", "rm", "--force", "--time", "0", "pod"]);
      }
    },
  },
  {
    name: "hooks get the state",
    async run(engine): Promise<void> {
      const { room } = engine;
      const stages = ["prestart", "createRuntime", "poststart", "poststop"];
      const hook = room.write("hook", `#!/bin/sh\ncat >"${room.directory}/hook.$1"\n`, 0o755);
      Deno.mkdirSync(room.path("hooks"), { recursive: true });
      for (const stage of stages) {
        const text = { version: "1.0.0", when: { always: true }, stages: [stage] };
        const config = { ...text, hook: { path: hook, args: ["hook", stage] } };
        room.write(`hooks/${stage}.json`, JSON.stringify(config));
      }
      const [, ...run] = engine.runWords("--rm", IMAGE, "true");
      await engine.output(["--hooks-dir", room.path("hooks"), ...run]);
      for (const stage of stages) {
        const isRun = (): boolean => {
          try {
            return JSON.parse(room.read(`hook.${stage}`)).bundle !== undefined;
          } catch {
            return false;
          }
        };
        await waitUntil(`the ${stage} hook is run`, isRun);
      }
    },
  },
  {
    name: "a descriptor is passed on",
    async run(engine): Promise<void> {
      const run = engine.runWords("--rm", "--preserve-fds", "1", IMAGE, "sh", "-c", "cat <&3");
      const script = 'echo through >"$0"; exec "$@" 3<"$0"';
      const words = ["sh", "-c", script, engine.room.path("passed"), ...run];
      assertEquals(await engine.room.output(words), "through");
    },
  },
  {
    name: "a root that is a directory",
    async run(engine): Promise<void> {
      const root = engine.room.path("directory");
      await makeRootDirectory(root);
      const run = engine.runWords("--rm", "--rootfs", root, "/bin/sh", "-c", "echo from there");
      assertEquals(await engine.room.output(run), "from there");
    },
  },
  {
    name: "build with RUN",
    async run(engine): Promise<void> {
      const { room } = engine;
      Deno.mkdirSync(room.path("context"), { recursive: true });
      room.write(
        "context/Containerfile",
        `FROM ${IMAGE}\nRUN echo made >/made && id -u\nUSER user\nRUN id -un\n`,
      );
      await engine.output([
        ...["build", "--isolation", "oci", "--network", "none"],
        ...["--pull=never", "--cgroup-parent", `${room.cgroup}/build`],
        ...["--tag", "localhost/made:1", room.path("context")],
      ]);
      const run = engine.runWords("--rm", "localhost/made:1", "cat", "/made");
      assertEquals(await room.output(run), "made");
    },
  },
  {
    name: "checkpoint and restore",
    skip: whyNoCheckpoints(),
    async run(engine): Promise<void> {
      await using box = await engine.up();
      await box.do("container", "checkpoint");
      assertEquals(await box.status(), "exited");
      await box.do("container", "restore");
      assertEquals(await box.status(), "running");
    },
  },
];

suite("podman", ["podman", "conmon", "busybox"], open, [
  ...OWN_CHECKS,
  ...RUN_CHECKS,
  privilegedCheck(),
  ...LIFE_CHECKS,
  ...ISOLATION_CHECKS,
]);
