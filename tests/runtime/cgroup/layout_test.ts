import { assert, assertEquals } from "#assert";
import { open } from "../../../ffi/open.ts";
import { fstatfsType } from "../../../ffi/stat.ts";
import { MAGIC, O } from "../../../ffi/constants.ts";
import { parseLayout, readLayout } from "../../../runtime/cgroup/layout.ts";

/** As systemd's legacy layout has it: controllers mounted together, with a name that differs from their order. */
const V1_MOUNTS = `\
24 30 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
30 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
32 24 0:27 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
33 32 0:28 / /sys/fs/cgroup/systemd rw,nosuid shared:10 - cgroup cgroup rw,xattr,name=systemd
36 32 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:14 - cgroup cgroup rw,cpu,cpuacct
37 32 0:32 / /sys/fs/cgroup/cpuset rw,nosuid shared:15 - cgroup cgroup rw,cpuset,clone_children
`;
const V1_CGROUP = `\
11:cpuset:/
4:cpu,cpuacct:/user.slice
1:name=systemd:/user.slice/user-0.slice/user@0.service
`;

Deno.test("parseLayout() reads cgroup v1 with controllers mounted together", () => {
  assertEquals(parseLayout(V1_MOUNTS, V1_CGROUP), {
    kind: "v1",
    hierarchies: [
      {
        version: 1,
        controllers: ["cpuset"],
        mountpoint: "/sys/fs/cgroup/cpuset",
        root: "/",
        own: "/",
      },
      {
        version: 1,
        controllers: ["cpu", "cpuacct"],
        mountpoint: "/sys/fs/cgroup/cpu,cpuacct",
        root: "/",
        own: "/user.slice",
      },
      {
        version: 1,
        controllers: [],
        name: "systemd",
        mountpoint: "/sys/fs/cgroup/systemd",
        root: "/",
        own: "/user.slice/user-0.slice/user@0.service",
      },
    ],
  });
});

Deno.test("parseLayout() does not take cpu for cpuset or cpuacct", () => {
  const mounts = `\
31 30 0:28 / /c/cpuset rw - cgroup cgroup rw,cpuset
32 30 0:29 / /c/cpuacct rw - cgroup cgroup rw,cpuacct
33 30 0:30 / /c/cpu rw - cgroup cgroup rw,cpu
`;
  const { hierarchies } = parseLayout(mounts, "3:cpu:/a\n2:cpuacct:/b\n1:cpuset:/c\n");
  assertEquals(
    hierarchies.map(({ mountpoint, own }) => [mountpoint, own]),
    [["/c/cpu", "/a"], ["/c/cpuacct", "/b"], ["/c/cpuset", "/c"]],
  );
});

Deno.test("parseLayout() reads the hybrid layout, v2 last", () => {
  const mounts = `\
30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
34 30 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
`;
  assertEquals(parseLayout(mounts, "0::/init.scope\n4:memory:/job/1\n"), {
    kind: "hybrid",
    hierarchies: [
      {
        version: 1,
        controllers: ["memory"],
        mountpoint: "/sys/fs/cgroup/memory",
        root: "/",
        own: "/job/1",
      },
      {
        version: 2,
        controllers: [],
        mountpoint: "/sys/fs/cgroup/unified",
        root: "/",
        own: "/init.scope",
      },
    ],
  });
});

/** The one v2 hierarchy: where it is mounted, the mount's root, the own cgroup. */
function v2(mounts: string, cgroup: string): [string, string, string][] {
  const { kind, hierarchies } = parseLayout(mounts, cgroup);
  assertEquals(kind, "v2");
  return hierarchies.map(({ mountpoint, root, own }) => [mountpoint, root, own]);
}

Deno.test("parseLayout() reads pure v2", () => {
  const mounts = "29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
  assertEquals(
    v2(mounts, "0::/user.slice/a\n"),
    [["/sys/fs/cgroup", "/", "/user.slice/a"]],
  );
});

