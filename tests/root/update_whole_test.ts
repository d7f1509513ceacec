/** `update`: what it takes, and that a change is made whole or not at all. @module */
import { assert, assertEquals } from "#assert";
import { versionOf } from "../lib/cgroup_files.ts";
import { failure, Sandbox } from "../lib/sandbox.ts";
import { limitsOf, makeSleeper, read, update } from "../lib/update.ts";

const MIB = 1 << 20;

Deno.test({
  name: "updates add up, and -1 takes a limit away",
  ignore: ["memory", "pids"].some((name) => versionOf(name) === undefined),
  fn: () => {
    using box = makeSleeper();
    const before = limitsOf(box);
    update(box, "--pids-limit", "7");
    update(box, "--memory", "64m", "--memory-swap", "128m");
    assertEquals(read(box, "pids", "pids.max"), "7");
    update(box, "--pids-limit", "-1", "--memory=-1");
    assertEquals(limitsOf(box), before);
  },
});

/** What fails last: all the others are written by then. */
const TOO_MANY = "99999999999";

Deno.test({
  name: "update changes all or nothing",
  ignore: ["cpu", "memory", "pids"].some((name) => versionOf(name) === undefined),
  fn: () => {
    using box = makeSleeper();
    update(box, "--memory", "128m", "--cpu-quota", "50000", "--pids-limit", "20");
    const before = limitsOf(box);
    const flags = ["--cpu-share", "300", "--cpu-quota=20000", "--memory", "48m"];
    for (
      const [bad, property] of [
        [["--pids-limit", TOO_MANY], "linux.resources.pids.limit"],
        // Refused by the machines that have no resctrl, and by those that have one: there is no such cache.
        [["--l3-cache-schema", "L3:4095=f"], ""],
      ] as const
    ) {
      const message = failure(box.runts("update", ...flags, ...bad, box.id));
      assert(message.includes(property), message);
      assertEquals(limitsOf(box), before);
    }
    // Nor does a later one bring it.
    update(box, "--cpu-period", "90000");
    const { "cpu.cfs_period_us": _, "cpu.max": __, ...now } = limitsOf(box);
    const { "cpu.cfs_period_us": ___, "cpu.max": ____, ...then } = before;
    assertEquals(now, then);
  },
});

Deno.test({
  name: "update --resources reads a file or stdin, and no other flag then",
  ignore: ["memory", "pids"].some((name) => versionOf(name) === undefined),
  fn: () => {
    using box = makeSleeper();
    const stdin = JSON.stringify({ memory: { limit: 64 * MIB }, pids: { limit: 9 } });
    const words = ["update", "--pids-limit", "3", "--resources", "-", box.id];
    assertEquals(box.runtsWith({ stdin }, ...words), { code: 0, stdout: "", stderr: "" });
    const limit = versionOf("memory") === 1 ? "memory.limit_in_bytes" : "memory.max";
    const now = (): string[] => [read(box, "memory", limit), read(box, "pids", "pids.max")];
    assertEquals(now(), [`${64 * MIB}`, "9"]);
    const file = `${box.directory}/resources.json`;
    // As callers in Go write it whole: what is 0 says nothing.
    Deno.writeTextFileSync(
      file,
      JSON.stringify({
        memory: { limit: 0, reservation: 0, swap: 0 },
        cpu: { shares: 0, quota: 0, period: 0, cpus: "", mems: "" },
        blockIO: { weight: 0 },
        pids: { limit: 11 },
      }),
    );
    update(box, "-r", file);
    assertEquals(now(), [`${64 * MIB}`, "11"]);
  },
});

Deno.test({
  name: "update leaves the rules for devices as they are",
  fn: () => {
    using box = makeSleeper();
    const rules = (): string =>
      versionOf("devices") === 1 ? read(box, "devices", "devices.list") : "";
    const before = rules();
    const stdin = '{"devices": [{"allow": false, "access": "rwm"}]}';
    assertEquals(box.runtsWith({ stdin }, "update", "-r", "-", box.id).code, 0);
    assertEquals(rules(), before);
    assertEquals(
      box.runts("exec", box.id, "dd", "if=/dev/zero", "of=/dev/null", "count=1").code,
      0,
    );
  },
});

Deno.test({
  name: "a limit below what is in use is refused with checkBeforeUpdate, and nobody is killed",
  ignore: versionOf("memory") === undefined,
  fn: () => {
    using box = makeSleeper();
    const before = limitsOf(box);
    const stdin = '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}';
    const message = failure(box.runtsWith({ stdin }, "update", "-r", "-", box.id));
    const words = /linux\.resources\.memory\.limit: unable to set memory limit to 4096 \(current /;
    assert(words.test(message), message);
    assertEquals([limitsOf(box), box.state().status], [before, "running"]);
  },
});

Deno.test("a bad value is one sentence that names its flag, and a bad document its property", () => {
  using box = makeSleeper();
  const before = limitsOf(box);
  const bad: [string, string][] = [
    ["--cpu-quota=abc", 'invalid value for cpu-quota: strconv.ParseInt: parsing "abc": invalid'],
    ["--cpu-share=-1", 'invalid value for cpu-share: strconv.ParseUint: parsing "-1": invalid'],
    ["--memory=1x", "invalid value for memory: invalid size: '1x'"],
    ["--memory-swap=m", "invalid value for memory-swap: invalid size: 'm'"],
    ["--cpu-idle=5", "invalid value for cpu-idle: expected integer from 0 to 1, got 5"],
    ["--blkio-weight=70000", "invalid value for blkio-weight: expected integer from 0 to 65535"],
    ["--resources=/no/such", 'Cannot read the resources from "/no/such": open'],
  ];
  for (const [flag, words] of bad) {
    const message = failure(box.runts("update", flag, box.id));
    assert(message.startsWith(words), message);
  }
  for (
    const [stdin, words] of [
      ["{", "Invalid standard input: line 1, column 2: "],
      ['{"pids": {"limit": "9"}}', "Invalid standard input: linux.resources.pids.limit: "],
    ] as const
  ) {
    const message = failure(box.runtsWith({ stdin }, "update", "-r", "-", box.id));
    assert(message.startsWith(words), message);
  }
  if (versionOf("cpuset") !== undefined) {
    const message = failure(box.runts("update", "--cpuset-cpus", "4095", box.id));
    assert(message.startsWith("Cannot set the limits: linux.resources.cpu.cpus: "), message);
  }
  assertEquals(limitsOf(box), before);
});

Deno.test({
  name: "update is for containers that wait, run or are paused, and needs neither PATH nor HOME",
  ignore: versionOf("pids") === undefined,
  fn: () => {
    using box = new Sandbox();
    box.script("exec sleep 10000");
    box.succeed("create", box.id);
    update(box, "--pids-limit", "5");
    assertEquals(read(box, "pids", "pids.max"), "5");
    box.succeed("start", box.id);
    box.succeed("pause", box.id);
    const words = ["update", "-pids-limit", "5", "--pids-limit=6", box.id];
    assertEquals(box.runtsWith({ clearEnv: true }, ...words).stderr, "");
    assertEquals([read(box, "pids", "pids.max"), box.state().status], ["6", "paused"]);
    box.succeed("kill", box.id, "KILL");
    box.waitUntilStopped();
    const message = failure(box.runts("update", "--pids-limit", "7", box.id));
    assert(message.endsWith("container not running"), message);
    assertEquals(
      failure(box.runts("update", "--pids-limit", "7", "nobody")),
      'Cannot open container "nobody": container does not exist',
    );
  },
});
