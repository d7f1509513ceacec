import { match } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { CLONE } from "../../ffi/constants.ts";
import { mount } from "../../ffi/mount.ts";
import { planMounts } from "../../runtime/plan/mounts.ts";
import { mountAll } from "../../runtime/steps/mounts.ts";
import { isolated, mountAt, mountsBelow } from "../lib/isolated.ts";
import {
  BUNDLE,
  ENVIRONMENT,
  HOST,
  makeRoot,
  messageOf,
  mountThem,
  names,
  ROOT,
} from "../lib/rootfs.ts";

/** The default configuration's mounts, but for the cgroups. */
const DEFAULTS = [
  { destination: "/proc", type: "proc", source: "proc" },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
  },
  {
    destination: "/dev/mqueue",
    type: "mqueue",
    source: "mqueue",
    options: ["nosuid", "noexec", "nodev"],
  },
  {
    destination: "/sys",
    type: "sysfs",
    source: "sysfs",
    options: ["nosuid", "noexec", "nodev", "ro"],
  },
];

Deno.test("configMounts: the default mounts are made in order, with their options", () => {
  const flags = CLONE.CLONE_NEWPID + CLONE.CLONE_NEWNET + CLONE.CLONE_NEWIPC;
  const mounts = isolated(() => {
    using root = makeRoot();
    mountThem(root, DEFAULTS);
    return mountsBelow(ROOT).slice(1).map(({ mountpoint, type, source, options }) =>
      `${mountpoint.slice(ROOT.length)} ${type} ${source} ${options.join(",")}`
    );
  }, { flags });
  assertEquals(mounts, [
    "/proc proc proc relatime,rw",
    "/dev tmpfs tmpfs nosuid,rw",
    "/dev/pts devpts devpts noexec,nosuid,relatime,rw",
    "/dev/shm tmpfs shm nodev,noexec,nosuid,relatime,rw",
    "/dev/mqueue mqueue mqueue nodev,noexec,nosuid,relatime,rw",
    "/sys sysfs sysfs nodev,noexec,nosuid,relatime,ro",
  ]);
});

Deno.test("mountAll() hands data and superblock flags to the filesystem", () => {
  const { superOptions, mode } = isolated(() => {
    using root = makeRoot();
    mountThem(root, [{
      destination: "/t",
      type: "tmpfs",
      options: ["sync", "dirsync", "lazytime", "size=64k", "mode=0711,uid=7"],
    }]);
    const { superOptions } = mountAt(`${ROOT}/t`)!;
    return { superOptions, mode: Deno.statSync(`${ROOT}/t`).mode! & 0o7777 };
  });
  assertEquals(mode, 0o711);
  assertEquals(superOptions, [
    "rw",
    "sync",
    "dirsync",
    "lazytime",
    "size=64k",
    "mode=711",
    "uid=7",
  ]);
});

Deno.test("mountAll() makes directories for others to pass, whatever the umask", () => {
  const modes = isolated(() => {
    using root = makeRoot();
    Deno.umask(0o077);
    mountThem(root, [
      { destination: "/a/b", type: "tmpfs" },
      { destination: "/etc/f", source: `${HOST}/secret`, options: ["bind"] },
    ]);
    return ["a", "etc"].map((name) => Deno.statSync(`${ROOT}/${name}`).mode! & 0o7777);
  });
  assertEquals(modes, [0o755, 0o755]);
});

Deno.test("mountAll() seals a read-only tmpfs after the mounts within it", () => {
  const { before, after } = isolated(() => {
    using root = makeRoot();
    const mounts = [
      { destination: "/t", type: "tmpfs", options: ["ro"] },
      { destination: "/t/sub", type: "tmpfs" },
    ];
    const config = { ociVersion: "1.3.0", root: { path: "root" }, mounts };
    using unsealed = mountAll(root, planMounts(config, BUNDLE), ENVIRONMENT);
    const before = mountAt(`${ROOT}/t`)!.options;
    unsealed.seal();
    Deno.writeTextFileSync(`${ROOT}/t/sub/file`, "");
    return { before, after: mountAt(`${ROOT}/t`)!.options };
  });
  assertEquals(before, ["relatime", "rw"]);
  assertEquals(after, ["relatime", "ro"]);
});

Deno.test("mountAll() binds files and directories, relative sources from the bundle", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [
      { destination: "/etc/secret", source: "host/secret", options: ["bind", "ro"] },
      { destination: "data", type: "none", source: HOST, options: ["rbind", "nosuid", "noexec"] },
    ]);
    return {
      file: Deno.readTextFileSync(`${ROOT}/etc/secret`),
      fileOptions: mountAt(`${ROOT}/etc/secret`)!.options,
      names: names(`${ROOT}/data`),
      options: mountAt(`${ROOT}/data`)!.options,
      source: mountsBelow(HOST),
    };
  });
  assertEquals(seen, {
    file: "secret",
    fileOptions: ["relatime", "ro"],
    names: ["secret"],
    options: ["noexec", "nosuid", "relatime", "rw"],
    source: [],
  });
});

