/**
 * `--systemd-cgroup`: the container's cgroup is one of systemd's. Most of it takes a machine that systemd runs on; the CI's
 * virtual one is such a machine.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { ON_ONE_PROCESSOR } from "../lib/processors.ts";
import { exists, failure, run, Sandbox, waitUntil } from "../lib/sandbox.ts";
import {
  activeState,
  HAS_SYSTEMD,
  IS_V2,
  show,
  SystemdSandbox,
  testSystemd,
} from "../lib/systemd_sandbox.ts";

Deno.test({
  name: "without systemd --systemd-cgroup is refused, and leaves nothing",
  ignore: HAS_SYSTEMD,
  fn: () => {
    using box = new Sandbox();
    box.script("true", (config) => delete config.linux.cgroupsPath);
    const message = failure(box.runts("--systemd-cgroup", "create", box.id));
    assertEquals(
      message,
      'Cannot let systemd make the unit: systemd does not run on this host: there is no "/run/systemd/system"',
    );
    assertEquals(box.traces(), []);
  },
});

testSystemd("the container is in a scope of its slice, from create to delete", () => {
  using box = new SystemdSandbox();
  box.unitScript("sleep 10000");
  const pid = box.create();
  const line = Deno.readTextFileSync(`/proc/${pid}/cgroup`).trimEnd().split("\n").at(-1)!;
  assertEquals(line, `0::/runts.slice/runts-test.slice/${box.unit}`);
  const names = ["ActiveState", "Slice", "Delegate", "DefaultDependencies", "Description"];
  assertEquals(show(box.unit, ...names), {
    ActiveState: "active",
    Slice: "runts-test.slice",
    Delegate: "yes",
    DefaultDependencies: "no",
    Description: `runts container ${box.id}`,
  });
  if (IS_V2) assertEquals(box.file("cgroup.procs"), String(pid), "nobody but init is in it");
  box.succeed("start", box.id);
  // Nobody tells delete which driver it was.
  box.succeed("delete", "--force", box.id);
  assertEquals(activeState(box.unit), "inactive");
  assert(!exists(box.directory_v2));
});

testSystemd("limits hold in the cgroup, and systemd agrees with them", () => {
  using box = new SystemdSandbox();
  box.unitScript("head -c1 /dev/full; sleep 10000", (config) => {
    Object.assign(config.linux.resources, {
      memory: { limit: 64 << 20, reservation: 32 << 20, swap: 96 << 20 },
      cpu: { shares: 1024, quota: 12_345, period: 50_000, cpus: "0", mems: "0" },
      pids: { limit: 50 },
      unified: { "memory.high": String(48 << 20) },
    });
    config.annotations = { "org.systemd.property.TimeoutStopSec": "uint64 7" };
  });
  box.create();
  const properties = {
    MemoryMax: String(64 << 20),
    MemoryLow: String(32 << 20),
    MemorySwapMax: String(32 << 20),
    MemoryHigh: String(48 << 20),
    CPUWeight: "100",
    CPUQuotaPerSecUSec: "250ms",
    CPUQuotaPeriodUSec: "50ms",
    AllowedCPUs: "0",
    AllowedMemoryNodes: "0",
    TasksMax: "50",
    DevicePolicy: "strict",
    TimeoutStopUSec: "7s",
  };
  assertEquals(show(box.unit, ...Object.keys(properties)), properties);
  const files = {
    "memory.max": String(64 << 20),
    "memory.low": String(32 << 20),
    "memory.swap.max": String(32 << 20),
    "memory.high": String(48 << 20),
    "cpu.weight": "100",
    "cpu.max": "12345 50000",
    "cpuset.cpus": "0",
    "cpuset.mems": "0",
    "pids.max": "50",
  };
  const look = () => Object.fromEntries(Object.keys(files).map((name) => [name, box.file(name)]));
  assertEquals(look(), files);
  assertEquals(run(["systemctl", "daemon-reload"]).code, 0);
  assertEquals(look(), files, "systemd has come by");
});

testSystemd("device rules hold after systemd has come by", () => {
  using box = new SystemdSandbox();
  // The container sees the reload by the file's end.
  const script = `while [ ! -e /tmp/go ]; do sleep 0.1; done
    for device in null mem full; do head -c0 </dev/$device && echo $device; done 2>/dev/null
    : >/tmp/done; sleep 10000`;
  box.unitScript(script, (config) => {
    config.root.readonly = false;
    config.linux.devices = [{ type: "c", path: "/dev/mem", major: 1, minor: 1, fileMode: 0o666 }];
    config.linux.resources.devices.push(
      { allow: true, type: "c", major: 1, minor: 1, access: "rwm" },
      { allow: false, type: "c", major: 1, minor: 1, access: "rwm" },
    );
    config.process.args = ["sh", "-c", `(${script}) >/tmp/out`];
    Deno.mkdirSync(`${box.rootfs}/tmp`, { recursive: true });
  });
  box.create();
  box.succeed("start", box.id);
  assertEquals(run(["systemctl", "daemon-reload"]).code, 0);
  // It makes systemd write everything again that it believes in.
  assertEquals(
    run(["systemctl", "set-property", "--runtime", box.unit, "CPUWeight=200"]).code,
    0,
  );
  Deno.writeTextFileSync(`${box.rootfs}/tmp/go`, "");
  waitUntil(() => exists(`${box.rootfs}/tmp/done`));
  assertEquals(Deno.readTextFileSync(`${box.rootfs}/tmp/out`), "null\nfull\n");
});

testSystemd("a container with little memory and one process starts in a unit as anywhere", () => {
  using box = new SystemdSandbox();
  box.unitScript("", (config) => {
    config.process.args = ["true"];
    config.linux.resources.memory = { limit: 512 << 10 };
    config.linux.resources.pids = { limit: 1 };
  });
  const options = { prefix: ON_ONE_PROCESSOR };
  const { code, stderr } = box.runtsWith(options, "--systemd-cgroup", "run", box.id);
  assertEquals([code, stderr], [0, ""]);
});

testSystemd("hooks find init in its cgroup", () => {
  using box = new SystemdSandbox();
  const out = `${box.directory}/out`;
  box.unitScript("true", (config) => {
    const script = `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/'); tail -1 /proc/$pid/cgroup >${out}`;
    config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script] }] };
  });
  box.create();
  assertEquals(
    Deno.readTextFileSync(out).trimEnd(),
    `0::/runts.slice/runts-test.slice/${box.unit}`,
  );
});