Deno.test("parseLayout() counts the own cgroup from the root of a bind mount", () => {
  const mounts = "600 599 0:26 /docker/c1 /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n";
  assertEquals(v2(mounts, "0::/docker/c1\n"), [["/sys/fs/cgroup", "/docker/c1", "/"]]);
  assertEquals(v2(mounts, "0::/docker/c1/a\n"), [["/sys/fs/cgroup", "/docker/c1", "/a"]]);
  // Not below it: "/docker/c10" only begins with the same letters.
  assertEquals(v2(mounts, "0::/docker/c10\n"), [["/sys/fs/cgroup", "/docker/c1", "/"]]);
});

Deno.test("parseLayout() takes the mount's root where the cgroup namespace hides the way", () => {
  const older = "600 599 0:26 /../.. /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
  assertEquals(v2(older, "0::/\n"), [["/sys/fs/cgroup", "/../..", "/"]]);
  const other = "600 599 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n";
  assertEquals(v2(other, "0::/../other\n"), [["/sys/fs/cgroup", "/", "/"]]);
});

Deno.test("parseLayout() prefers the mount that shows the whole hierarchy", () => {
  const mounts = `\
50 22 0:26 /pod /run/pod/cgroup rw - cgroup2 cgroup2 rw
29 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
51 22 0:26 /else /run/else/cgroup rw - cgroup2 cgroup2 rw
`;
  assertEquals(v2(mounts, "0::/pod/a\n"), [["/sys/fs/cgroup", "/", "/pod/a"]]);
});

Deno.test("parseLayout() prefers a mount that shows the own cgroup", () => {
  const mounts = `\
50 22 0:26 /x /run/x rw - cgroup2 cgroup2 rw
51 22 0:26 /pod/a /run/a rw - cgroup2 cgroup2 rw
`;
  assertEquals(v2(mounts, "0::/pod/a/b\n"), [["/run/a", "/pod/a", "/b"]]);
});

Deno.test("parseLayout() leaves out a mount that another one covers", () => {
  const mounts = `\
29 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
60 29 0:40 / /sys/fs/cgroup rw - tmpfs tmpfs rw
`;
  assertEquals(v2(mounts, "0::/\n"), []);
});

Deno.test("parseLayout() decodes the escapes of mountinfo", () => {
  const mounts = "29 22 0:26 /a\\134b /mnt/c\\040group rw - cgroup2 cgroup2 rw\n";
  assertEquals(v2(mounts, "0::/a\\b/c\n"), [["/mnt/c group", "/a\\b", "/c"]]);
});

Deno.test("parseLayout() keeps colons in the path of a cgroup", () => {
  const mounts = "29 22 0:26 / /c rw - cgroup cgroup rw,name=systemd\n";
  const { hierarchies } = parseLayout(mounts, "1:name=systemd:/a:b\n");
  assertEquals(hierarchies.map(({ name, own }) => [name, own]), [["systemd", "/a:b"]]);
});

Deno.test("parseLayout() finds nothing where no cgroup filesystem is mounted", () => {
  const mounts = "26 1 254:0 / / rw - ext4 /dev/vda rw\n";
  assertEquals(parseLayout(mounts, "4:memory:/\n0::/\n"), { kind: "v2", hierarchies: [] });
});

Deno.test("readLayout() finds cgroup filesystems of the right kind at its mount points", () => {
  const { hierarchies } = readLayout();
  assert(hierarchies.length > 0);
  for (const { version, mountpoint, own } of hierarchies) {
    using fd = open(mountpoint + own, O.O_PATH);
    const magic = version === 1 ? MAGIC.CGROUP_SUPER_MAGIC : MAGIC.CGROUP2_SUPER_MAGIC;
    assertEquals(fstatfsType(fd.fd), magic, mountpoint);
  }
});

Deno.test("readLayout() says where this process is", () => {
  for (const { mountpoint, own, root } of readLayout().hierarchies) {
    if (root.startsWith("/..")) continue;
    const pids = Deno.readTextFileSync(`${mountpoint}${own}/cgroup.procs`).split("\n");
    assert(pids.includes(String(Deno.pid)), mountpoint + own);
  }
});
