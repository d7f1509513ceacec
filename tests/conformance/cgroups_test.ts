/** Clauses on `linux.resources`, in cgroups of whichever version this machine has. @module */
import { assert, assertEquals } from "#assert";
import { mount } from "../../ffi/mount.ts";
import { delegate } from "../../runtime/cgroup/delegate.ts";
import { isolated } from "../lib/isolated.ts";
import { type Editable, exists, failure, run, Sandbox } from "../lib/sandbox.ts";
import {
  directoryOf,
  LAYOUT,
  makeEverywhere,
  readFile,
  V2,
  versionOf,
} from "../lib/cgroup_files.ts";

type Expected = Readonly<Record<string, string>>;

/** Creates a container with the limits, and reads files of its cgroup: `controller:file` → text, by version. */
function checkFiles(resources: Editable, expected: { 1: Expected; 2: Expected }): void {
  using box = new Sandbox((config) => Object.assign(config.linux.resources, resources));
  box.succeed("create", box.id);
  const path = `/runts-test/${box.id}`;
  for (const version of [1, 2] as const) {
    for (const [key, text] of Object.entries(expected[version])) {
      const [controller, file] = key.split(":") as [string, string];
      if (versionOf(controller) !== version) continue;
      assertEquals(readFile(controller, path, file), text, key);
    }
  }
}

