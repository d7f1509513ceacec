/** Against a directory laid out like resctrl, whose files come and go as the kernel's do. @module */
import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { AT_FDCWD, O, S } from "../../ffi/constants.ts";
import { mknodat } from "../../ffi/directory.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open, read } from "../../ffi/open.ts";
import {
  type Directories,
  enterIntelRdt,
  findResctrl,
  IntelRdtGroup,
  removeIntelRdt,
} from "../../runtime/intel_rdt.ts";
import { planIntelRdt } from "../../runtime/plan/intel_rdt.ts";
import type { IntelRdt } from "../../spec/schema/linux.ts";
import { Resctrl } from "../lib/resctrl.ts";

const ID = "box";

function group(resctrl: Resctrl, rdt: IntelRdt, directories: Directories = resctrl): IntelRdtGroup {
  return new IntelRdtGroup(resctrl.root, ID, planIntelRdt(rdt), directories);
}

/** Makes the group, puts a process in, and returns what was saved. */
function make(resctrl: Resctrl, rdt: IntelRdt): ReturnType<IntelRdtGroup["serialize"]> {
  const made = group(resctrl, rdt);
  const saved = made.serialize();
  made.create();
  assertEquals(made.serialize(), saved);
  enterIntelRdt(saved, 4711);
  return saved;
}

Deno.test("findResctrl() finds the mount point in mountinfo", () => {
  const line = (root: string, place: string, type: string) =>
    `36 35 0:30 ${root} ${place} rw,nosuid shared:7 - ${type} ${type} rw`;
  const others = line("/", "/sys", "sysfs");
  assertEquals(findResctrl(`${others}\n`), undefined);
  assertEquals(
    findResctrl([others, line("/", "/sys/fs/resctrl", "resctrl")].join("\n")),
    "/sys/fs/resctrl",
  );
  assertEquals(findResctrl(line("/", "/odd\\040place", "resctrl")), "/odd place");
  // A bind mount of one class of service is not resctrl.
  assertEquals(findResctrl(line("/gold", "/gold", "resctrl")), undefined);
  assertEquals(findResctrl(line("/", "/resctrl", "tmpfs")), undefined);
});

Deno.test("a group without a closID is the container's own, and goes with it", () => {
  using resctrl = new Resctrl();
  const saved = make(resctrl, { l3CacheSchema: "L3:0=f", memBwSchema: "MB:0=50" });
  assertEquals(saved, { directory: `${resctrl.root}/${ID}`, made: [`${resctrl.root}/${ID}`] });
  assertEquals(resctrl.read(`${ID}/schemata`), "L3:0=f\nMB:0=50\n");
  assertEquals(resctrl.read(`${ID}/tasks`), "4711");
  removeIntelRdt(saved, resctrl);
  assertEquals(resctrl.groups(), []);
  // A delete that comes again has nothing to do.
  removeIntelRdt(saved, resctrl);
});

Deno.test("a group without a closID takes a directory that is there, and leaves it there", () => {
  using resctrl = new Resctrl();
  resctrl.make(`${resctrl.root}/${ID}`);
  const saved = make(resctrl, {});
  assertEquals(saved.made, []);
  removeIntelRdt(saved, resctrl);
  assertEquals(resctrl.groups(), [ID]);
});

Deno.test("a group with a closID and a schema is made, and not removed", () => {
  using resctrl = new Resctrl();
  const saved = make(resctrl, { closID: "gold", schemata: ["L3:0=f", "L2:0=3"] });
  assertEquals(resctrl.read("gold/schemata"), "L3:0=f\nL2:0=3\n");
  assertEquals(saved.made, []);
  removeIntelRdt(saved, resctrl);
  assertEquals(resctrl.groups(), ["gold"]);
});

Deno.test("a group with a closID alone must be there", () => {
  using resctrl = new Resctrl();
  throws(() => group(resctrl, { closID: "gold" }), {
    message: `linux.intelRdt.closID: "gold" does not exist in ${resctrl.root}, ` +
      "and no schema says what to make",
  });
  resctrl.make(`${resctrl.root}/gold`);
  resctrl.write("gold/schemata", "L3:0=7\n");
  const saved = make(resctrl, { closID: "gold" });
  assertEquals(resctrl.read("gold/tasks"), "4711");
  // Nothing asked for: nothing written.
  assertEquals(resctrl.read("gold/schemata"), "L3:0=7\n");
  assertEquals(saved.made, []);
});

