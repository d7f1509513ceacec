/**
 * containerd: containers by a config.json of one's own.
 *
 * @module
 */
import { assertEquals } from "#assert";
import { assertLimits, cpus, pids } from "./cgroup_value.ts";
import { BOX, type Ctr, lingering } from "./containerd.ts";
import { words } from "./expect.ts";
import { makeRootDirectory } from "./image.ts";
import { waitUntil } from "./room.ts";
import type { Check } from "./suite.ts";

/** Writes a configuration, and returns its path. */
async function configure(
  { room }: Ctr,
  process: object,
  linux: object,
  namespaces: readonly string[],
  more: object = {},
): Promise<string> {
  const path = room.path("own-root");
  if (!room.has("own-root/bin/busybox")) await makeRootDirectory(path);
  const config = {
    ociVersion: "1.0.2",
    root: { path },
    hostname: "boxed",
    process: { user: { uid: 0, gid: 0 }, cwd: "/", env: ["PATH=/bin"], ...process },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: {
      cgroupsPath: `${room.cgroup}/own`,
      namespaces: namespaces.map((type) => ({ type })),
      ...linux,
    },
    ...more,
  };
  return room.write("config.json", JSON.stringify(config));
}

const NAMESPACES: readonly string[] = ["pid", "ipc", "uts", "mount", "network"];

/** The checks. */
export const CONFIG_CHECKS: readonly Check<Ctr>[] = [
  {
    name: "user, umask, rlimits, OOM score, sysctl and hooks of a configuration",
    async run(ctr): Promise<void> {
      const { room } = ctr;
      const hook = room.write("hook", `#!/bin/sh\ncat >"${room.directory}/hook.$1"\n`, 0o755);
      const names = ["createRuntime", "poststart", "poststop"];
      const port = "net.ipv4.ip_unprivileged_port_start";
      const files = `/proc/self/oom_score_adj /proc/sys/${port.replaceAll(".", "/")}`;
      const config = await configure(
        ctr,
        {
          user: { uid: 1000, gid: 1000, additionalGids: [4, 2000], umask: 63 },
          args: lingering(["sh", "-c", `hostname; id -G; umask; ulimit -n; cat ${files}`]),
          rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 99 }],
          oomScoreAdj: 123,
        },
        { sysctl: { [port]: "80" } },
        NAMESPACES,
        {
          hooks: Object.fromEntries(
            names.map((name) => [name, [{ path: hook, args: ["hook", name] }]]),
          ),
        },
      );
      const seen = await room.output(ctr.runWords("--rm", "--config", config, BOX));
      assertEquals(words(seen), "boxed 1000 4 2000 0077 77 123 80");
      for (const name of names) {
        await waitUntil(`the ${name} hook is run`, () => {
          const text = room.has(`hook.${name}`) ? room.read(`hook.${name}`) : "";
          return text !== "" && JSON.parse(text).id === BOX;
        });
      }
    },
  },
  {
    name: "limits of processes, of processors by number, and devices",
    async run(ctr): Promise<void> {
      const config = await configure(ctr, { args: ["sleep", "60"] }, {
        resources: {
          pids: { limit: 33 },
          cpu: { cpus: "0", mems: "0" },
          devices: [{ allow: false, access: "rwm" }],
        },
      }, NAMESPACES);
      await using task = await ctr.upBy(config);
      assertLimits(await task.pid(), [pids(33), cpus("0")]);
    },
  },
  {
    name: "without a PID namespace, kill --all reaches the children",
    async run(ctr): Promise<void> {
      const { task, child } = await upWithChild(ctr, "sleep 64 & echo $!; wait");
      await using _ = task;
      await task.do("kill", "--all", "--signal", "KILL");
      await task.waitFor("STOPPED");
      await waitUntil("the child has ended", () => hasEnded(child));
    },
  },
  {
    name: "without a PID namespace, children end with the first process",
    async run(ctr): Promise<void> {
      const { task, child } = await upWithChild(ctr, "sleep 65 & echo $!");
      {
        await using _ = task;
        await task.waitFor("STOPPED");
      }
      await waitUntil("the child has ended", () => hasEnded(child));
    },
  },
];

/** A task in the host's PID namespace, and the process that it has started. */
async function upWithChild(
  ctr: Ctr,
  script: string,
): Promise<{ task: Awaited<ReturnType<Ctr["upBy"]>>; child: number }> {
  const namespaces = NAMESPACES.filter((type) => type !== "pid");
  const config = await configure(ctr, { args: ["sh", "-c", script] }, {}, namespaces);
  const log = ctr.room.write("child.log", "");
  const task = await ctr.upBy(config, "--log-uri", `file://${log}`);
  await waitUntil("the child is there", () => /^\d+\n/.test(ctr.room.read("child.log")));
  return { task, child: Number(ctr.room.read("child.log").trim()) };
}

function hasEnded(pid: number): boolean {
  try {
    return /\) Z \d/.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return true;
  }
}
