import { match } from "node:assert/strict";
import { assertEquals } from "#assert";
import { CLONE, MS } from "../../ffi/constants.ts";
import { mount, umountDetach } from "../../ffi/mount.ts";
import { makeInRoot } from "../../runtime/root_path.ts";
import { isolated, mountAt, mountsBelow } from "../lib/isolated.ts";
import { HOST, makeRoot, messageOf, mountThem, names, ROOT } from "../lib/rootfs.ts";

/** Mounts a tmpfs at a destination after `prepare`, and says where it went. */
function mountOver(destination: string, prepare: () => void): string[] {
  return isolated(() => {
    using root = makeRoot();
    prepare();
    mountThem(root, [{ destination, type: "tmpfs", source: "probe" }]);
    return mountsBelow("").filter(({ source }) => source === "probe").map((m) => m.mountpoint);
  });
}

Deno.test("makeInRoot() keeps an absolute link inside the root", () => {
  assertEquals(
    mountOver("/link", () => {
      Deno.mkdirSync(`${ROOT}/etc`);
      Deno.symlinkSync("/etc", `${ROOT}/link`);
    }),
    [`${ROOT}/etc`],
  );
});

Deno.test("makeInRoot() keeps a link to a place that only the host has inside the root", () => {
  assertEquals(mountOver("/link/x", () => Deno.symlinkSync(HOST, `${ROOT}/link`)), [
    `${ROOT}${HOST}/x`,
  ]);
});

Deno.test("makeInRoot() stops .. at the root", () => {
  assertEquals(mountOver("/../../../tmp", () => {}), [`${ROOT}/tmp`]);
  assertEquals(mountOver("/a/../../b/..//./c", () => {}), [`${ROOT}/c`]);
  assertEquals(
    mountOver("/link/etc", () => Deno.symlinkSync("../../../..", `${ROOT}/link`)),
    [`${ROOT}/etc`],
  );
});

Deno.test("makeInRoot() makes the targets of links that lead nowhere", () => {
  assertEquals(
    mountOver("/var/run/x", () => {
      Deno.mkdirSync(`${ROOT}/var`);
      Deno.symlinkSync("../new/run", `${ROOT}/var/run`);
    }),
    [`${ROOT}/new/run/x`],
  );
  assertEquals(
    mountOver("/one", () => {
      Deno.symlinkSync("two/../three", `${ROOT}/one`);
      Deno.symlinkSync("/../../four", `${ROOT}/three`);
    }),
    [`${ROOT}/four`],
  );
});

Deno.test("makeInRoot() starts anew at the root for an absolute link that leads nowhere", () => {
  assertEquals(
    mountOver("/var/run/lock", () => {
      Deno.mkdirSync(`${ROOT}/var`);
      Deno.symlinkSync("/run", `${ROOT}/var/run`);
    }),
    [`${ROOT}/run/lock`],
  );
});

Deno.test("makeInRoot() takes .. behind a link as the parent of where it led", () => {
  assertEquals(
    mountOver("/link/../new", () => {
      Deno.mkdirSync(`${ROOT}/deep/er`, { recursive: true });
      Deno.symlinkSync("/deep/er", `${ROOT}/link`);
    }),
    [`${ROOT}/deep/new`],
  );
});

Deno.test("makeInRoot() gives up on links that go round", () => {
  const messages = isolated(() => {
    using root = makeRoot();
    Deno.symlinkSync("b/x", `${ROOT}/a`);
    Deno.symlinkSync("a/x", `${ROOT}/b`);
    Deno.symlinkSync("gone/../c", `${ROOT}/c`);
    return ["/a", "/c"].map((path) => messageOf(() => makeInRoot(root, path, "directory").close()));
  });
  match(messages[0]!, /ELOOP|too many links/);
  match(messages[1]!, /ELOOP|too many links/);
});