Deno.test("mountAll() leaves attributes of a bind mount alone that no option names", () => {
  const options = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync("/mnt/strict");
    mountThem(root, [
      { destination: "/a", type: "tmpfs", options: ["ro", "nosuid", "nodev", "noatime"] },
      { destination: "/same", source: `${ROOT}/a`, options: ["bind", "noexec"] },
      { destination: "/less", source: `${ROOT}/a`, options: ["bind", "rw", "dev", "relatime"] },
    ]);
    return ["same", "less"].map((name) => mountAt(`${ROOT}/${name}`)!.options);
  });
  // The tmpfs was not read-only yet when it was bound.
  assertEquals(options, [
    ["noatime", "nodev", "noexec", "nosuid", "rw"],
    ["nosuid", "relatime", "rw"],
  ]);
});

Deno.test("configLinuxMountOptions: rXXX options reach the mounts below", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${HOST}/sub`);
    mount("sub", `${HOST}/sub`, "tmpfs", 0);
    mountThem(root, [
      { destination: "/flat", source: HOST, options: ["rbind", "ro", "nosuid"] },
      { destination: "/deep", source: HOST, options: ["rbind", "rro", "rnosuid", "rnoatime"] },
      { destination: "/back", source: `${ROOT}/deep`, options: ["rbind", "rrw", "rsuid"] },
    ]);
    const below = (path: string) =>
      mountsBelow(`${ROOT}${path}`).map(({ mountpoint, options }) =>
        `${mountpoint.slice(ROOT.length)} ${options.join(",")}`
      );
    return [...below("/flat"), ...below("/deep"), ...below("/back"), ...below(HOST)];
  });
  assertEquals(seen, [
    "/flat nosuid,relatime,ro",
    "/flat/sub relatime,rw",
    "/deep noatime,nosuid,ro",
    "/deep/sub noatime,nosuid,ro",
    "/back noatime,rw",
    "/back/sub noatime,rw",
  ]);
});

Deno.test("mountAll() binds without what is mounted below, unless it is rbind", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${HOST}/sub`);
    mount("sub", `${HOST}/sub`, "tmpfs", 0);
    mountThem(root, [{ destination: "/flat", source: HOST, options: ["bind"] }]);
    return mountsBelow(`${ROOT}/flat`).length;
  });
  assertEquals(seen, 1);
});

Deno.test("configLinuxMountOptions: propagation options take effect, in order", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${HOST}/sub`);
    mount("sub", `${HOST}/sub`, "tmpfs", 0);
    mountThem(root, [
      { destination: "/shared", type: "tmpfs", options: ["shared"] },
      { destination: "/deep", source: HOST, options: ["rbind", "rshared"] },
      { destination: "/slave", source: `${ROOT}/deep`, options: ["rbind", "rslave", "rshared"] },
      { destination: "/private", source: `${ROOT}/deep`, options: ["rbind", "private"] },
      { destination: "/un", type: "tmpfs", options: ["unbindable"] },
    ]);
    return mountsBelow(ROOT).slice(1).map(({ mountpoint, propagation }) => {
      const kinds = propagation.map((field) => field.replace(/:\d+/, ""));
      return `${mountpoint.slice(ROOT.length)} ${kinds.join(",")}`;
    });
  });
  assertEquals(seen, [
    "/shared shared",
    "/deep shared",
    "/deep/sub shared",
    "/slave shared,master",
    "/slave/sub shared,master",
    "/private ",
    "/private/sub shared",
    "/un unbindable",
  ]);
});

Deno.test("configLinuxMountOptions: remount changes what it names, and the superblock too", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [
      { destination: "/t", type: "tmpfs", options: ["nosuid", "nodev", "size=64k"] },
      { destination: "/t", options: ["remount", "noexec", "dev", "sync", "size=128k"] },
      { destination: "/b", source: HOST, options: ["bind"] },
      { destination: "/b", options: ["remount", "bind", "ro", "nodev"] },
      { destination: "/", options: ["remount", "bind", "nosuid"] },
    ]);
    return ["/t", "/b", ""].map((path) => {
      const { options, superOptions } = mountAt(ROOT + path)!;
      return `${options.join(",")} ${superOptions.slice(0, 3).join(",")}`;
    });
  });
  assertEquals(seen, [
    "noexec,nosuid,relatime,rw rw,sync,size=128k",
    "nodev,relatime,ro rw,mode=755",
    "nosuid,relatime,rw rw,mode=755",
  ]);
});

Deno.test("mountAll() refuses to remount what is no mount", () => {
  const message = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${ROOT}/d`);
    return messageOf(() =>
      mountThem(root, [{ destination: "/d", options: ["remount", "bind", "ro"] }])
    );
  });
  match(message, /^Cannot mount "\/d" \(mounts\[0\]\): mount_setattr\(.*EINVAL/);
});

