/**
 * 8. A container on paper.
 *
 *     deno run -A examples/08_bundle_by_hand.ts
 *
 * The rungs below were programs: what they did and in which order stood in their code. New idea: say
 * what the container is, in a file, and leave the doing to a program that reads it. The file is the
 * config.json of the Open Container Initiative. With a root filesystem beside it, it is a bundle, which
 * every runtime understands; each property below is the idea of a rung.
 *
 * The container's life is five commands: create, start, state, kill, delete. Between the first two
 * everything is there but the program does not run yet. In this gap a network plug-in or a debugger
 * does its work, with a process to hold on to.
 *
 * @see https://github.com/opencontainers/runtime-spec
 * @module
 */
import type { Config, ContainerState } from "../mod.ts";
import { makeRootfs } from "./make_bundle.ts";

/** The configuration, with the rung that each property comes from. */
function configuration(hostname: string, script: string): Config {
  return {
    // Which version of the specification this is written for.
    ociVersion: "1.3.0",
    // Rung 2.
    root: { path: "rootfs", readonly: true },
    // Rung 3. The order is the order of mounting.
    hostname,
    mounts: [
      {
        destination: "/proc",
        type: "proc",
        source: "proc",
        options: ["nosuid", "noexec", "nodev"],
      },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
    ],
    process: {
      args: ["sh", "-c", script],
      env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
      cwd: "/",
      user: { uid: 0, gid: 0 },
      // Rung 7.
      capabilities: {
        bounding: ["CAP_NET_BIND_SERVICE"],
        permitted: ["CAP_NET_BIND_SERVICE"],
        effective: ["CAP_NET_BIND_SERVICE"],
      },
      noNewPrivileges: true,
    },
    linux: {
      // Rung 1, and all that came after it. Those of rung 5 and 6 are easily added.
      namespaces: [
        { type: "pid" },
        { type: "mount" },
        { type: "uts" },
        { type: "ipc" },
        { type: "network" },
        { type: "cgroup" },
      ],
      // Rung 4.
      cgroupsPath: `/runts-example-${Deno.pid}`,
    },
  };
}

/** The runtime: what RUNTS names, else what `deno task build` made, else the modules themselves. */
export function runtsCommand(): string[] {
  const named = Deno.env.get("RUNTS");
  if (named !== undefined) return [named];
  const built = new URL("../dist/runts", import.meta.url).pathname;
  try {
    Deno.statSync(built);
    return [built];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const door = new URL("../mod.ts", import.meta.url).pathname;
  return [Deno.execPath(), "run", "--quiet", "-A", "--v8-flags=--single-threaded", door];
}

/** Runs a command of the runtime, and returns what it printed if that was asked for. */
function runts(root: string, stdout: "inherit" | "piped", ...words: string[]): string {
  const [program, ...args] = [...runtsCommand(), "--root", root, ...words];
  const output = new Deno.Command(program!, { args, stdin: "null", stdout, stderr: "inherit" })
    .outputSync();
  if (!output.success) throw new Error(`Cannot go on: runts exited with code ${output.code}`);
  return stdout === "piped" ? new TextDecoder().decode(output.stdout) : "";
}

/** The same for an audience. What a container prints comes here too: it inherits the output of its `create`. */
function show(root: string, ...words: string[]): void {
  console.log(`$ runts ${words.join(" ")}`);
  runts(root, "inherit", ...words);
}

function stateOf(root: string, id: string): ContainerState {
  return JSON.parse(runts(root, "piped", "state", id));
}

if (import.meta.main) {
  const directory = Deno.makeTempDirSync({ prefix: "runts-example-" });
  const [root, bundle, id] = [`${directory}/state`, `${directory}/bundle`, `example-${Deno.pid}`];
  try {
    const mounts = makeRootfs(`${bundle}/rootfs`);
    const config = configuration("eighth-rung", 'echo "hello from $(hostname), process $$"');
    config.mounts = [...mounts, ...config.mounts ?? []];
    Deno.writeTextFileSync(`${bundle}/config.json`, JSON.stringify(config, null, 2));

    show(root, "create", "--bundle", bundle, id);
    const { status, pid } = stateOf(root, id);
    console.log(`it is ${status} as process ${pid}, and its program has not begun`);
    show(root, "start", id);
    while (stateOf(root, id).status !== "stopped") {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    show(root, "delete", id);
    console.log("The same thing in full: runtime/cli/verbs/, and runtime/create.ts behind it");
  } finally {
    // Whatever went wrong: with --force nothing has to be there, and what is there may still run.
    runts(root, "inherit", "delete", "--force", id);
    Deno.removeSync(directory, { recursive: true });
  }
}
