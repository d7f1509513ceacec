/**
 * Which devices a container may use, in real cgroups: v1's list and v2's program, whichever the machine has; both on a
 * hybrid one.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import {
  attachDeviceProgram,
  attachedDevicePrograms,
  detachDeviceProgram,
  loadDeviceProgram,
  programName,
} from "../../ffi/bpf.ts";
import { BpfInsns, encodeBpf, R } from "../../ffi/bpf_layouts.ts";
import { AT_FDCWD, O, S } from "../../ffi/constants.ts";
import { mknodat } from "../../ffi/directory.ts";
import { SyscallError } from "../../ffi/errno.ts";
import { fork } from "../../ffi/fork.ts";
import { open } from "../../ffi/open.ts";
import { exitCode, wait4 } from "../../ffi/process.ts";
import { applyDeviceRules } from "../../runtime/cgroup/device_limits.ts";
import { Cgroup } from "../../runtime/cgroup/manager.ts";
import { type DeviceRule, deviceRules } from "../../runtime/plan/device_rules.ts";
import type { Resources } from "../../spec/schema/resources.ts";
import { directoryOf, LAYOUT, readFile, V2, versionOf } from "../lib/cgroup_files.ts";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";

const DENY_ALL = { allow: false, access: "rwm" };

function rules(...devices: NonNullable<Resources["devices"]>): DeviceRule[] {
  return deviceRules({ resources: { devices: [DENY_ALL, ...devices] } });
}

/** A container that may make nodes, in /tmp. */
function withNodes(config: Editable): void {
  for (const set of ["bounding", "effective", "permitted"]) {
    config.process.capabilities[set].push("CAP_MKNOD");
  }
  config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs" });
}

Deno.test("configLinuxDeviceAllowedlist: by default only the default devices can be used, whatever nodes there are", () => {
  using box = new Sandbox();
  const script =
    "cd /tmp; mknod mem c 1 1 && mknod kmsg c 1 11 && mknod loop b 7 0 && echo made; " +
    "for f in mem kmsg loop; do head -c1 $f; done; head -c3 /dev/zero | wc -c; echo >/dev/null && echo end";
  box.script(script, withNodes);
  const { stdout, stderr } = box.runts("run", box.id);
  assertEquals(stdout, "made\n3\nend\n");
  const refused = stderr.trim().split("\n").filter((line) => line.includes("not permitted"));
  assertEquals(refused.length, 3, stderr);
});

Deno.test("configLinuxDeviceAllowedlist: a terminal of the container's own works", () => {
  using box = new Sandbox();
  box.script("exec 3<>/dev/ptmx && echo opened; echo >/dev/tty || echo none");
  assert(box.runts("run", box.id).stdout.startsWith("opened\n"));
});

/** The kernel's log: nobody needs a capability to write it. */
const KMSG = { type: "c", major: 1, minor: 11 };

Deno.test("configLinuxDeviceAllowedlist: rules are applied in order", () => {
  using box = new Sandbox();
  const write = (rules: Editable[]) => {
    box.script("mknod /tmp/kmsg c 1 11; : >/tmp/kmsg && echo opened", (config) => {
      withNodes(config);
      config.linux.resources.devices = rules;
    });
    return box.runts("run", box.id).stdout;
  };
  assertEquals(write([DENY_ALL, { allow: true, ...KMSG, access: "w" }]), "opened\n");
  assertEquals(write([{ allow: true, ...KMSG, access: "w" }, DENY_ALL]), "");
  assertEquals(write([DENY_ALL, { allow: true, ...KMSG }, { allow: false, ...KMSG }]), "");
  assertEquals(write([{ allow: true }, { allow: false, ...KMSG, access: "r" }]), "opened\n");
});

Deno.test("configLinuxDevices: a listed device can be used without a rule, and by its rule where there is one", () => {
  using box = new Sandbox();
  const write = (rules: Editable[]) => {
    box.script(": >/dev/log && echo opened", (config) => {
      config.linux.devices = [{ path: "/dev/log", ...KMSG, fileMode: 0o666 }];
      config.linux.resources.devices = rules;
    });
    return box.runts("run", box.id).stdout;
  };
  assertEquals(write([DENY_ALL]), "opened\n");
  assertEquals(write([DENY_ALL, { allow: true, ...KMSG, access: "r" }]), "");
});