Deno.test("configLinuxMountOptions: tmpcopyup fills the tmpfs from the image", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    const dir = `${ROOT}/var`;
    Deno.mkdirSync(`${dir}/deep/er`, { recursive: true });
    Deno.chmodSync(dir, 0o2751);
    Deno.chownSync(dir, 11, 12);
    Deno.writeTextFileSync(`${dir}/deep/file`, "x".repeat(100_000));
    Deno.chownSync(`${dir}/deep/file`, 1, 2);
    Deno.chmodSync(`${dir}/deep/file`, 0o4755);
    Deno.symlinkSync("/etc/passwd", `${dir}/link`);
    Deno.umask(0o077);
    mountThem(root, [{ destination: "/var", type: "tmpfs", options: ["tmpcopyup", "ro"] }]);
    const look = (path: string): string => {
      const { mode, uid, gid, size, isSymlink } = Deno.lstatSync(dir + path);
      const shape = isSymlink ? Deno.readLinkSync(dir + path) : `${(mode! & 0o7777).toString(8)}`;
      return `${path} ${shape} ${uid}:${gid} ${path.endsWith("file") ? size : ""}`.trim();
    };
    return {
      mount: `${mountAt(dir)!.type} ${mountAt(dir)!.options.join(",")}`,
      files: ["", "/deep", "/deep/er", "/deep/file", "/link"].map(look),
      names: names(dir),
    };
  });
  assertEquals(seen, {
    mount: "tmpfs relatime,ro",
    files: [
      "2751 11:12",
      "/deep 755 0:0",
      "/deep/er 755 0:0",
      "/deep/file 4755 1:2 100000",
      "/link /etc/passwd 0:12",
    ],
    names: ["deep", "link"],
  });
});

Deno.test("configLinuxMountOptions: tmpcopyup leaves the root to mode=", () => {
  const mode = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${ROOT}/var`, { mode: 0o700 });
    mountThem(root, [{ destination: "/var", type: "tmpfs", options: ["tmpcopyup", "mode=1777"] }]);
    return Deno.statSync(`${ROOT}/var`).mode! & 0o7777;
  });
  assertEquals(mode, 0o1777);
});

Deno.test("mountAll() takes values that are too long for fsconfig(2)", () => {
  const { mounts, file } = isolated(() => {
    using root = makeRoot();
    const long = `${BUNDLE}/${"l".repeat(200)}/${"m".repeat(200)}`;
    Deno.mkdirSync(long, { recursive: true });
    Deno.writeTextFileSync(`${long}/file`, "lower");
    mountThem(root, [{
      destination: "/o",
      type: "overlay",
      source: "overlay",
      options: [`lowerdir=${long}:${HOST}`, "nosuid", "noatime", "rprivate"],
    }]);
    return {
      mounts: mountsBelow(`${ROOT}/o`).map(({ type, options }) => [type, ...options]),
      file: Deno.readTextFileSync(`${ROOT}/o/file`),
    };
  });
  assertEquals(mounts, [["overlay", "noatime", "nosuid", "rw"]]);
  assertEquals(file, "lower");
});

Deno.test("mountAll() names the mount, its property and the filesystem's complaint", () => {
  const message = isolated(() => {
    using root = makeRoot();
    return messageOf(() =>
      mountThem(root, [
        { destination: "/a", type: "tmpfs" },
        { destination: "/t", type: "tmpfs", options: ["size=huge"] },
      ])
    );
  });
  match(
    message,
    /^Cannot mount "\/t" \(mounts\[1\]\): fsconfig\(.*"size", "huge"\): EINVAL .*Bad value for 'size'/,
  );
});

Deno.test("mountAll() names a source that is not there", () => {
  const message = isolated(() => {
    using root = makeRoot();
    return messageOf(() =>
      mountThem(root, [{ destination: "/t", source: "missing", options: ["bind"] }])
    );
  });
  match(
    message,
    /^Cannot mount "\/t" \(mounts\[0\]\): open_tree\(AT_FDCWD, "\/mnt\/missing",.*ENOENT/,
  );
});

Deno.test("mountAll() leaks no descriptor, whether it succeeds or not", () => {
  const { before, after } = isolated(() => {
    using root = makeRoot();
    const count = () => names("/proc/self/fd").length;
    const before = count();
    mountThem(root, [
      { destination: "/x/y", type: "tmpfs", options: ["ro", "tmpcopyup"] },
      { destination: "/b", source: HOST, options: ["bind", "ro"] },
    ]);
    messageOf(() => mountThem(root, [{ destination: "/b/c/d", type: "tmpfs" }]));
    messageOf(() => mountThem(root, [{ destination: "/e", type: "nosuchfs" }]));
    messageOf(() =>
      mountThem(root, [
        { destination: "/f", type: "tmpfs", options: ["ro"] },
        { destination: "/g", source: "missing", options: ["bind"] },
      ])
    );
    return { before, after: count() };
  });
  assertEquals(after, before);
});

Deno.test("mountAll() leaves nothing on the host", () => {
  assert(!Deno.readTextFileSync("/proc/self/mountinfo").includes(ROOT));
});
