import { match } from "node:assert/strict";
import { assertEquals } from "#assert";
import { CLONE, O } from "../../ffi/constants.ts";
import { mount, pivot_root, umountDetach } from "../../ffi/mount.ts";
import { chdir } from "../../ffi/directory.ts";
import { open } from "../../ffi/open.ts";
import { cloneHostNull, maskPaths, readonlyPaths } from "../../runtime/steps/paths.ts";
import { isolated, mountsBelow } from "../lib/isolated.ts";
import { HOST, makeRoot, messageOf, mountThem, names, ROOT } from "../lib/rootfs.ts";

/** Runs `action` in the root, with the host's tree gone. */
function pivoted<T>(prepare: () => void, action: () => T): T {
  return isolated(() => {
    using _root = makeRoot();
    prepare();
    chdir(ROOT);
    pivot_root(".", ".");
    umountDetach(".");
    chdir("/");
    return action();
  });
}

Deno.test("configLinuxMaskedPaths: files and directories have nothing to read after pivot_root", () => {
  const seen = isolated(() => {
    using mounted = makeRoot();
    for (const name of ["one", "two"]) {
      Deno.writeTextFileSync(`${ROOT}/${name}`, "secret");
      Deno.mkdirSync(`${ROOT}/d${name}`);
      Deno.writeTextFileSync(`${ROOT}/d${name}/file`, "secret");
    }
    mountThem(mounted, [{ destination: "/proc", type: "proc" }]);
    // What stands in the image under the device's name plays no part.
    Deno.mkdirSync(`${ROOT}/dev`);
    Deno.symlinkSync("/one", `${ROOT}/dev/null`);
    const hostNull = cloneHostNull();
    chdir(ROOT);
    pivot_root(".", ".");
    umountDetach(".");
    using root = open("/", O.O_PATH);
    maskPaths(root, ["/one", "/done", "/missing", "/one/x", "/two", "/dtwo", "/done"], hostNull);
    const { isCharDevice, rdev } = Deno.statSync("/two");
    return {
      read: ["/one", "/two"].map((path) => Deno.readTextFileSync(path)),
      lists: ["/done", "/dtwo"].map(names),
      null: [isCharDevice, rdev],
      write: messageOf(() => Deno.writeTextFileSync("/done/new", "")),
      mounts: mountsBelow("").filter(({ mountpoint }) => /^\/d?(one|two)$/.test(mountpoint)).map((
        { mountpoint, type, options, superOptions },
      ) => `${mountpoint} ${type} ${options.join(",")} ${type === "tmpfs" ? superOptions[0] : ""}`),
      devices: new Set(["/done", "/dtwo"].map((path) => Deno.statSync(path).dev)).size,
      missing: names("/").includes("missing"),
    };
  });
  const directory = "tmpfs nodev,noexec,nosuid,relatime,ro ro";
  assertEquals(seen.read, ["", ""]);
  assertEquals(seen.lists, [[], []]);
  assertEquals(seen.null, [true, 0x103]);
  match(seen.write, /Read-only file system/);
  assertEquals(seen.mounts, [
    "/one devtmpfs relatime,rw ",
    `/done ${directory}`,
    "/two devtmpfs relatime,rw ",
    `/dtwo ${directory}`,
    `/done ${directory}`,
  ]);
  assertEquals([seen.devices, seen.missing], [1, false]);
});

Deno.test("configLinuxReadonlyPaths: paths are read-only with all that is mounted below", () => {
  const seen = pivoted(() => {
    Deno.mkdirSync(`${ROOT}/d/sub`, { recursive: true });
    mount("sub", `${ROOT}/d/sub`, "tmpfs", 2);
    Deno.writeTextFileSync(`${ROOT}/file`, "");
    Deno.mkdirSync(`${ROOT}/proc`);
    mount("proc", `${ROOT}/proc`, "proc", 8);
  }, () => {
    using root = open("/", O.O_PATH);
    readonlyPaths(root, ["/d", "/file", "/missing", "/proc/sys"]);
    return {
      mounts: mountsBelow("").filter(({ mountpoint }) => mountpoint !== "/").slice(2).map((
        { mountpoint, type, options },
      ) => `${mountpoint} ${type} ${options.join(",")}`),
      writes: ["/d/new", "/d/sub/new", "/file", "/proc/sys/kernel/domainname"].map((path) =>
        messageOf(() => Deno.writeTextFileSync(path, ""))
      ),
    };
  });
  assertEquals(seen.mounts, [
    "/d tmpfs relatime,ro",
    "/d/sub tmpfs nosuid,relatime,ro",
    "/file tmpfs relatime,ro",
    "/proc/sys proc noexec,relatime,ro",
  ]);
  for (const message of seen.writes) match(message, /Read-only file system/);
});

Deno.test("maskPaths() and readonlyPaths() stay in the root", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.symlinkSync(`${HOST}/secret`, `${ROOT}/link`);
    Deno.symlinkSync("../../mnt/host", `${ROOT}/up`);
    maskPaths(root, ["/link", "/up"], cloneHostNull());
    readonlyPaths(root, ["/link", "/up", "/../../mnt/host"]);
    return [mountsBelow(HOST).length, Deno.readTextFileSync(`${HOST}/secret`)];
  });
  assertEquals(seen, [0, "secret"]);
});

Deno.test("maskPaths() and readonlyPaths() work in a user namespace", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [{ destination: "/sys", type: "sysfs" }, {
      destination: "/proc",
      type: "proc",
    }], {
      userNamespace: true,
    });
    maskPaths(root, ["/proc/kallsyms", "/sys/kernel"], cloneHostNull());
    readonlyPaths(root, ["/proc/sys"]);
    return [
      Deno.readTextFileSync(`${ROOT}/proc/kallsyms`),
      names(`${ROOT}/sys/kernel`).length,
      mountsBelow(`${ROOT}/proc/sys`)[0]?.options.includes("ro"),
    ];
  }, {
    flags: CLONE.CLONE_NEWUSER + CLONE.CLONE_NEWNET + CLONE.CLONE_NEWPID,
    prepare: (pid) => {
      Deno.writeTextFileSync(`/proc/${pid}/uid_map`, "0 0 1000\n");
      Deno.writeTextFileSync(`/proc/${pid}/gid_map`, "0 0 1000\n");
    },
  });
  assertEquals(seen, ["", 0, true]);
});

Deno.test("maskPaths() names the path", () => {
  const message = isolated(() => {
    using root = makeRoot();
    Deno.symlinkSync("loop", `${ROOT}/loop`);
    return messageOf(() => maskPaths(root, ["/loop"], cloneHostNull()));
  });
  match(message, /^Cannot mask "\/loop": openat2\(.*ELOOP/);
});