Deno.test("the schemas must agree with a directory that is there", () => {
  using resctrl = new Resctrl();
  resctrl.make(`${resctrl.root}/gold`);
  const content = "    MB:0= 50;1=100\n    L3:0=00f;1=fff\n";
  resctrl.write("gold/schemata", content);
  group(resctrl, { closID: "gold", l3CacheSchema: "L3:0=f" }).create();
  resctrl.write("gold/schemata", content);
  throws(() => group(resctrl, { closID: "gold", memBwSchema: "MB:0=10" }).create(), {
    message: `linux.intelRdt: "MB:0=10" is not what ${resctrl.root}/gold/schemata has, ` +
      '"MB:0= 50;1=100\\n    L3:0=00f;1=fff"',
  });
  assertEquals(resctrl.read("gold/schemata"), content);
});

Deno.test("the L3 schema is written first, then the bandwidth, then the schemata", () => {
  using resctrl = new Resctrl();
  const path = `${resctrl.root}/${ID}/schemata`;
  const made = group(resctrl, {
    memBwSchema: "MB:0=50",
    l3CacheSchema: "L3:0=f",
    schemata: ["L3:0=3", "L2:0=1"],
  }, {
    remove: resctrl.remove,
    make: (directory) => {
      resctrl.make(directory);
      // A file would keep the last write only.
      Deno.removeSync(path);
      mknodat(AT_FDCWD, path, S.S_IFIFO | 0o600, 0, 0);
      fifo = open(path, O.O_RDWR);
    },
  });
  let fifo: OwnedFd | undefined;
  made.create();
  const buffer = new Uint8Array(256);
  const length = read(fifo!.fd, buffer);
  fifo!.close();
  assertEquals(
    new TextDecoder().decode(buffer.subarray(0, length)),
    "L3:0=f\nMB:0=50\nL3:0=3\nL2:0=1\n",
  );
});

Deno.test('closID "/" is the root of resctrl', () => {
  using resctrl = new Resctrl();
  const saved = make(resctrl, { closID: "/", enableMonitoring: true });
  assertEquals(resctrl.read("tasks"), "4711");
  assertEquals(saved, {
    directory: resctrl.root,
    monitor: `${resctrl.root}/mon_groups/${ID}`,
    made: [`${resctrl.root}/mon_groups/${ID}`],
  });
  removeIntelRdt(saved, resctrl);
  assertEquals(resctrl.groups(), []);
});

Deno.test("a monitoring group is made in the class, entered after it, and removed before it", () => {
  using resctrl = new Resctrl();
  const saved = make(resctrl, { enableMonitoring: true });
  assertEquals(resctrl.read(`${ID}/mon_groups/${ID}/tasks`), "4711");
  assertEquals(resctrl.groups(), [ID, `${ID}/mon_groups/${ID}`]);
  assertEquals(saved.made, [`${resctrl.root}/${ID}/mon_groups/${ID}`, `${resctrl.root}/${ID}`]);
  removeIntelRdt(saved, resctrl);
  assertEquals(resctrl.groups(), []);
});

Deno.test("a monitoring group that is there already is somebody else's", () => {
  using resctrl = new Resctrl();
  resctrl.make(`${resctrl.root}/mon_groups/${ID}`);
  throws(() => group(resctrl, { closID: "/", enableMonitoring: true }), {
    message: `linux.intelRdt.enableMonitoring: ${resctrl.root}/mon_groups/${ID} exists already`,
  });
});

Deno.test("an error has what resctrl says about it", () => {
  using resctrl = new Resctrl();
  resctrl.write("info/last_cmd_status", "Not a valid mask\n");
  const refusing = group(resctrl, {}, {
    remove: resctrl.remove,
    make: () => {
      throw new Error("mkdirat: EINVAL");
    },
  });
  throws(() => refusing.create(), {
    message: "mkdirat: EINVAL, resctrl says: Not a valid mask",
  });
});

Deno.test("a create that fails later takes back what it made, and no class that others have joined", () => {
  using resctrl = new Resctrl();
  const rdt = { closID: "gold", l3CacheSchema: "L3:0=f", enableMonitoring: true };
  const first = group(resctrl, rdt);
  first.create();
  first.undo();
  assertEquals(resctrl.groups(), []);
  const second = group(resctrl, rdt);
  second.create();
  resctrl.write("gold/tasks", "1\n");
  second.undo();
  assertEquals(resctrl.groups(), ["gold"]);
});

Deno.test("a create that fails in the middle takes back the first half", () => {
  using resctrl = new Resctrl();
  const failing = group(resctrl, { enableMonitoring: true }, {
    remove: resctrl.remove,
    make: (path) => {
      if (path.includes("mon_groups")) throw new Error("mkdirat: ENOSPC");
      resctrl.make(path);
    },
  });
  throws(() => failing.create(), { message: "mkdirat: ENOSPC" });
  failing.undo();
  assertEquals(resctrl.groups(), []);
});
