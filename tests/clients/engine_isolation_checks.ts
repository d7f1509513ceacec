/**
 * Docker and Podman: limits, namespaces, mounts and privileges.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import {
  assertLimits,
  cpus,
  memory,
  memoryAndSwap,
  pids,
  quota,
  reservation,
  shares,
} from "./cgroup_value.ts";
import type { Engine } from "./engine.ts";
import { all, assertExcludes, assertIncludes, namespaceOf, words } from "./expect.ts";
import { IMAGE } from "./image.ts";
import type { Check } from "./suite.ts";

const MiB = 1024 * 1024;

/** A profile that refuses one thing, with an error of its own. */
const PROFILE = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }],
};

/** The checks. */
export const ISOLATION_CHECKS: readonly Check<Engine>[] = [
  {
    name: "limits of memory, swap, processors and processes",
    async run(engine): Promise<void> {
      await using box = await engine.up([
        ...["--memory", "64m", "--memory-swap", "128m", "--memory-reservation", "32m"],
        ...["--cpus", "0.5", "--cpu-shares", "512", "--cpuset-cpus", "0", "--pids-limit", "55"],
      ]);
      assertLimits(await box.pid(), [
        memory(64 * MiB),
        memoryAndSwap(128 * MiB, 64 * MiB),
        reservation(32 * MiB),
        quota(50000),
        shares(512),
        cpus("0"),
        pids(55),
      ]);
    },
  },
  {
    name: "the container sees its own limit",
    async run(engine): Promise<void> {
      const files = "/sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max";
      const seen = await engine.shell(`cat ${files} 2>/dev/null; true`, "--memory", "64m");
      assertEquals(seen, `${64 * MiB}`);
    },
  },
  {
    name: "cgroup namespaces, own and the host's",
    async run(engine): Promise<void> {
      const own = await engine.see(["--cgroupns", "private"], ["cat", "/proc/self/cgroup"]);
      assertExcludes(own, engine.room.name);
      const shared = await engine.see(["--cgroupns", "host"], ["readlink", "/proc/self/ns/cgroup"]);
      assertEquals(shared, namespaceOf("self", "cgroup"));
    },
  },
  {
    name: "network none, the host's, another container's",
    async run(engine): Promise<void> {
      const look = ["readlink", "/proc/self/ns/net"];
      const none = await engine.shell("readlink /proc/self/ns/net; ls /sys/class/net");
      assertExcludes(none, namespaceOf("self", "net"));
      assertEquals(none.split("\n")[1], "lo");
      const [program, ...run] = engine.runWords().slice(0, -2); // Without its "--network none".
      const withNetwork = (network: string): Promise<string> =>
        engine.room.output([program!, ...run, "--rm", "--network", network, IMAGE, ...look]);
      assertEquals(await withNetwork("host"), namespaceOf("self", "net"));
      await using box = await engine.up();
      assertEquals(await withNetwork(`container:${box.id}`), namespaceOf(await box.pid(), "net"));
    },
  },
  {
    name: "IPC and PID namespaces of another container, and of the host",
    async run(engine): Promise<void> {
      await using box = await engine.up(["--ipc", "shareable"]);
      const joined = await engine.shell(
        "readlink /proc/self/ns/ipc; ps",
        ...["--ipc", `container:${box.id}`, "--pid", `container:${box.id}`],
      );
      assertIncludes(joined, namespaceOf(await box.pid(), "ipc"));
      assertIncludes(joined, "while :");
      const kinds = ["pid", "ipc", "uts"];
      const ofHost = await engine.shell(
        kinds.map((kind) => `readlink /proc/self/ns/${kind}`).join("; "),
        ...kinds.flatMap((kind) => [`--${kind}`, "host"]),
      );
      assertEquals(words(ofHost), kinds.map((kind) => namespaceOf("self", kind)).join(" "));
    },
  },
  {
    name: "a read-only root, volumes, tmpfs, propagation",
    async run(engine): Promise<void> {
      assertIncludes(await engine.shell("touch /x 2>&1 || echo refused", "--read-only"), "refused");
      Deno.mkdirSync(engine.room.path("volume"), { recursive: true });
      const source = engine.room.path("volume");
      engine.room.write("volume/file", "content\n");
      const seen = await engine.shell(
        "cat /deep/dir/file; touch /deep/dir/x 2>/dev/null || echo ro; grep -o ' /mnt tmpfs' /proc/mounts; cat /v/file",
        ...["--volume", `${source}:/deep/dir:ro`, "--tmpfs", "/mnt:size=1m,mode=700"],
        ...["--mount", `type=bind,src=${source},dst=/v,bind-propagation=rprivate`],
      );
      assertEquals(words(seen), "content ro /mnt tmpfs content");
      await engine.shell("echo kept >/data/f", "--volume", "named:/data");
      assertEquals(await engine.shell("cat /data/f", "--volume", "named:/data"), "kept");
      await engine.output(["volume", "rm", "named"]);
    },
  },
  {
    name: "devices, and none beside them",
    async run(engine): Promise<void> {
      const seen = await engine.shell("ls -l /dev/own", "--device", "/dev/null:/dev/own:r");
      assertIncludes(seen, "1,   3");
      const node = "mknod /tmp/k c 1 11 && head -c1 /tmp/k 2>&1 || echo refused";
      assertIncludes(await engine.shell(node, "--cap-add", "mknod"), "not permitted");
    },
  },
  {
    name: "capabilities",
    async run(engine): Promise<void> {
      const look = "grep CapEff /proc/self/status";
      const chown = await engine.shell(look, "--cap-drop", "all", "--cap-add", "chown");
      assertIncludes(chown, "0000000000000001");
      assertIncludes(await engine.shell(look, "--user", "user"), "0000000000000000");
      assert(/CapEff:\s00000000[0-9a-f]*[1-9a-f]/.test(await engine.shell(look)));
    },
  },
  {
    name: "seccomp: the default profile, none, and one of one's own",
    async run(engine): Promise<void> {
      const look = "grep Seccomp: /proc/self/status";
      assertIncludes(await engine.shell(look), "2");
      assertIncludes(await engine.shell(look, "--security-opt", "seccomp=unconfined"), "0");
      const profile = engine.room.write("profile.json", JSON.stringify(PROFILE));
      const result = await engine.run(
        ["--security-opt", `seccomp=${profile}`],
        ["mkdir", "/x"],
      );
      assertEquals(result.code, 1);
      assertIncludes(all(result), "not permitted");
    },
  },
  {
    name: "no new privileges, masked and read-only paths",
    async run(engine): Promise<void> {
      const look = "grep NoNewPrivs /proc/self/status";
      assertIncludes(await engine.shell(look, "--security-opt", "no-new-privileges"), "1");
      assertIncludes(await engine.shell(look), "0");
      const paths = "wc -c </proc/keys; touch /proc/sys/kernel/x 2>/dev/null || echo ro";
      assertEquals(words(await engine.shell(paths)), "0 ro");
    },
  },
];
