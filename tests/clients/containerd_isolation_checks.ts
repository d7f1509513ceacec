/**
 * containerd: limits, namespaces, mounts and privileges.
 *
 * @module
 */
import { assertEquals } from "#assert";
import { assertLimits, cgroupOf, memory, quota, shares } from "./cgroup_value.ts";
import { type Ctr, lingering } from "./containerd.ts";
import { all, assertExcludes, assertIncludes, namespaceOf, words } from "./expect.ts";
import { makeRootDirectory } from "./image.ts";
import type { Check } from "./suite.ts";

/** The checks. */
export const ISOLATION_CHECKS: readonly Check<Ctr>[] = [
  {
    name: "limits of memory and processors, and a cgroup of one's own",
    async run(ctr): Promise<void> {
      const bytes = 64 * 1024 * 1024;
      const cgroup = `${ctr.room.cgroup}/elsewhere`;
      {
        const limits = ["--memory-limit", `${bytes}`, "--cpus", "0.5", "--cgroup", cgroup];
        await using task = await ctr.up(limits);
        assertLimits(await task.pid(), [memory(bytes), quota(50000)]);
        assertIncludes(cgroupOf(await task.pid(), "memory"), cgroup);
      }
      await using task = await ctr.up(["--cpu-shares", "512"]);
      assertLimits(await task.pid(), [shares(512)]);
    },
  },
  {
    name: "network: its own, the host's, another container's; and another's processes",
    async run(ctr): Promise<void> {
      const look = "readlink /proc/self/ns/net";
      const own = await ctr.shell(`${look}; ls /sys/class/net`);
      assertExcludes(own, namespaceOf("self", "net"));
      assertIncludes(own, "lo");
      assertEquals(await ctr.shell(look, "--net-host"), namespaceOf("self", "net"));
      await using task = await ctr.up();
      const pid = await task.pid();
      const joins = ["network", "pid"].flatMap((kind) => {
        const file = kind === "network" ? "net" : kind;
        return ["--with-ns", `${kind}:/proc/${pid}/ns/${file}`];
      });
      const other = ctr.runWords("--rm", ...joins, "localhost/box:1", "other");
      const program = lingering(["sh", "-c", `${look}; ps`]);
      const seen = await ctr.room.output([...other, ...program]);
      assertIncludes(seen, namespaceOf(pid, "net"));
      assertIncludes(seen, "while :");
    },
  },
  {
    name: "a read-only root, bind mounts, tmpfs",
    async run(ctr): Promise<void> {
      assertIncludes(await ctr.shell("touch /x 2>&1 || echo refused", "--read-only"), "refused");
      const source = ctr.room.path("volume");
      Deno.mkdirSync(source, { recursive: true });
      ctr.room.write("volume/file", "content\n");
      const seen = await ctr.shell(
        "cat /deep/dir/file; touch /deep/dir/x 2>/dev/null || echo ro; grep -o ' /mnt tmpfs' /proc/mounts",
        ...["--mount", `type=bind,src=${source},dst=/deep/dir,options=rbind:ro`],
        ...["--mount", "type=tmpfs,src=tmpfs,dst=/mnt,options=size=1m:mode=700"],
      );
      assertEquals(words(seen), "content ro /mnt tmpfs");
    },
  },
  {
    name: "devices, and none beside them",
    async run(ctr): Promise<void> {
      assertIncludes(await ctr.shell("ls -l /dev/full", "--device", "/dev/full"), "1,   7");
      const node = "mknod /tmp/k c 1 11 && head -c1 /tmp/k 2>&1 || echo refused";
      assertIncludes(await ctr.shell(node), "not permitted");
    },
  },
  {
    name: "capabilities, no new privileges, the default seccomp profile",
    async run(ctr): Promise<void> {
      const look = "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status";
      const usual = words(await ctr.shell(look, "--seccomp"));
      assertEquals(usual, "CapEff: 00000000a80425fb NoNewPrivs: 1 Seccomp: 2");
      const options = ["--cap-drop", "CAP_CHOWN", "--cap-add", "CAP_SYS_ADMIN"];
      const changed = words(await ctr.shell(look, ...options, "--allow-new-privs"));
      assertEquals(changed, "CapEff: 00000000a82425fa NoNewPrivs: 0 Seccomp: 0");
      const refused = await ctr.run(["--seccomp"], ["unshare", "-m", "true"]);
      assertEquals(refused.code, 1, all(refused));
      assertEquals(await ctr.shell("mount -t tmpfs t /tmp && echo yes", "--privileged"), "yes");
    },
  },
  {
    name: "a user namespace",
    async run(ctr): Promise<void> {
      const map = "0:100000:65536";
      const script = "cat /proc/self/uid_map; id -u; touch /x && echo wrote";
      const seen = await ctr.shell(script, "--uidmap", map, "--gidmap", map);
      assertEquals(words(seen), "0 100000 65536 0 wrote");
    },
  },
  {
    name: "a root that is a directory, and one that is not pivoted to",
    async run(ctr): Promise<void> {
      const root = ctr.room.path("directory");
      await makeRootDirectory(root);
      const program = lingering(["echo", "from there"]);
      const run = ctr.runWords("--rm", "--rootfs", root, "box", ...program);
      assertEquals(await ctr.room.output(run), "from there");
      assertEquals(await ctr.shell("echo yes", "--no-pivot"), "yes");
    },
  },
];
