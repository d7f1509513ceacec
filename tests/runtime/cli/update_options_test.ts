import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { GLOBAL_FLAGS } from "../../../runtime/cli/commands.ts";
import { parseFlags } from "../../../runtime/cli/flags.ts";
import { UPDATE_COMMAND } from "../../../runtime/cli/resource_commands.ts";
import { updateOptions } from "../../../runtime/cli/update_options.ts";
import type { UpdateOptions } from "../../../runtime/options.ts";

function options(...words: string[]): UpdateOptions {
  const globals = parseFlags(["--root", "/r"], GLOBAL_FLAGS, "flags-first").values;
  const { values: flags, positionals: args } = parseFlags(
    [...words, "web"],
    UPDATE_COMMAND.flags,
    "interleaved",
  );
  return updateOptions({ globals, flags, args, print: () => {} });
}

/** One flag → the resources that it means. */
const FLAGS: readonly (readonly [string, unknown])[] = [
  ["--blkio-weight 300", { blockIO: { weight: 300 } }],
  ["--cpu-period 100000", { cpu: { period: 100000 } }],
  ["--cpu-quota -1", { cpu: { quota: -1 } }],
  ["--cpu-burst 5000", { cpu: { burst: 5000 } }],
  ["--cpu-share 512", { cpu: { shares: 512 } }],
  ["--cpu-rt-period 1000000", { cpu: { realtimePeriod: 1000000 } }],
  ["--cpu-rt-runtime 950000", { cpu: { realtimeRuntime: 950000 } }],
  ["--cpuset-cpus 0-1,3", { cpu: { cpus: "0-1,3" } }],
  ["--cpuset-mems 0", { cpu: { mems: "0" } }],
  ["--cpu-idle 1", { cpu: { idle: 1 } }],
  ["--memory 512m", { memory: { limit: 512 << 20 } }],
  ["--memory -1", { memory: { limit: -1 } }],
  ["--memory-reservation 1k", { memory: { reservation: 1024 } }],
  ["--memory-swap 1g", { memory: { swap: 1 << 30 } }],
  ["--pids-limit -1", { pids: { limit: -1 } }],
  ["--pids-limit 64", { pids: { limit: 64 } }],
  // More than a double holds.
  ["--cpu-share 18446744073709551615", { cpu: { shares: 18446744073709551615n } }],
  // Scripts pass unset variables.
  ["--memory= --cpuset-cpus= --cpu-share=", {}],
  ["--memory 1m --cpu-quota +5 --cpu-period 9", {
    memory: { limit: 1 << 20 },
    cpu: { quota: 5, period: 9 },
  }],
];

for (const [words, resources] of FLAGS) {
  Deno.test(`updateOptions() of ${words}`, () => {
    assertEquals(options(...words.split(" ")), { root: "/r", id: "web", resources });
  });
}

Deno.test("updateOptions() keeps schemas of resctrl apart", () => {
  assertEquals(options("--l3-cache-schema", "L3:0=f", "--mem-bw-schema", "MB:0=20"), {
    root: "/r",
    id: "web",
    resources: {},
    l3CacheSchema: "L3:0=f",
    memBwSchema: "MB:0=20",
  });
});

Deno.test("updateOptions() refuses what is no number or no size, and names the flag", () => {
  for (
    const [flag, value, why] of [
      ["memory", "1x", "invalid size: '1x'"],
      ["cpu-quota", "a", 'strconv.ParseInt: parsing "a": invalid syntax'],
      ["cpu-share", "-1", 'strconv.ParseUint: parsing "-1": invalid syntax'],
      [
        "cpu-period",
        "18446744073709551616",
        'strconv.ParseUint: parsing "18446744073709551616": value out of range',
      ],
      ["cpu-idle", "5", "expected integer from 0 to 1, got 5"],
      ["blkio-weight", "70000", "expected integer from 0 to 65535, got 70000"],
    ] as const
  ) {
    throws(() => options(`--${flag}`, value), {
      name: "SyntaxError",
      message: `invalid value for ${flag}: ${why}`,
    });
  }
});

Deno.test("updateOptions() reads a file of resources, and no other flag then", () => {
  const file = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(file, '{"memory": {"limit": 9007199254740993}}');
    assertEquals(options("-r", file, "--memory", "nonsense", "--pids-limit", "3"), {
      root: "/r",
      id: "web",
      resources: { memory: { limit: 9007199254740993n } },
    });
    Deno.writeTextFileSync(file, '{"memory": {"limit": "1m"}}');
    throws(() => options("-r", file), /memory\.limit/);
  } finally {
    Deno.removeSync(file);
  }
  throws(() => options("--resources", file), {
    message: new RegExp(`^Cannot read the resources from "${file}": open.*: ENOENT`),
  });
});
