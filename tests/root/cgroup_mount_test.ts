import { match } from "node:assert/strict";
import { assertEquals } from "#assert";
import { CLONE, O } from "../../ffi/constants.ts";
import { FilesystemContext, moveMount } from "../../ffi/mount.ts";
import { open } from "../../ffi/open.ts";
import type { CgroupMountInfo } from "../../runtime/plan/cgroups_path.ts";
import { isolated, mountsBelow } from "../lib/isolated.ts";
import { makeRoot, messageOf, mountThem, names, ROOT } from "../lib/rootfs.ts";

const CGROUP = "/sys/fs/cgroup";
const OPTIONS = ["nosuid", "noexec", "nodev", "relatime", "ro"];
const MOUNT = { destination: CGROUP, type: "cgroup", source: "cgroup", options: OPTIONS };

/** Three hierarchies of a host's, each at a directory of its own, with a cgroup `/c` for the container. */
function makeHierarchies(): CgroupMountInfo[] {
  const hierarchies: CgroupMountInfo[] = [
    hierarchy(1, ["cpu", "cpuacct"], undefined, "cpu,cpuacct"),
    hierarchy(1, [], "systemd", "systemd"),
    hierarchy(2, [], undefined, "unified"),
  ];
  for (const { mountpoint, path } of hierarchies) {
    Deno.mkdirSync(mountpoint + path, { recursive: true });
    Deno.writeTextFileSync(`${mountpoint}${path}/cgroup.procs`, mountpoint);
  }
  return hierarchies;
}

function hierarchy(
  version: 1 | 2,
  controllers: string[],
  name: string | undefined,
  directory: string,
): CgroupMountInfo {
  return { version, controllers, name, mountpoint: `/mnt/cgroup/${directory}`, path: "/c" };
}

/** `/cpu cgroup ro / shows what, from where` of the mounts at the cgroup directory. */
function mounts(): string[] {
  return mountsBelow(ROOT + CGROUP).map(({ mountpoint, type, options, root }) =>
    `${mountpoint.slice((ROOT + CGROUP).length)} ${type} ${options.join(",")} ${root}`
  );
}

Deno.test("mountCgroups() binds the container's own cgroups without a cgroup namespace", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [MOUNT], { cgroupNamespace: false, cgroups: makeHierarchies() });
    return {
      mounts: mounts(),
      names: names(ROOT + CGROUP),
      link: Deno.readLinkSync(`${ROOT}${CGROUP}/cpuacct`),
      cpu: names(`${ROOT}${CGROUP}/cpu`),
      write: messageOf(() => Deno.writeTextFileSync(`${ROOT}${CGROUP}/cpu/cgroup.procs`, "1")),
    };
  });
  const attributes = "nodev,noexec,nosuid,relatime,ro";
  assertEquals(seen.mounts, [
    ` tmpfs ${attributes} /`,
    `/cpu,cpuacct tmpfs ${attributes} /cgroup/cpu,cpuacct/c`,
    `/systemd tmpfs ${attributes} /cgroup/systemd/c`,
    `/unified tmpfs ${attributes} /cgroup/unified/c`,
  ]);
  assertEquals(seen.names, ["cpu", "cpu,cpuacct", "cpuacct", "systemd", "unified"]);
  assertEquals(seen.link, "cpu,cpuacct");
  assertEquals(seen.cpu, ["cgroup.procs"]);
  match(seen.write, /Read-only file system/);
});

Deno.test("mountCgroups() leaves them writable without ro", () => {
  const written = isolated(() => {
    using root = makeRoot();
    const mount = { ...MOUNT, options: ["nosuid"] };
    mountThem(root, [mount], { cgroupNamespace: false, cgroups: makeHierarchies() });
    Deno.writeTextFileSync(`${ROOT}${CGROUP}/systemd/new`, "1");
    return Deno.readTextFileSync("/mnt/cgroup/systemd/c/new");
  });
  assertEquals(written, "1");
});

Deno.test("mountCgroups() binds the one hierarchy of v2 itself", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    const cgroups = makeHierarchies().slice(2);
    mountThem(root, [{ ...MOUNT, options: [...OPTIONS, "rprivate"] }], {
      cgroupNamespace: false,
      cgroups,
    });
    return { mounts: mounts(), names: names(ROOT + CGROUP) };
  });
  assertEquals(seen.mounts, [" tmpfs nodev,noexec,nosuid,relatime,ro /cgroup/unified/c"]);
  assertEquals(seen.names, ["cgroup.procs"]);
});

Deno.test("mountCgroups() says when the host has none", () => {
  const message = isolated(() => {
    using root = makeRoot();
    return messageOf(() => mountThem(root, [MOUNT]));
  });
  assertEquals(
    message,
    `Cannot mount "${CGROUP}" (mounts[0]): the host has no cgroup filesystem mounted`,
  );
});

/** The hierarchies that this machine has, whether or not they are mounted. */
function hostHierarchies(): CgroupMountInfo[] {
  return Deno.readTextFileSync("/proc/self/cgroup").trimEnd().split("\n").map((line, _, lines) => {
    const [, id = "", attached = "", path = ""] = /^(\d+):(.*?):(.*)$/.exec(line) ?? [];
    const all = attached.split(",").filter((name) => name !== "");
    const name = all.find((option) => option.startsWith("name="))?.slice("name=".length);
    const controllers = all.filter((option) => !option.startsWith("name="));
    // v2 alone has no directories for hierarchies.
    const directory = lines.length === 1 ? "" : id === "0" ? "/unified" : `/${name ?? attached}`;
    return {
      version: id === "0" ? 2 : 1,
      controllers,
      name,
      mountpoint: `/sys/fs/cgroup${directory}`,
      path,
    };
  });
}

Deno.test("mountCgroups() mounts the filesystems in a cgroup namespace", () => {
  const hierarchies = hostHierarchies();
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [MOUNT], { cgroups: hierarchies });
    const v2 = hierarchies.find(({ version }) => version === 2)?.mountpoint;
    return { mounts: mounts(), procs: names(`${ROOT}${v2}`).includes("cgroup.procs") };
  }, { flags: CLONE.CLONE_NEWCGROUP });
  const attributes = "nodev,noexec,nosuid,relatime,ro";
  // In the namespace its root is "/".
  const unified = hierarchies.length === 1
    ? [` cgroup2 ${attributes} /`]
    : [` tmpfs ${attributes} /`].concat(hierarchies.map(({ version, mountpoint }) => {
      const name = mountpoint.slice("/sys/fs/cgroup".length);
      return `${name} ${version === 2 ? "cgroup2" : "cgroup"} ${attributes} /`;
    }));
  assertEquals(seen.mounts, unified);
  assertEquals(seen.procs, true);
});

Deno.test("mountCgroups() does not change the host's cgroup filesystems", () => {
  const options = isolated(() => {
    using root = makeRoot();
    mountThem(root, [MOUNT], { cgroups: hostHierarchies() });
    using context = new FilesystemContext("cgroup2");
    using again = context.mount(0);
    Deno.mkdirSync("/mnt/again");
    using target = open("/mnt/again", O.O_PATH);
    moveMount(again.fd, target);
    const [mount] = mountsBelow("/mnt/again");
    return mount?.superOptions[0];
  }, { flags: CLONE.CLONE_NEWCGROUP });
  assertEquals(options, "rw");
});
