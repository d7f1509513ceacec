import { match } from "node:assert/strict";
import { assertEquals } from "#assert";
import { AT_FDCWD, CLONE, MS, S } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mount } from "../../ffi/mount.ts";
import { mknodat } from "../../ffi/directory.ts";
import { type DevicePlan, planDevices } from "../../runtime/plan/devices.ts";
import { makeDevLinks } from "../../runtime/steps/dev_links.ts";
import { makeDevices } from "../../runtime/steps/devices.ts";
import { isolated, mountsBelow } from "../lib/isolated.ts";
import { HOST, makeRoot, messageOf, mountThem, names, ROOT } from "../lib/rootfs.ts";

const DEFAULTS = planDevices({});

function device(path: string, changes: Partial<DevicePlan> = {}): DevicePlan {
  const property = "linux.devices[0]";
  const node = { type: "c", major: 1, minor: 3, mode: 0o666, uid: 0, gid: 0 } as const;
  return { property, path, ...node, ...changes };
}

/** `null 20666 1:3 0:0`: mode with the file's type, rdev, owner. */
function look(path: string): string {
  const { mode, uid, gid, rdev } = Deno.lstatSync(ROOT + path);
  return `${path} ${mode!.toString(8)} ${rdev! >> 8}:${rdev! & 0xff} ${uid}:${gid}`;
}

function make(root: OwnedFd, devices: DevicePlan[], bind = false): void {
  makeDevices(root, devices, { bind });
}

Deno.test("configLinuxDefaultDevices: the nodes have numbers, modes and owners, whatever the umask", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.umask(0o077);
    make(root, DEFAULTS);
    return [...DEFAULTS.map(({ path }) => look(path)), Deno.umask().toString(8)];
  });
  assertEquals(seen, [
    "/dev/null 20666 1:3 0:0",
    "/dev/zero 20666 1:5 0:0",
    "/dev/full 20666 1:7 0:0",
    "/dev/random 20666 1:8 0:0",
    "/dev/urandom 20666 1:9 0:0",
    "/dev/tty 20666 5:0 0:0",
    "77",
  ]);
});

Deno.test("configLinuxDevices: block devices, FIFOs, owners, and paths outside of /dev", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    make(root, [
      device("/dev/deep/er/disk", { type: "b", major: 7, minor: 3, mode: 0o640, uid: 5, gid: 6 }),
      device("/run/fifo", { type: "p", major: 0, minor: 0, mode: 0o600, uid: 7 }),
      device("/big", { major: 259, minor: 70_000, mode: 0o602 }),
    ]);
    return [look("/dev/deep/er/disk"), look("/run/fifo"), Deno.lstatSync(`${ROOT}/big`).rdev];
  });
  assertEquals(seen.slice(0, 2), [
    "/dev/deep/er/disk 60640 7:3 5:6",
    "/run/fifo 10600 0:0 7:0",
  ]);
  // As the kernel encodes it: minor's low byte, 12 bits of major, the rest of minor.
  assertEquals(seen[2], (70_000 & 0xff) | (259 << 8) | ((70_000 & ~0xff) << 12));
});

Deno.test("configLinuxDevices: a device that is there already is taken, with the mode and owner asked for", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    make(root, [device("/dev/null"), device("/f", { type: "p" })]);
    make(root, [device("/dev/null", { mode: 0o600, uid: 3 }), device("/f", { type: "p" })]);
    return look("/dev/null");
  });
  assertEquals(seen, "/dev/null 20600 1:3 3:0");
});

Deno.test("configLinuxDevices: a file that does not match is an error", () => {
  const messages = isolated(() => {
    using root = makeRoot();
    Deno.writeTextFileSync(`${ROOT}/file`, "");
    Deno.mkdirSync(`${ROOT}/dir`);
    Deno.symlinkSync("/dev/null", `${ROOT}/link`);
    mknodat(AT_FDCWD, `${ROOT}/block`, S.S_IFBLK | 0o600, 1, 3);
    mknodat(AT_FDCWD, `${ROOT}/other`, S.S_IFCHR | 0o600, 1, 5);
    mknodat(AT_FDCWD, `${ROOT}/fifo`, S.S_IFIFO | 0o600, 0, 0);
    return ["/file", "/dir", "/link", "/block", "/other", "/fifo"].flatMap((path) =>
      [false, true].filter((bind) => !bind || path !== "/file").map((bind) =>
        messageOf(() => make(root, [device(path)], bind))
      )
    );
  });
  const found = {
    file: "a file",
    dir: "a directory",
    link: "a symbolic link",
    block: "the block device 1:3",
    other: "the character device 1:5",
    fifo: "a FIFO",
  };
  assertEquals(
    messages,
    Object.entries(found).flatMap(([name, what]) => {
      const message =
        `Cannot make the device "/${name}" (linux.devices[0]): there is ${what} already`;
      return name === "file" ? [message] : [message, message];
    }),
  );
});

