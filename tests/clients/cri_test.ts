/**
 * containerd as Kubernetes calls it.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { assertLimits, memory, quota } from "./cgroup_value.ts";
import { ADDRESS, Cri, LOOPBACK, MODE, STATE } from "./cri.ts";
import { assertClean, assertIncludes, LOOK, namespaceOf, words } from "./expect.ts";
import { WAIT } from "./engine.ts";
import { RUNTS, waitUntil } from "./room.ts";
import { type Check, suite } from "./suite.ts";

const MiB = 1024 * 1024;

const CHECKS: readonly Check<Cri>[] = [
  {
    name: "the configuration of examples/config has the handler, as default",
    async run({ grpc }): Promise<void> {
      const version = await grpc.call("Version");
      assertEquals([version.runtime_name, version.runtime_api_version], ["containerd", "v1"]);
      const { status, info } = await grpc.call("Status", { verbose: true });
      const ready = status.conditions.find(({ type }: { type: string }) => type === "RuntimeReady");
      assertEquals(ready.status, true);
      const { containerd } = JSON.parse(info.config);
      assertEquals(containerd.defaultRuntimeName, "runts");
      assertEquals(containerd.runtimes.runts.options.BinaryName, RUNTS);
    },
  },
  {
    name: "a pod in the host's network, its status, and the end of it",
    async run(cri): Promise<void> {
      const pod = await cri.pod();
      const { state, runtime_handler, metadata, labels } = await pod.status();
      assertEquals({ state, runtime_handler, labels }, {
        state: 0,
        runtime_handler: "runts",
        labels: { check: metadata.name },
      });
      await cri.grpc.call("StopPodSandbox", { pod_sandbox_id: pod.id });
      assertEquals((await pod.status()).state, 1);
      await cri.grpc.call("RemovePodSandbox", { pod_sandbox_id: pod.id });
      assertEquals((await cri.grpc.call("ListPodSandbox")).items, []);
    },
  },
  {
    name: "two containers of a pod share network, IPC and host name, and have processes apart",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const [a, b] = [await pod.start(WAIT), await pod.start(WAIT)];
      const look = ["net", "ipc", "uts", "pid"].map((kind) => `readlink /proc/self/ns/${kind}`);
      const [first, second] = await Promise.all(
        [a, b].map(async (container) =>
          words((await container.exec(["sh", "-c", look.join("; ")])).stdout).split(" ")
        ),
      );
      assertEquals(first!.slice(0, 3), second!.slice(0, 3));
      assert(first![3] !== second![3]);
      assertEquals(first![0], namespaceOf("self", "net"));
      const { containers } = await cri.grpc.call("ListContainers");
      assertEquals(containers.map(({ id }: { id: string }) => id).sort(), [a.id, b.id].sort());
    },
  },
  {
    name: "containers of a pod with one PID namespace see each other",
    async run(cri): Promise<void> {
      await using pod = await cri.pod({ pid: MODE.POD });
      await pod.start(["sleep", "66"]);
      const other = await pod.start(WAIT);
      const { stdout } = await other.exec(["ps"]);
      for (const part of ["sleep 66", "sleep 2147483647", "while :"]) assertIncludes(stdout, part);
    },
  },
  {
    name: "a pod with a network of its own, by a CNI plugin",
    skip: whyNoNetworks(),
    async run(cri): Promise<void> {
      const sysctl = "net.ipv4.ip_unprivileged_port_start";
      await using pod = await cri.pod({ network: MODE.POD, sysctls: { [sysctl]: "80" } });
      assertEquals((await pod.status()).network.ip, ADDRESS);
      const container = await pod.start(WAIT);
      const script = `hostname; ls /sys/class/net; ip addr show lo; cat /proc/sys/${
        sysctl.replaceAll(".", "/")
      }`;
      const { stdout } = await container.exec(["sh", "-c", script]);
      assert(/^pod\d+\nlo\n/.test(stdout), stdout);
      assertIncludes(stdout, "127.0.0.1/8");
      assert(stdout.endsWith("\n80\n"), stdout);
      assert(namespaceOf(await container.pid(), "net") !== namespaceOf("self", "net"));
    },
  },
  {
    name: "exec: codes, both streams, much output",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const container = await pod.start(WAIT);
      const result = await container.exec(["sh", "-c", "echo out; echo err >&2; exit 3"]);
      assertEquals({ ...result }, { stdout: "out\n", stderr: "err\n", exit_code: 3 });
      const { stdout } = await container.exec(["seq", "100000"]);
      assertEquals(
        stdout.length,
        Array.from({ length: 100000 }, (_, i) => i + 1).join("\n").length + 1,
      );
      assertClean((await container.exec(["sh", "-c", LOOK])).stdout);
    },
  },
  {
    name: "exec of a missing program fails, says which, and the container runs on",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const container = await pod.start(WAIT);
      assertIncludes(await messageOf(container.exec(["/no/such/program"])), "/no/such/program");
      assertEquals((await container.status()).state, STATE.RUNNING);
    },
  },
  {
    name: "exec beyond its time is ended",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const container = await pod.start(WAIT);
      assertIncludes(await messageOf(container.exec(["sleep", "67"], 1)), "timeout 1s exceeded");
      const isGone = async (): Promise<boolean> =>
        !(await container.exec(["ps"])).stdout.includes("sleep 67");
      await waitUntil("the program has ended", isGone);
    },
  },
  {
    name: "exec eight at once",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const container = await pod.start(WAIT);
      const numbers = [1, 2, 3, 4, 5, 6, 7, 8].map(String);
      const seen = await Promise.all(numbers.map((n) => container.exec(["echo", n])));
      assertEquals(seen.map(({ stdout }) => stdout.trim()), numbers);
    },
  },
  {
    name: "a container that ends: its code, its log, and its removal",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const container = await pod.start(["sh", "-c", "echo one; echo two >&2; exit 7"]);
      const hasEnded = async (): Promise<boolean> =>
        (await container.status()).state === STATE.EXITED;
      await waitUntil("the container has ended", hasEnded);
      const { exit_code, reason } = await container.status();
      assertEquals({ exit_code, reason }, { exit_code: 7, reason: "Error" });
      // Either stream comes when it comes.
      const isWhole = (): boolean =>
        ["one", "two"].every((word) => container.logs().includes(word));
      await waitUntil("the log is whole", isWhole);
      await container.do("RemoveContainer");
      assertIncludes(await messageOf(container.status()), "not found");
    },
  },
  {
    name: "a missing program makes the start fail, and says which",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const container = await pod.create(["/no/such/program"]);
      assertEquals((await container.status()).state, STATE.CREATED);
      assertIncludes(await messageOf(container.do("StartContainer")), "/no/such/program");
      assertEquals((await container.status()).reason, "StartError");
    },
  },
  {
    name: "stop: first SIGTERM, and SIGKILL when the time is up",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const obedient = await pod.start([
        "sh",
        "-c",
        'trap "exit 4" TERM; echo up; while :; do sleep 0.1; done',
      ]);
      await waitUntil("the trap is set", () => obedient.logs().includes("up"));
      await obedient.do("StopContainer", { timeout: 60 });
      assertEquals((await obedient.status()).exit_code, 4);
      const deaf = await pod.start([
        "sh",
        "-c",
        'trap "" TERM; echo up; while :; do sleep 0.1; done',
      ]);
      await deaf.do("StopContainer", { timeout: 1 });
      assertEquals((await deaf.status()).exit_code, 137);
    },
  },
  {
    name: "limits, their change, and stats",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const resources = {
        memory_limit_in_bytes: 64 * MiB,
        cpu_period: 100000,
        cpu_quota: 50000,
        oom_score_adj: 500,
      };
      const container = await pod.start(WAIT, { linux: { resources } });
      const pid = await container.pid();
      assertLimits(pid, [memory(64 * MiB), quota(50000)]);
      assertEquals(Deno.readTextFileSync(`/proc/${pid}/oom_score_adj`), "500\n");
      const linux = { memory_limit_in_bytes: 96 * MiB, cpu_period: 100000, cpu_quota: 30000 };
      await container.do("UpdateContainerResources", { linux });
      assertLimits(pid, [memory(96 * MiB), quota(30000)]);
      const { cpu, memory: used } = await container.stats();
      assert(cpu.usage_core_nano_seconds.value > 0 && used.working_set_bytes.value > 0);
    },
  },
  {
    name: "a container without memory is told to be OOM-killed",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const fill = 'x=$(head -c 64m /dev/zero | tr "\\0" x); echo ${#x}';
      const linux = { resources: { memory_limit_in_bytes: 16 * MiB } };
      const isTold = async (): Promise<boolean> => {
        const container = await pod.start(["sh", "-c", `sleep 0.5; ${fill}`], { linux });
        const hasEnded = async (): Promise<boolean> =>
          (await container.status()).state === STATE.EXITED;
        await waitUntil("the container has ended", hasEnded);
        return (await container.status()).reason === "OOMKilled";
      };
      // Again, if the shim was not listening yet, or has not told it yet.
      await waitUntil("it is told", isTold);
    },
  },
  {
    name: "user, groups, capabilities, no new privileges, seccomp, a read-only root",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const security_context = {
        run_as_user: { value: 1000 },
        run_as_group: { value: 1000 },
        supplemental_groups: [77],
        capabilities: { drop_capabilities: ["ALL"] },
        no_new_privs: true,
        readonly_rootfs: true,
        seccomp: { profile_type: 0 },
      };
      const container = await pod.start(WAIT, { linux: { security_context } });
      const { stdout } = await container.exec([
        ...["sh", "-c"],
        "id -u; id -G | grep -o 77; grep -E 'CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; touch /tmp/x || echo ro",
      ]);
      const status = "CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2";
      assertEquals(words(stdout), `1000 77 ${status} ro`);
    },
  },
  {
    name: "environment, directory, mounts",
    async run(cri): Promise<void> {
      const { room } = cri;
      Deno.mkdirSync(room.path("volume"), { recursive: true });
      room.write("volume/file", "content\n");
      await using pod = await cri.pod();
      const mount = { container_path: "/deep/dir", host_path: room.path("volume"), readonly: true };
      const container = await pod.start(WAIT, {
        envs: [{ key: "FOO", value: "bar" }],
        working_dir: "/home/user",
        mounts: [mount],
      });
      const script = "echo $FOO $PWD; cat /deep/dir/file; touch /deep/dir/x || echo ro";
      const { stdout } = await container.exec(["sh", "-c", script]);
      assertEquals(words(stdout), "bar /home/user content ro");
    },
  },
  {
    name: "a container on a terminal",
    async run(cri): Promise<void> {
      await using pod = await cri.pod();
      const container = await pod.start(["sh", "-c", "tty; sleep 60"], { tty: true });
      await waitUntil("it has a terminal", () => container.logs().includes("/dev/pts/0"));
    },
  },
  {
    name: "eight pods at once",
    async run(cri): Promise<void> {
      const eight = Array.from({ length: 8 });
      const pods = await Promise.all(eight.map(() => cri.pod()));
      const containers = await Promise.all(pods.map((pod) => pod.start(WAIT)));
      const ids = await Promise.all(containers.map((one) => one.exec(["id", "-u"])));
      assertEquals(ids.map(({ stdout }) => stdout), eight.map(() => "0\n"));
      await Promise.all(pods.map((pod) => cri.removePod(pod.id)));
    },
  },
  {
    name: "a handler that is not configured is refused",
    async run(cri): Promise<void> {
      const message = await messageOf(cri.pod({ handler: "nobody" }));
      assertIncludes(message, 'no runtime for "nobody" is configured');
    },
  },
];

function whyNoNetworks(): string | undefined {
  try {
    return Deno.statSync(LOOPBACK).isFile ? undefined : `${LOOPBACK} is no file`;
  } catch {
    return `there is no ${LOOPBACK} on this machine`;
  }
}

/** What a call that has to fail says. */
async function messageOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return String(error);
  }
  throw new Error("Nothing failed");
}

suite("cri", ["containerd", "ctr", "busybox"], Cri.open, CHECKS);
