import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import {
  type ExternalMount,
  externalMounts,
  externalSource,
  isExternalMount,
  parseMountInfo,
} from "../../../runtime/plan/external_mounts.ts";
import { planDevices } from "../../../runtime/plan/devices.ts";
import { planMounts } from "../../../runtime/plan/mounts.ts";

const CONTAINER = parseMountInfo(`
100 99 8:1 /bundle/rootfs / rw - ext4 /dev/sda rw
101 100 0:50 / /proc rw,nosuid - proc proc rw
102 101 0:6 /null /proc/keys rw master:2 - devtmpfs dev rw
103 100 8:1 /srv/volume /my\\040volume rw - ext4 /dev/sda rw
104 103 0:51 / /my\\040volume/below rw - tmpfs tmpfs rw
105 103 0:52 / /my\\040volume/own rw - tmpfs tmpfs rw
106 103 0:51 /else /my\\040volume/other rw - tmpfs tmpfs rw
`);

const HOST = parseMountInfo(`
20 1 8:1 / / rw - ext4 /dev/sda rw
21 20 0:51 / /srv/volume/below rw - tmpfs tmpfs rw
22 20 0:53 / /srv/volume/own rw - tmpfs tmpfs rw
23 20 0:51 / /srv/volume/other rw - tmpfs tmpfs rw
`);

const VOLUME = { kind: "bind", destination: "/volume", below: "" } as const;

Deno.test("parseMountInfo() reads the escaped names", () => {
  assertEquals(CONTAINER[3], {
    id: 103,
    device: "8:1",
    root: "/srv/volume",
    mountpoint: "/my volume",
    type: "ext4",
  });
});

Deno.test("externalMounts() has what the configuration put there, and what came along with it", () => {
  const known = [
    { id: 103, path: "/my volume", origin: VOLUME, recursiveSource: "/srv/volume" },
    { id: 102, path: "/proc/keys", origin: { kind: "null" } as const },
  ];
  assertEquals(externalMounts(CONTAINER, known, HOST), [
    { mountpoint: "/my volume", origin: VOLUME },
    // Not "own", where the container has mounted something else; nor "other", of which it shows another part.
    { mountpoint: "/my volume/below", origin: { ...VOLUME, below: "/below" } },
    { mountpoint: "/proc/keys", origin: { kind: "null" } },
  ]);
});

Deno.test("externalMounts() means a mount only where it begins", () => {
  const known = [
    // A file of the volume, and of the root: nothing is mounted there.
    { id: 103, path: "/my volume/file", origin: { kind: "null" } as const },
    { id: 100, path: "/", origin: VOLUME },
    { id: 99, path: "/gone", origin: VOLUME },
  ];
  assertEquals(externalMounts(CONTAINER, known, HOST), []);
});

Deno.test("externalSource() is where the configuration has it now", () => {
  const mounts = planMounts({
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    mounts: [
      { destination: "/volume", source: "old", options: ["bind"] },
      { destination: "/volume", source: "new", options: ["rbind"] },
      { destination: "/tmp", type: "tmpfs" },
    ],
  }, "/bundle");
  const fuse = { type: "c", path: "/dev/fuse", major: 10, minor: 229 } as const;
  const devices = planDevices({ linux: { devices: [fuse] } });
  const sources = { mounts, devices, cgroups: { "": "/sys/fs/cgroup/c" } };
  const source = (origin: ExternalMount["origin"]): string =>
    externalSource({ mountpoint: "/somewhere", origin }, sources);
  assertEquals(source(VOLUME), "/bundle/new");
  assertEquals(source({ ...VOLUME, below: "/below" }), "/bundle/new/below");
  assertEquals(source({ kind: "null" }), "/dev/null");
  assertEquals(source({ kind: "device", path: "/dev/fuse" }), "/dev/fuse");
  assertEquals(source({ kind: "cgroup", hierarchy: "" }), "/sys/fs/cgroup/c");
  throws(() => source({ kind: "cgroup", hierarchy: "memory" }), /does not have/);
  throws(() => source({ ...VOLUME, destination: "/tmp" }), /a bind mount at "\/tmp" is missing/);
});

Deno.test("externalSource() lets nobody choose a path of the host's", () => {
  const mounts = planMounts({
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    mounts: [{ destination: "/volume", source: "/srv", options: ["bind"] }],
  }, "/bundle");
  const refuses = (origin: ExternalMount["origin"], message: RegExp): void =>
    throws(
      () => externalSource({ mountpoint: "/x", origin }, { mounts, devices: [], cgroups: {} }),
      { message },
    );
  refuses({ kind: "device", path: "/etc/shadow" }, /"\/etc\/shadow" is missing/);
  refuses({ ...VOLUME, below: "/../etc" }, /outside of its bind mount/);
  refuses({ ...VOLUME, below: "-other" }, /outside of its bind mount/);
});

Deno.test("isExternalMount() has an eye on what was read from a file", () => {
  const mountpoint = "/x";
  assertEquals(isExternalMount({ mountpoint, origin: VOLUME }), true);
  assertEquals(isExternalMount({ mountpoint, origin: { kind: "null" } }), true);
  for (
    const wrong of [
      null,
      "x",
      {},
      { mountpoint },
      { mountpoint: 1, origin: { kind: "null" } },
      { mountpoint, origin: { kind: "other" } },
      { mountpoint, origin: { kind: "toString" } },
      { mountpoint, origin: { kind: "bind", destination: "/x" } },
    ]
  ) assertEquals(isExternalMount(wrong), false, JSON.stringify(wrong));
});