Deno.test({
  name: "configLinuxDeviceAllowedlist: a rule that v1 cannot hold is refused",
  ignore: versionOf("devices") !== 1,
  fn: () => {
    using box = new Sandbox((config) => {
      config.linux.resources.devices = [
        DENY_ALL,
        { allow: true, type: "c", access: "rwm" },
        { allow: false, type: "c", major: 10, minor: 229, access: "rwm" },
      ];
    });
    const message = failure(box.runts("create", box.id));
    assert(message.includes("linux.resources.devices[2]: cgroup v1 cannot take"), message);
    assertEquals(box.traces(), []);
  },
});

Deno.test({
  name:
    "applyDeviceRules() changes v1's list by the difference, below sub-cgroups too, and takes it back",
  ignore: versionOf("devices") !== 1,
  fn: () => {
    const path = `/runts-devices-${Deno.pid}`;
    const directory = directoryOf("devices", path);
    Deno.mkdirSync(`${directory}`);
    try {
      const cgroup = Cgroup.deserialize({ paths: { devices: directory }, made: [] });
      applyDeviceRules(cgroup, rules({ allow: true, type: "c", major: 10, minor: 200 }));
      Deno.mkdirSync(`${directory}/inner`);
      const before = readFile("devices", path, "devices.list");
      assert(before.includes("c 10:200 rwm"), before);
      const undo = applyDeviceRules(
        cgroup,
        rules({ allow: true, type: "b", major: 7, access: "r" }),
      );
      const after = readFile("devices", path, "devices.list").split("\n");
      assert(after.includes("b 7:* rm") && !after.includes("c 10:200 rwm"), after.join());
      undo.dispose();
      assertEquals(
        readFile("devices", path, "devices.list").split("\n").sort(),
        before.split("\n").sort(),
      );
    } finally {
      for (const name of ["/inner", ""]) Deno.removeSync(directory + name);
    }
  },
});

/** A v2 cgroup, and what processes in it can do with devices. */
class V2Cgroup implements Disposable {
  readonly directory = `${V2}/runts-devices-${Deno.pid}`;
  readonly cgroup: Cgroup;
  /** There, as many a /tmp is mounted nodev. */
  readonly nodes = Deno.makeTempDirSync({ dir: "/dev", prefix: "runts-devices-" });

  constructor() {
    Deno.mkdirSync(this.directory);
    // Without v1's controllers, as if there were none.
    this.cgroup = Cgroup.deserialize({ paths: { "": this.directory }, made: [] });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory);
    Deno.removeSync(this.nodes, { recursive: true });
  }

  /** Which of these can be done: `open c 1:5 r`, `make b 7:0`. */
  possible(...deeds: string[]): string[] {
    return deeds.filter((deed, index) => this.#can(deed, `${this.nodes}/${index}`));
  }

  #can(deed: string, path: string): boolean {
    const [verb, type, numbers = "", how] = deed.split(" ");
    const [major, minor] = numbers.split(":").map(Number) as [number, number];
    const mode = (type === "b" ? S.S_IFBLK : S.S_IFCHR) | 0o600;
    if (verb === "open") mknodat(AT_FDCWD, path, mode, major, minor);
    const flags = { r: O.O_RDONLY, w: O.O_WRONLY, rw: O.O_RDWR }[how ?? "r"]!;
    using directory = open(this.directory, O.O_RDONLY | O.O_DIRECTORY);
    const child = fork({ flags: 0, cgroup: directory }, () => {
      try {
        if (verb === "make") mknodat(AT_FDCWD, path, mode, major, minor);
        else open(path, flags | O.O_NONBLOCK).close();
        return 0;
      } catch (error) {
        return error instanceof SyscallError ? error.errno : 255;
      }
    });
    child.pidfd.close();
    const code = exitCode(wait4(child.pid)!);
    if (code === 0 || verb === "open") Deno.removeSync(path);
    assert(code === 0 || code === 1, `${deed}: errno ${code}`);
    return code === 0;
  }

  programs(): number[] {
    using directory = open(this.directory, O.O_RDONLY | O.O_DIRECTORY);
    return attachedDevicePrograms(directory);
  }
}

const DEEDS = [
  "open c 1:3 rw",
  "open c 1:5 r",
  "open c 1:11 r",
  "open c 1:11 w",
  "open c 1:11 rw",
  "make c 1:11",
  "make b 7:0",
];

function v2Test(name: string, body: (place: V2Cgroup) => void): void {
  Deno.test({
    name,
    ignore: V2 === undefined,
    fn: () => {
      using place = new V2Cgroup();
      body(place);
    },
  });
}