Deno.test("makeDevices() is not led out of the root by links", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.symlinkSync(HOST, `${ROOT}/dev`);
    Deno.symlinkSync(`${HOST}/secret`, `${ROOT}/up`);
    make(root, DEFAULTS);
    makeDevLinks(root);
    const message = messageOf(() => make(root, [device("/up")]));
    return {
      host: names(HOST),
      inside: names(ROOT + HOST),
      message,
      secret: Deno.lstatSync(`${HOST}/secret`).isFile,
    };
  });
  assertEquals(seen.host, ["secret"]);
  assertEquals(seen.inside, ["full", "null", "ptmx", "random", "tty", "urandom", "zero"]);
  match(seen.message, /there is a symbolic link already$/);
  assertEquals(seen.secret, true);
});

Deno.test("makeDevices() binds the host's nodes where it may not make them", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    make(root, [...DEFAULTS, device("/fifo", { type: "p", mode: 0o600 })], true);
    make(root, [device("/dev/null")], true);
    return {
      mounts: mountsBelow(`${ROOT}/dev`).map((m) => `${m.mountpoint.slice(ROOT.length)} ${m.root}`),
      zero: Deno.openSync(`${ROOT}/dev/zero`).readSync(new Uint8Array(10)),
      fifo: look("/fifo"),
    };
  });
  const paths = DEFAULTS.map(({ path }) => path);
  assertEquals(seen.mounts, paths.map((path) => `${path} ${path.replace("/dev", "")}`));
  assertEquals(seen.zero, 10);
  assertEquals(seen.fifo, "/fifo 10600 0:0 0:0");
});

Deno.test("makeDevices() binds over what an earlier container has left as a place", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${ROOT}/dev`);
    Deno.writeTextFileSync(`${ROOT}/dev/null`, "");
    make(root, [device("/dev/null")], true);
    return look("/dev/null");
  });
  assertEquals(seen, "/dev/null 20666 1:3 0:0");
});

Deno.test("makeDevices() says when the host has no such node to bind", () => {
  const message = isolated(() => {
    using root = makeRoot();
    return messageOf(() => make(root, [device("/dev/none", { major: 240, minor: 9 })], true));
  });
  assertEquals(
    message,
    'Cannot make the device "/dev/none" (linux.devices[0]): ' +
      "the host has no node for the device c 240:9 to bind",
  );
});

Deno.test("makeDevices() works in a user namespace", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [{ destination: "/dev", type: "tmpfs" }], { userNamespace: true });
    make(root, [...DEFAULTS, device("/dev/fifo", { type: "p", uid: 1 })], true);
    Deno.writeTextFileSync(`${ROOT}/dev/null`, "gone");
    return { names: names(`${ROOT}/dev`), fifo: look("/dev/fifo") };
  }, { flags: CLONE.CLONE_NEWUSER, prepare: mapIds });
  assertEquals(seen, {
    names: ["fifo", "full", "null", "random", "tty", "urandom", "zero"],
    fifo: "/dev/fifo 10666 0:0 1:0",
  });
});

function mapIds(pid: number): void {
  Deno.writeTextFileSync(`/proc/${pid}/uid_map`, "0 0 1000\n");
  Deno.writeTextFileSync(`/proc/${pid}/gid_map`, "0 0 1000\n");
}

function links(): string[] {
  return names(`${ROOT}/dev`).map((name) => `${name} ${Deno.readLinkSync(`${ROOT}/dev/${name}`)}`);
}

Deno.test("runtimeLinuxDevSymbolicLinks: the links are made if their targets exist", () => {
  const [without, proc] = isolated(() => {
    using root = makeRoot();
    makeDevLinks(root);
    const without = links();
    mountThem(root, [{ destination: "/proc", type: "proc" }]);
    makeDevLinks(root);
    makeDevLinks(root);
    return [without, links()];
  }, { flags: CLONE.CLONE_NEWPID });
  assertEquals(without, ["ptmx pts/ptmx"]);
  const core = names("/proc").includes("kcore") ? ["core /proc/kcore"] : [];
  assertEquals(proc, [
    ...core,
    "fd /proc/self/fd",
    "ptmx pts/ptmx",
    "stderr /proc/self/fd/2",
    "stdin /proc/self/fd/0",
    "stdout /proc/self/fd/1",
  ]);
});

Deno.test("makeDevLinks() replaces a ptmx of the image's, but not what is mounted there", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    make(root, [device("/dev/ptmx", { major: 5, minor: 2 })]);
    makeDevLinks(root);
    const replaced = Deno.readLinkSync(`${ROOT}/dev/ptmx`);
    Deno.removeSync(`${ROOT}/dev/ptmx`);
    Deno.writeTextFileSync(`${ROOT}/dev/ptmx`, "");
    mount(`${HOST}/secret`, `${ROOT}/dev/ptmx`, null, MS.MS_BIND);
    makeDevLinks(root);
    return [replaced, Deno.readTextFileSync(`${ROOT}/dev/ptmx`)];
  });
  assertEquals(seen, ["pts/ptmx", "secret"]);
});

Deno.test("makeDevLinks() leaves alone what has the name of a link", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [{ destination: "/proc", type: "proc" }]);
    Deno.mkdirSync(`${ROOT}/dev`);
    Deno.writeTextFileSync(`${ROOT}/dev/stdout`, "mine");
    makeDevLinks(root);
    return Deno.readTextFileSync(`${ROOT}/dev/stdout`);
  });
  assertEquals(seen, "mine");
});
