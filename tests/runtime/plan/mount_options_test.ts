import { assert, assertEquals } from "#assert";
import { MOUNT_ATTR, MS } from "../../../ffi/constants.ts";
import {
  MOUNT_OPTION_NAMES,
  type MountOptions,
  planMountOptions,
} from "../../../runtime/plan/mount_options.ts";

const NOTHING = planMountOptions([]);
const ATIME = MOUNT_ATTR.MOUNT_ATTR__ATIME;
const { MOUNT_ATTR_NOATIME, MOUNT_ATTR_STRICTATIME } = MOUNT_ATTR;

/** Checks what the options change, compared with no options at all. */
function check(options: readonly string[], change: Partial<MountOptions>): void {
  assertEquals(planMountOptions(options), { ...NOTHING, ...change }, options.join(","));
}

Deno.test("planMountOptions() asks for nothing when nothing is asked for", () => {
  assertEquals(NOTHING, {
    bind: "none",
    remount: false,
    attr_set: 0,
    attr_clr: 0,
    recursive_set: 0,
    recursive_clr: 0,
    propagation: [],
    fsFlags: [],
    fsData: [],
    tmpcopyup: false,
    idmap: "none",
  });
});

Deno.test("planMountOptions() sets and clears attributes", () => {
  const pairs: readonly (readonly [on: string, off: string, attribute: number])[] = [
    ["nosuid", "suid", 2],
    ["nodev", "dev", 4],
    ["noexec", "exec", 8],
    ["nodiratime", "diratime", 0x80],
    ["nosymfollow", "symfollow", 0x200000],
  ];
  for (const [on, off, attribute] of pairs) {
    check([on], { attr_set: attribute });
    check([off], { attr_clr: attribute });
    check([`r${on}`], { recursive_set: attribute });
    check([`r${off}`], { recursive_clr: attribute });
  }
  check(["ro"], { attr_set: 1, fsFlags: ["ro"] });
  check(["rw"], { attr_clr: 1, fsFlags: ["rw"] });
  check(["rro"], { recursive_set: 1 });
  check(["rrw"], { recursive_clr: 1 });
});

Deno.test("planMountOptions() lets the last of contradicting options win", () => {
  check(["nosuid", "suid"], { attr_clr: 2 });
  check(["suid", "nosuid"], { attr_set: 2 });
  check(["ro", "nodev", "rw"], { attr_set: 4, attr_clr: 1, fsFlags: ["ro", "rw"] });
  check(["bind", "rbind"], { bind: "rbind" });
});

Deno.test("planMountOptions() clears the whole atime field before it sets a value", () => {
  check(["noatime"], { attr_set: MOUNT_ATTR_NOATIME, attr_clr: ATIME });
  check(["strictatime"], { attr_set: MOUNT_ATTR_STRICTATIME, attr_clr: ATIME });
  check(["relatime"], { attr_clr: ATIME });
  check(["rnoatime"], { recursive_set: MOUNT_ATTR_NOATIME, recursive_clr: ATIME });
  check(["rstrictatime"], { recursive_set: MOUNT_ATTR_STRICTATIME, recursive_clr: ATIME });
  check(["rrelatime"], { recursive_clr: ATIME });
});

Deno.test("planMountOptions() falls back to relatime where an atime flag is cleared", () => {
  check(["atime"], { attr_clr: ATIME });
  check(["nostrictatime"], { attr_clr: ATIME });
  check(["noatime", "atime"], { attr_clr: ATIME });
  check(["strictatime", "nostrictatime"], { attr_clr: ATIME });
  check(["ratime"], { recursive_clr: ATIME });
  check(["rnostrictatime"], { recursive_clr: ATIME });
});

Deno.test("planMountOptions() clears only the atime flag that is named", () => {
  check(["strictatime", "atime"], { attr_set: MOUNT_ATTR_STRICTATIME, attr_clr: ATIME });
  check(["noatime", "nostrictatime"], { attr_set: MOUNT_ATTR_NOATIME, attr_clr: ATIME });
  check(["noatime", "norelatime"], { attr_set: MOUNT_ATTR_NOATIME, attr_clr: ATIME });
  check(["relatime", "norelatime"], {});
  check(["norelatime"], {});
  check(["rnorelatime"], {});
});

Deno.test("planMountOptions() hands superblock flags on in order", () => {
  const flags = ["sync", "dirsync", "lazytime", "mand", "async", "nolazytime", "nomand"];
  check(flags, { fsFlags: flags });
});

Deno.test("planMountOptions() makes each propagation option a change of its own", () => {
  const flags = [["shared", MS.MS_SHARED], ["slave", MS.MS_SLAVE], ["private", MS.MS_PRIVATE], [
    "unbindable",
    MS.MS_UNBINDABLE,
  ]] as const;
  for (const [name, flag] of flags) {
    check([name], { propagation: [{ flag, recursive: false }] });
    check([`r${name}`], { propagation: [{ flag, recursive: true }] });
  }
  check(["rslave", "shared"], {
    propagation: [{ flag: MS.MS_SLAVE, recursive: true }, { flag: MS.MS_SHARED, recursive: false }],
  });
});

Deno.test("planMountOptions() knows the ways of mounting", () => {
  check(["bind"], { bind: "bind" });
  check(["rbind", "remount"], { bind: "rbind", remount: true });
  check(["tmpcopyup"], { tmpcopyup: true });
  check(["idmap"], { idmap: "idmap" });
  check(["ridmap"], { idmap: "ridmap" });
});

Deno.test("planMountOptions() keeps options without effect from the filesystem", () => {
  check(["defaults", "iversion", "noiversion", "silent", "loud", "auto", "nofail", "_netdev"], {});
});

Deno.test("planMountOptions() takes everything else as data of the filesystem", () => {
  check(["size=64k", "mode=1777", "newinstance"], {
    fsData: [["size", "64k"], ["mode", "1777"], ["newinstance", null]],
  });
  check(["context=a=b"], { fsData: [["context", "a=b"]] });
  // Names that only look like ours.
  check(["rsync", "rdefaults", "rtmpcopyup", "toString", "rtoString"], {
    fsData: ["rsync", "rdefaults", "rtmpcopyup", "toString", "rtoString"].map((key) => [key, null]),
  });
});

Deno.test("planMountOptions() separates data at commas, as mount(2) would have it", () => {
  check(["size=1m,mode=700"], { fsData: [["size", "1m"], ["mode", "700"]] });
  check([String.raw`lowerdir=/a\,b:/c,upperdir=/d`], {
    fsData: [["lowerdir", String.raw`/a\,b:/c`], ["upperdir", "/d"]],
  });
  check(["", ","], {});
});

/** config.md#configLinuxMountOptions of v1.3.0, `rnodev` (which it lost) and no more. */
const TABLE =
  "async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev " +
  "nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow " +
  "private ratime rbind rdev rdiratime relatime remount rexec rnoatime rnodiratime rnoexec " +
  "rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave " +
  "rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync " +
  "tmpcopyup unbindable idmap ridmap rnodev";

Deno.test("MOUNT_OPTION_NAMES is the table of the spec", () => {
  assertEquals(MOUNT_OPTION_NAMES, TABLE.split(" ").sort());
});

Deno.test("planMountOptions() never takes an option of the table as data", () => {
  for (const name of MOUNT_OPTION_NAMES) assert(planMountOptions([name]).fsData.length === 0, name);
});