Deno.test("makeInRoot() makes a file for a file, through a link that leads nowhere", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${ROOT}/etc`);
    Deno.symlinkSync("../run/resolve/stub.conf", `${ROOT}/etc/resolv.conf`);
    mountThem(root, [
      { destination: "/etc/resolv.conf", source: `${HOST}/secret`, options: ["bind"] },
    ]);
    return {
      read: Deno.readTextFileSync(`${ROOT}/run/resolve/stub.conf`),
      mounts: mountsBelow(ROOT).slice(1).map((m) => m.mountpoint),
    };
  });
  assertEquals(seen, { read: "secret", mounts: [`${ROOT}/run/resolve/stub.conf`] });
});

Deno.test("makeInRoot() neither truncates nor replaces a file that is there", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.writeTextFileSync(`${ROOT}/hosts`, "image");
    mountThem(root, [{ destination: "/hosts", source: `${HOST}/secret`, options: ["bind"] }]);
    const mounted = Deno.readTextFileSync(`${ROOT}/hosts`);
    umountDetach(`${ROOT}/hosts`);
    return { mounted, below: Deno.readTextFileSync(`${ROOT}/hosts`) };
  });
  assertEquals(seen, { mounted: "secret", below: "image" });
});

Deno.test("makeInRoot() says what is in the way", () => {
  const messages = isolated(() => {
    using root = makeRoot();
    Deno.writeTextFileSync(`${ROOT}/file`, "");
    Deno.mkdirSync(`${ROOT}/dir`);
    return [
      messageOf(() => mountThem(root, [{ destination: "/file/x", type: "tmpfs" }])),
      messageOf(() => mountThem(root, [{ destination: "/file", type: "tmpfs" }])),
      messageOf(() =>
        mountThem(root, [{ destination: "/dir", source: `${HOST}/secret`, options: ["bind"] }])
      ),
    ];
  });
  match(messages[0]!, /^Cannot mount "\/file\/x" \(mounts\[0\]\): openat2\(.*ENOTDIR/);
  assertEquals(messages.slice(1), [
    'Cannot mount "/file" (mounts[0]): a directory cannot be mounted over a file',
    'Cannot mount "/dir" (mounts[0]): a file cannot be mounted over a directory',
  ]);
});

Deno.test("mountAll() wants real directories for proc and sysfs", () => {
  const { messages, elsewhere } = isolated(() => {
    using root = makeRoot();
    Deno.mkdirSync(`${ROOT}/elsewhere`);
    Deno.symlinkSync("elsewhere", `${ROOT}/proc`);
    Deno.symlinkSync("gone", `${ROOT}/sys`);
    const messages = ["proc", "sysfs"].map((type) =>
      messageOf(() =>
        mountThem(root, [{ destination: `/${type.slice(0, 4)}`.replace("sysf", "sys"), type }])
      )
    );
    return { messages, elsewhere: names(`${ROOT}/elsewhere`) };
  }, { flags: CLONE.CLONE_NEWNET });
  assertEquals(
    messages,
    ["/proc", "/sys"].map((path) =>
      `Cannot mount "${path}" (mounts[0]): "${path}" must be a directory of the image's, not a link`
    ),
  );
  assertEquals(elsewhere, []);
});

const PROC = { destination: "/proc", type: "proc", source: "proc" };

Deno.test("mountAll() lets nothing but the listed files be mounted over proc", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.symlinkSync("/proc/sys/kernel", `${ROOT}/data`);
    Deno.symlinkSync("/proc", `${ROOT}/all`);
    mountThem(root, [PROC, {
      destination: "/proc/uptime",
      source: `${HOST}/secret`,
      options: ["bind"],
    }]);
    return {
      uptime: Deno.readTextFileSync(`${ROOT}/proc/uptime`),
      messages: [
        messageOf(() => mountThem(root, [{ destination: "/data", type: "tmpfs" }])),
        messageOf(() =>
          mountThem(root, [{ destination: "/all", source: HOST, options: ["bind"] }])
        ),
        messageOf(() =>
          mountThem(root, [{ destination: "/proc", source: HOST, options: ["bind"] }])
        ),
      ],
      mounts: mountsBelow(`${ROOT}/proc`).length,
    };
  });
  assertEquals(seen.uptime, "secret");
  assertEquals(seen.mounts, 2);
  for (const message of seen.messages) {
    match(message, /it is in proc, where only some files may be/);
  }
});

Deno.test("mountAll() refuses a bind at /proc that is not proc, and takes one that is", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    const message = messageOf(() =>
      mountThem(root, [{ destination: "/proc", source: HOST, options: ["bind"] }])
    );
    mountThem(root, [{ destination: "/proc", source: "/proc", options: ["rbind"] }]);
    return { message, type: mountAt(`${ROOT}/proc`)!.type };
  });
  match(seen.message, /^Cannot mount "\/proc" \(mounts\[0\]\): it is in proc/);
  assertEquals(seen.type, "proc");
});

Deno.test("openInRoot() never goes through a magic link", () => {
  const message = isolated(() => {
    using root = makeRoot();
    mountThem(root, [PROC]);
    Deno.symlinkSync("/proc/self/root/mnt/host", `${ROOT}/escape`);
    return messageOf(() => mountThem(root, [{ destination: "/escape", type: "tmpfs" }]));
  });
  match(message, /ELOOP/);
});

Deno.test("makeInRoot() crosses mounts on its way", () => {
  assertEquals(
    mountOver("/vol/new/dir", () => {
      Deno.mkdirSync(`${ROOT}/vol`);
      mount(HOST, `${ROOT}/vol`, null, MS.MS_BIND);
    }),
    [`${ROOT}/vol/new/dir`],
  );
});
