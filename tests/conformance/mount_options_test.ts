/** Clauses on `mounts[].options`, and on mappings of mounts. @module */
import { assert, assertEquals } from "#assert";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";

/** A mount of the container: its attributes, and the flags and data of its superblock. */
interface Seen {
  readonly options: readonly string[];
  readonly superOptions: readonly string[];
}

/** Runs a container and returns its mounts below /mnt by their name there: proc_pid_mountinfo(5). */
function mountsOf(box: Sandbox, mounts: Editable[], prefix: readonly string[] = []) {
  box.script("cat /proc/self/mountinfo", (config) => config.mounts.push(...mounts));
  const seen = new Map<string, Seen>();
  for (const line of box.output({ prefix }).trimEnd().split("\n")) {
    const [front = "", back = ""] = line.split(" - ");
    const { 4: path = "", 5: options = "" } = front.split(" ");
    const { 2: superOptions = "" } = back.split(" ");
    if (!path.startsWith("/mnt/")) continue;
    seen.set(path.slice("/mnt/".length), {
      options: options.split(","),
      superOptions: superOptions.split(","),
    });
  }
  return seen;
}

function tmpfs(name: string, ...options: string[]): Editable {
  return { destination: `/mnt/${name}`, type: "tmpfs", source: "tmpfs", options };
}

/** The message that a mount is refused with; nothing is changed by it. */
function refusal(mount: Editable): string {
  using box = new Sandbox((config) => config.mounts.push(mount));
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

/** The table of the text, without what is no option of a new filesystem: bind, rbind, remount, idmap, ridmap. */
const TABLE =
  `async atime defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime
  noexec noiversion nolazytime norelatime nostrictatime nosuid nosymfollow private ratime rdev rdiratime relatime rexec
  rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared
  rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup
  unbindable`.trim().split(/\s+/);

Deno.test("config.md#configLinuxMountOptions: no option of the table reaches the filesystem as data", () => {
  using box = new Sandbox();
  const seen = mountsOf(box, TABLE.map((option) => tmpfs(option, option)));
  assertEquals([...seen.keys()].toSorted(), TABLE.toSorted());
  // What does reach it is refused by tmpfs.
  const message = refusal(tmpfs("data", "no-such-option"));
  assert(message.includes("no-such-option"), message);
});

/** An option, the one that takes it back, and the word of mountinfo. */
const ATTRIBUTES = [
  ["ro", "rw", "ro"],
  ["nosuid", "suid", "nosuid"],
  ["nodev", "dev", "nodev"],
  ["noexec", "exec", "noexec"],
  ["noatime", "atime", "noatime"],
  ["nodiratime", "diratime", "nodiratime"],
  ["nosymfollow", "symfollow", "nosymfollow"],
  ["relatime", "strictatime", "relatime"],
] as const;

const SUPERBLOCK_FLAGS = [["sync", "async"], ["lazytime", "nolazytime"]] as const;

Deno.test("config.md#configLinuxMountOptions: options that set a flag MUST set it, and their opposites clear it", () => {
  using box = new Sandbox();
  const pairs = [...ATTRIBUTES, ...SUPERBLOCK_FLAGS];
  const mounts = pairs.flatMap(([on, off]) => [
    tmpfs(on, on),
    tmpfs(`${on}-${off}`, on, off),
    tmpfs(`${off}-${on}`, off, on),
  ]);
  const seen = mountsOf(box, [...mounts, tmpfs("dirsync", "dirsync"), tmpfs("none")]);
  for (const [on, off, word] of ATTRIBUTES) {
    const has = (name: string) => seen.get(name)?.options.includes(word);
    assertEquals([has(on), has(`${on}-${off}`), has(`${off}-${on}`)], [true, false, true], on);
    if (word !== "relatime") assertEquals(has("none"), false, on);
  }
  for (const [on, off] of SUPERBLOCK_FLAGS) {
    const has = (name: string) => seen.get(name)?.superOptions.includes(on);
    assertEquals([has(on), has(`${on}-${off}`), has(`${off}-${on}`)], [true, false, true], on);
    assertEquals(has("none"), false, on);
  }
  assertEquals(seen.get("dirsync")?.superOptions.includes("dirsync"), true);
});

Deno.test("config.md#configLinuxMountOptions: recursive options SHOULD reach the mounts below", () => {
  using box = new Sandbox();
  const source = (name: string) => `${box.directory}/${name}`;
  for (const name of ["plain", "full"]) Deno.mkdirSync(source(name));
  // A mount with another one in it, of which the host has nothing.
  const flags = ATTRIBUTES.slice(0, -1).map(([on]) => on).join(",");
  const script = `
    for name in plain full; do
      mount -t tmpfs tmpfs ${box.directory}/$name && mkdir ${box.directory}/$name/sub &&
      mount -t tmpfs tmpfs ${box.directory}/$name/sub || exit
    done
    mount -o remount,bind,${flags} ${source("full")}/sub && exec "$@"`;
  const bind = (name: string, from: string, ...options: string[]) => ({
    destination: `/mnt/${name}`,
    source: source(from),
    options: ["rbind", ...options],
  });
  const seen = mountsOf(
    box,
    ATTRIBUTES.slice(0, -1).flatMap(([on, off]) => [
      bind(`r${on}`, "plain", `r${on}`),
      bind(`flat-${on}`, "plain", on),
      bind(`r${off}`, "full", `r${off}`),
      bind(`flat-${off}`, "full", off),
    ]),
    ["unshare", "--mount", "sh", "-c", script, "sh"],
  );
  for (const [on, off, word] of ATTRIBUTES.slice(0, -1)) {
    const has = (name: string) => seen.get(`${name}/sub`)?.options.includes(word);
    assertEquals([has(`r${on}`), has(`flat-${on}`)], [true, false], on);
    assertEquals([has(`r${off}`), has(`flat-${off}`)], [false, true], off);
  }
});

Deno.test("config.md#configLinuxMountOptions: other options SHOULD be the filesystem's", () => {
  using box = new Sandbox();
  const options = ["nosuid", "size=64k", "nr_inodes=17,mode=700", "uid=1"];
  const seen = mountsOf(box, [tmpfs("data", ...options)]).get("data");
  assertEquals(seen?.options.includes("nosuid"), true);
  for (const word of ["size=64k", "nr_inodes=17", "mode=700", "uid=1"]) {
    assertEquals(seen?.superOptions.includes(word), true, word);
  }
});

Deno.test("config.md#configLinuxMountOptions: idmap without any mapping MUST be an error", () => {
  for (const option of ["idmap", "ridmap"]) {
    const message = refusal({ destination: "/mnt", source: "/", options: ["rbind", option] });
    assert(/mounts\[\d+\]/.test(message) && message.includes("ID-mapped"), message);
  }
});

Deno.test("config.md#configPOSIXMounts: uidMappings and gidMappings MUST come together", () => {
  const mapping = [{ containerID: 0, hostID: 1000, size: 1 }];
  const pair = ["uidMappings", "gidMappings"];
  for (const [given, missing] of [pair, pair.toReversed()] as [string, string][]) {
    const mount = { destination: "/mnt", source: "/", options: ["bind", "idmap"] };
    const message = refusal({ ...mount, [given]: mapping });
    assert(/mounts\[\d+\]/.test(message) && message.includes(missing), message);
  }
});