/** The message of a create that is refused, which leaves nothing. */
function refusal(resources: Editable): string {
  using box = new Sandbox((config) => Object.assign(config.linux.resources, resources));
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

Deno.test("config-linux.md#configLinuxCPU: quota, period, burst and shares are set", () => {
  const cpu = { shares: 512, quota: 50_000, period: 200_000, burst: 10_000 };
  checkFiles({ cpu }, {
    1: {
      "cpu:cpu.shares": "512",
      "cpu:cpu.cfs_quota_us": "50000",
      "cpu:cpu.cfs_period_us": "200000",
      "cpu:cpu.cfs_burst_us": "10000",
    },
    2: { "cpu:cpu.weight": "59", "cpu:cpu.max": "50000 200000", "cpu:cpu.max.burst": "10000" },
  });
});

Deno.test("config-linux.md#configLinuxCPU: a cgroup can be idle", () => {
  checkFiles({ cpu: { idle: 1, shares: 512 } }, {
    1: { "cpu:cpu.idle": "1" },
    2: { "cpu:cpu.idle": "1" },
  });
});

Deno.test("config-linux.md#configLinuxCPU: cpus and mems", () => {
  const files = { "cpuset:cpuset.cpus": "0", "cpuset:cpuset.mems": "0" };
  checkFiles({ cpu: { cpus: "0", mems: "0" } }, { 1: files, 2: files });
});

Deno.test("config-linux.md#configLinuxMemory: limits are set", () => {
  const MIB = 1 << 20;
  const memory = { limit: 64 * MIB, reservation: 32 * MIB, swap: 96 * MIB };
  checkFiles({ memory }, {
    1: {
      "memory:memory.limit_in_bytes": `${64 * MIB}`,
      "memory:memory.soft_limit_in_bytes": `${32 * MIB}`,
      "memory:memory.memsw.limit_in_bytes": `${96 * MIB}`,
    },
    2: {
      "memory:memory.max": `${64 * MIB}`,
      "memory:memory.low": `${32 * MIB}`,
      "memory:memory.swap.max": `${32 * MIB}`,
    },
  });
});

Deno.test({
  name: "config-linux.md#configLinuxMemory: swappiness and the OOM killer",
  ignore: versionOf("memory") !== 1,
  fn: () => {
    using box = new Sandbox((config) => {
      config.linux.resources.memory = {
        swappiness: 20,
        disableOOMKiller: true,
        useHierarchy: true,
      };
    });
    box.succeed("create", box.id);
    const path = `/runts-test/${box.id}`;
    assertEquals(readFile("memory", path, "memory.swappiness"), "20");
    assert(readFile("memory", path, "memory.oom_control").startsWith("oom_kill_disable 1\n"));
  },
});

Deno.test({
  name: "config-linux.md#configLinuxMemory: what v2 has no setting for is refused by name",
  ignore: versionOf("memory") !== 2,
  fn: () => {
    const message = refusal({ memory: { swappiness: 20 } });
    assert(message.includes("linux.resources.memory.swappiness: cgroup v2 has no such"), message);
  },
});

Deno.test("config-linux.md#configLinuxPIDS: 0 is a limit, with which the program runs and cannot fork", () => {
  using box = new Sandbox();
  const set = (config: Editable) => config.linux.resources.pids = { limit: 0 };
  box.script("cat /proc/self/status & wait; echo survived", set);
  const { stdout, stderr } = box.runts("run", box.id);
  assertEquals(stdout, "");
  assert(stderr.includes("can't fork"), stderr);
  checkFiles({ pids: { limit: 77 } }, {
    1: { "pids:pids.max": "77" },
    2: { "pids:pids.max": "77" },
  });
  checkFiles({ pids: { limit: -1 } }, {
    1: { "pids:pids.max": "max" },
    2: { "pids:pids.max": "max" },
  });
});

const HUGE_PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB";

Deno.test({
  name: "config-linux.md#configLinuxHugePageLimits: by reservation and by fault",
  ignore: versionOf("hugetlb") === undefined || !exists(HUGE_PAGES),
  fn: () => {
    const bytes = `${4 << 20}`;
    checkFiles({ hugepageLimits: [{ pageSize: "2MB", limit: 4 << 20 }] }, {
      1: {
        "hugetlb:hugetlb.2MB.limit_in_bytes": bytes,
        "hugetlb:hugetlb.2MB.rsvd.limit_in_bytes": bytes,
      },
      2: { "hugetlb:hugetlb.2MB.max": bytes, "hugetlb:hugetlb.2MB.rsvd.max": bytes },
    });
    const message = refusal({ hugepageLimits: [{ pageSize: "3MB", limit: 0 }] });
    assert(message.includes("linux.resources.hugepageLimits[0]: the kernel has no"), message);
  },
});

/** A whole disk of this machine. */

function diskNumbers(): { major: number; minor: number } | undefined {
  const line = /^ +(\d+) +(\d+) +\d+ (?:[hsv]d[a-z]|nvme\d+n\d+)$/m.exec(
    Deno.readTextFileSync("/proc/partitions"),
  );
  return line === null ? undefined : { major: Number(line[1]), minor: Number(line[2]) };
}

const DISK = diskNumbers();

Deno.test({
  name: "config-linux.md#configLinuxBlockIO: rates of a device",
  ignore: DISK === undefined || versionOf("blkio") === undefined,
  fn: () => {
    const blockIO = {
      throttleReadBpsDevice: [{ ...DISK, rate: 1_048_576 }],
      throttleWriteIOPSDevice: [{ ...DISK, rate: 100 }],
    };
    const device = `${DISK?.major}:${DISK?.minor}`;
    checkFiles({ blockIO }, {
      1: {
        "blkio:blkio.throttle.read_bps_device": `${device} 1048576`,
        "blkio:blkio.throttle.write_iops_device": `${device} 100`,
      },
      2: { "blkio:io.max": `${device} rbps=1048576 wbps=max riops=max wiops=100` },
    });
  },
});

Deno.test({
  name: "config-linux.md#configLinuxBlockIO: an error names the property, the file and the value",
  ignore: versionOf("blkio") === undefined,
  fn: () => {
    const blockIO = { throttleReadBpsDevice: [{ major: 4000, minor: 5, rate: 9 }] };
    const message = refusal({ blockIO });
    assert(
      /: linux\.resources\.blockIO\.throttleReadBpsDevice\[0\]: write\(.*"4000:5 (?:rbps=)?9"\)/
        .test(message),
      message,
    );
  },
});

Deno.test({
  name: "config-linux.md#configLinuxUnified: files of v2, word for word",
  ignore: V2 === undefined,
  fn: () => {
    using box = new Sandbox((config) => {
      config.linux.resources.unified = { "cgroup.max.depth": "3", "cgroup.max.descendants": "7" };
    });
    box.succeed("create", box.id);
    const read = (file: string) =>
      Deno.readTextFileSync(`${V2}/runts-test/${box.id}/${file}`).trim();
    assertEquals([read("cgroup.max.depth"), read("cgroup.max.descendants")], ["3", "7"]);
  },
});

Deno.test({
  name: "config-linux.md#configLinuxUnified: a file that the kernel does not have is an error",
  ignore: V2 === undefined,
  fn: () => {
    const message = refusal({ unified: { "cgroup.no.such": "1" } });
    assert(
      message.includes('unified["cgroup.no.such"]: the kernel has no cgroup.no.such'),
      message,
    );
  },
});

Deno.test({
  name: "config-linux.md#configLinuxUnified: what v2 does not have is an error on a hybrid host",
  ignore: LAYOUT.kind !== "hybrid" || versionOf("memory") !== 1,
  fn: () => {
    const message = refusal({ unified: { "memory.high": "max" } });
    assert(message.includes('cgroup v2 has no controller "memory" on this host'), message);
  },
});

Deno.test("config-linux.md#configLinuxControlGroups: without resources the limits of a cgroup that exists stay", () => {
  using box = new Sandbox();
  const path = `/runts-test/${box.id}`;
  const directories = makeEverywhere(path);
  try {
    Deno.writeTextFileSync(`${directoryOf("pids", path)}/pids.max`, "123");
    box.script("true", (config) => delete config.linux.resources);
    box.output();
    assertEquals(readFile("pids", path, "pids.max"), "123");
    box.script("true", (config) => config.linux.resources = { cpu: {}, pids: {}, memory: {} });
    box.output();
    assertEquals(readFile("pids", path, "pids.max"), "123");
  } finally {
    for (const directory of directories) Deno.removeSync(directory);
  }
});

Deno.test("runtime.md#runtimeErrors: a create that fails leaves the limits of a cgroup that existed", () => {
  using box = new Sandbox();
  const path = `/runts-test/${box.id}`;
  const directories = makeEverywhere(path);
  try {
    Deno.writeTextFileSync(`${directoryOf("pids", path)}/pids.max`, "123");
    const list = () =>
      versionOf("devices") === 1 ? readFile("devices", path, "devices.list") : "none";
    const before = list();
    box.script("true", (config) => {
      config.linux.resources.pids = { limit: 77 };
      config.process.args = ["/no/such/program"];
    });
    assert(failure(box.runts("create", box.id)).includes("no such file"));
    assertEquals(readFile("pids", path, "pids.max"), "123");
    assertEquals(list(), before);
    // It was applied before that.
    box.script("true", (config) => config.linux.resources.pids = { limit: 77 });
    box.output();
    assertEquals(readFile("pids", path, "pids.max"), "77");
  } finally {
    for (const directory of directories) Deno.removeSync(directory);
  }
});

Deno.test("config-linux.md#configLinuxRDMA: what the host cannot limit is an error", () => {
  const message = refusal({ rdma: { none0: { hcaHandles: 1 } } });
  assert(message.includes('linux.resources.rdma["none0"]: '), message);
});

Deno.test({
  name: "config-linux.md#configLinuxNetwork: what v2 cannot be converted to is an error",
  ignore: LAYOUT.kind !== "v2",
  fn: () => {
    const message = refusal({ network: { classID: 1 } });
    assert(message.includes("linux.resources.network.classID: cgroup v2 has no such"), message);
  },
});

Deno.test("config-linux.md#configLinuxDeviceAllowedlist: the rules MUST be applied in the listed order", () => {
  const kmsg = { type: "c", major: 1, minor: 11, access: "rwm" };
  const all = { allow: false, access: "rwm" };
  const open = (devices: Editable[]) => {
    using box = new Sandbox();
    box.script(": >/dev/kmsg", (config) => {
      config.linux.devices = [{ path: "/dev/kmsg", type: "c", major: 1, minor: 11 }];
      config.linux.resources.devices = devices;
    });
    return box.runts("run", box.id).code === 0;
  };
  assertEquals(open([all, { allow: true, ...kmsg }]), true);
  assertEquals(open([all, { allow: true, ...kmsg }, { allow: false, ...kmsg }]), false);
  assertEquals(open([all, { allow: false, ...kmsg }, { allow: true, ...kmsg }]), true);
});

/** The owners of a cgroup's directory and files, by name. */
function owners(directory: string): Map<string, number> {
  const names = ["", ...[...Deno.readDirSync(directory)].map(({ name }) => `/${name}`)];
  return new Map(names.map((name) => [name, Deno.lstatSync(directory + name).uid!]));
}

/** Who owns the container's v2 cgroup when the container's user is 1000 of a user namespace from 100000 on. */
function ownersFor(edit: (config: Editable) => void): Map<string, number> {
  using box = new Sandbox((config) => {
    config.linux.namespaces.push({ type: "user" });
    for (const kind of ["uidMappings", "gidMappings"]) {
      config.linux[kind] = [{ containerID: 0, hostID: 100_000, size: 65536 }];
    }
    config.process.user = { uid: 1000, gid: 1000 };
    config.root.readonly = false;
    const mount = config.mounts.find(({ type }: Editable) => type === "cgroup");
    mount.options = mount.options.filter((option: string) => option !== "ro");
    edit(config);
  });
  for (const path of [box.bundle, box.rootfs]) run(["chown", "100000:100000", path]);
  box.succeed("create", box.id);
  return owners(`${V2}/runts-test/${box.id}`);
}

Deno.test({
  name:
    "config-linux.md#configLinuxCgroupsPath: a cgroup mounted for writing SHOULD be the container's user's",
  ignore: LAYOUT.kind !== "v2",
  fn: () => {
    const delegated = Deno.readTextFileSync("/sys/kernel/cgroup/delegate").trim().split("\n");
    for (const [file, uid] of ownersFor(() => {})) {
      const isGiven = file === "" || delegated.includes(file.slice(1));
      assertEquals(uid, isGiven ? 101_000 : 0, file);
    }
  },
});

for (
  const [what, edit] of Object.entries<(config: Editable) => void>({
    "mounted read-only": (config) =>
      config.mounts.find(({ type }: Editable) => type === "cgroup").options.push("ro"),
    "without a namespace of its own": (config) => {
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: Editable) =>
        type !== "cgroup"
      );
    },
    "on v1": () => {},
  })
) {
  Deno.test({
    name: `config-linux.md#configLinuxCgroupsPath: a cgroup ${what} SHOULD NOT change hands`,
    ignore: V2 === undefined || what === "on v1" && LAYOUT.kind === "v2",
    fn: () => assertEquals([...new Set(ownersFor(edit).values())], [0]),
  });
}

Deno.test({
  name:
    "config-linux.md#configLinuxCgroupsPath: where the kernel does not say which, three files MUST be the user's",
  ignore: V2 === undefined,
  fn: () => {
    const directory = `${V2}/runts-test-${Deno.pid}`;
    Deno.mkdirSync(directory);
    try {
      isolated(() => {
        mount("tmpfs", "/sys/kernel/cgroup", "tmpfs", 0);
        delegate(directory, 4242);
      });
      const given = [...Deno.readDirSync(directory)].map(({ name }) => name)
        .filter((name) => Deno.lstatSync(`${directory}/${name}`).uid === 4242);
      assertEquals(given.toSorted(), [
        ...["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"],
      ]);
      assertEquals(Deno.statSync(directory).uid, 4242);
    } finally {
      Deno.removeSync(directory);
    }
  },
});