v2Test("applyDeviceRules() lets v2's kernel run the rules", (place) => {
  applyDeviceRules(
    place.cgroup,
    rules({ allow: true, type: "c", major: 1, minor: 11, access: "r" }),
  );
  assertEquals(place.possible(...DEEDS), [
    "open c 1:3 rw",
    "open c 1:5 r",
    "open c 1:11 r",
    "make c 1:11",
    "make b 7:0",
  ]);
});

v2Test("applyDeviceRules() allows all but what is denied", (place) => {
  const devices = [{ allow: true }, { allow: false, type: "c", major: 1, minor: 11, access: "wm" }];
  applyDeviceRules(place.cgroup, deviceRules({ resources: { devices } }));
  // Making nodes goes without saying.
  assertEquals(place.possible(...DEEDS), DEEDS.filter((deed) => !/^open c 1:11 r?w/.test(deed)));
  const noNodes = [{ allow: false }, { allow: false, type: "c", access: "m" }];
  applyDeviceRules(place.cgroup, deviceRules({ resources: { devices: noNodes } }));
  assertEquals(place.possible("make c 1:11", "make c 1:3", "make b 7:0", "open c 1:3 r"), [
    "make c 1:3",
    "make b 7:0",
    "open c 1:3 r",
  ]);
});

v2Test("applyDeviceRules() replaces the program, and undoes it", (place) => {
  const before = place.possible(...DEEDS);
  assertEquals(before, DEEDS);
  const first = applyDeviceRules(place.cgroup, rules());
  const [id] = place.programs();
  assert(id !== undefined);
  assertEquals(place.possible("open c 1:11 r"), []);
  const second = applyDeviceRules(place.cgroup, rules({ allow: true, ...KMSG }));
  assertEquals(place.programs().length, 1);
  assert(place.programs()[0] !== id);
  assertEquals(place.possible("open c 1:11 rw"), ["open c 1:11 rw"]);
  second.dispose();
  assertEquals(place.programs(), [id]);
  assertEquals(place.possible("open c 1:11 r"), []);
  first.dispose();
  assertEquals(place.programs(), []);
  assertEquals(place.possible(...DEEDS), DEEDS);
});

v2Test("applyDeviceRules() lets programs stand that others have attached", (place) => {
  using directory = open(place.directory, O.O_RDONLY | O.O_DIRECTORY);
  using program = loadDeviceProgram(encodeBpf([BpfInsns.set(R.r0, 0), BpfInsns.exit()]), "other");
  assertEquals(programName(program), "other");
  attachDeviceProgram(directory, program);
  const [id] = place.programs();
  using undo = applyDeviceRules(place.cgroup, rules());
  assertEquals(place.programs().length, 2);
  assertEquals(place.possible("open c 1:3 rw"), []);
  detachDeviceProgram(directory, program);
  assertEquals(place.possible("open c 1:3 rw"), ["open c 1:3 rw"]);
  attachDeviceProgram(directory, program);
  undo.dispose();
  assertEquals(place.programs(), [id]);
});

v2Test("applyDeviceRules() takes as many rules as somebody may write", (place) => {
  const many = Array.from({ length: 1000 }, (_, index) => ({
    allow: index % 2 === 0,
    type: index % 3 === 0 ? "b" : "c",
    major: 20 + (index % 50),
    minor: index,
    access: ["r", "rw", "rwm"][index % 3]!,
  }));
  applyDeviceRules(place.cgroup, rules(...many));
  assertEquals(place.possible("open c 1:3 rw", "open c 1:11 r"), ["open c 1:3 rw"]);
});

v2Test("loadDeviceProgram() tells the verifier's reason", () => {
  let message = "";
  try {
    loadDeviceProgram(encodeBpf([BpfInsns.set(R.r0, 7), BpfInsns.exit()]), "bad").close();
  } catch (error) {
    message = (error as Error).message;
  }
  assert(/^bpf\(BPF_PROG_LOAD, .*\): EINVAL \(Invalid argument\): .*R0/.test(message), message);
});

Deno.test({
  name: "applyDeviceRules() refuses where there is no cgroup",
  ignore: LAYOUT.hierarchies.length === 0,
  fn: () => {
    const none = Cgroup.deserialize({ paths: {}, made: [] });
    let message = "";
    try {
      applyDeviceRules(none, rules());
    } catch (error) {
      message = (error as Error).message;
    }
    assertEquals(message, "linux.resources.devices: the container has no cgroup");
  },
});
