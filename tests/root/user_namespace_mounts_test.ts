import { match } from "node:assert/strict";
import { assertEquals } from "#assert";
import { CLONE, MS } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mount } from "../../ffi/mount.ts";
import { isolated, type Isolation, mountAt, mountsBelow } from "../lib/isolated.ts";
import { HOST, makeRoot, messageOf, mountThem, ROOT } from "../lib/rootfs.ts";

const USER: Isolation = {
  flags: CLONE.CLONE_NEWUSER,
  prepare: (pid) => {
    Deno.writeTextFileSync(`/proc/${pid}/uid_map`, "0 0 65536\n");
    Deno.writeTextFileSync(`/proc/${pid}/gid_map`, "0 0 65536\n");
  },
};

const ATTRIBUTES = ["nosuid", "noexec", "nodev", "ro"];

Deno.test("mountAll() binds the host's proc and sysfs where a user namespace may not mount them", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    mountThem(root, [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ATTRIBUTES },
    ], { userNamespace: true, networkNamespace: false, pidNamespace: false });
    return {
      proc: mountAt(`${ROOT}/proc`)?.type,
      writable: mountsBelow(`${ROOT}/sys`).filter(({ options }) => options.includes("rw")),
      below: mountsBelow(`${ROOT}/sys`).length === mountsBelow("/sys").length,
    };
  }, USER);
  assertEquals(seen, { proc: "proc", writable: [], below: true });
});

Deno.test("mountAll() does not bind what the container's own namespace would show differently", () => {
  const message = isolated(() => {
    using root = makeRoot();
    return messageOf(() =>
      mountThem(root, [{ destination: "/sys", type: "sysfs" }], { userNamespace: true })
    );
  }, USER);
  match(message, /^Cannot mount "\/sys" \(mounts\[0\]\): fsopen\("sysfs", FSOPEN_CLOEXEC\): EPERM/);
});

/** A read-only mount that the user namespace of `action` cannot change. */
function withLocked<T>(action: (root: OwnedFd) => T): T {
  return isolated(() => {
    mount("locked", "/mnt", "tmpfs", 0);
    Deno.mkdirSync("/mnt/dir");
    mount(null, "/mnt", null, MS.MS_REMOUNT | MS.MS_BIND | MS.MS_RDONLY | MS.MS_NODEV);
    mount("/mnt", "/srv", null, MS.MS_BIND);
    return isolated(() => {
      using root = makeRoot();
      return action(root);
    }, USER);
  });
}

Deno.test("mountAll() keeps locked attributes of a bind mount, and takes rw for no wish to lose one", () => {
  const options = withLocked((root) => {
    mountThem(root, [
      { destination: "/a", source: "/srv", options: ["rbind", "rw", "nosuid"] },
      { destination: "/b", source: "/srv", options: ["rbind", "rrw", "noexec"] },
      { destination: "/b", options: ["remount", "bind", "nosuid"] },
    ], { userNamespace: true });
    return ["a", "b"].map((name) => mountAt(`${ROOT}/${name}`)!.options);
  });
  assertEquals(options, [
    ["nodev", "nosuid", "relatime", "ro"],
    ["nodev", "noexec", "nosuid", "relatime", "ro"],
  ]);
});

Deno.test("mountAll() says so when a locked attribute was to be cleared", () => {
  const message = withLocked((root) =>
    messageOf(() =>
      mountThem(root, [{ destination: "/a", source: "/srv", options: ["rbind", "dev"] }], {
        userNamespace: true,
      })
    )
  );
  match(message, /^Cannot mount "\/a" \(mounts\[0\]\): mount_setattr\(.*MOUNT_ATTR_NODEV.*EPERM/);
});

Deno.test("configLinuxMountOptions: idmap and ridmap show other owners", () => {
  const seen = isolated(() => {
    using root = makeRoot();
    Deno.chownSync(`${HOST}/secret`, 5, 6);
    Deno.mkdirSync(`${HOST}/sub`);
    mount("sub", `${HOST}/sub`, "tmpfs", 0);
    const ids = [{ containerID: 0, hostID: 100_000, size: 1000 }];
    const mapped = { source: HOST, uidMappings: ids, gidMappings: ids };
    mountThem(root, [
      { ...mapped, destination: "/flat", options: ["rbind", "idmap"] },
      { ...mapped, destination: "/deep", options: ["rbind", "ridmap"] },
      { ...mapped, destination: "/tmp", type: "tmpfs", options: ["idmap"] },
    ]);
    const owner = (path: string) => {
      const { uid, gid } = Deno.statSync(ROOT + path);
      return `${path} ${uid}:${gid}`;
    };
    return ["/flat/secret", "/flat/sub", "/deep/secret", "/deep/sub", "/tmp"].map(owner);
  });
  assertEquals(seen, [
    "/flat/secret 100005:100006",
    "/flat/sub 0:0",
    "/deep/secret 100005:100006",
    "/deep/sub 100000:100000",
    "/tmp 100000:100000",
  ]);
});

Deno.test("mountAll() refuses the container's own mapping without a prepared source", () => {
  const message = isolated(() => {
    using root = makeRoot();
    const mounts = [{ destination: "/d", source: HOST, options: ["bind", "idmap"] }];
    return messageOf(() =>
      mountThem(root, mounts, { userNamespace: true }, { namespaces: [{ type: "user" }] })
    );
  });
  assertEquals(
    message,
    'Cannot mount "/d" (mounts[0]): Cannot map the IDs of "/mnt/host": ' +
      "the container's own mappings are not known here",
  );
});
