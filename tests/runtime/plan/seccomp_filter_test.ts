import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { machineArchs, SCMP_ACT, SECCOMP_FILTER_FLAG } from "../../../ffi/seccomp/constants.ts";
import { planSeccomp, type SeccompPlan } from "../../../runtime/plan/seccomp_filter.ts";
import { SECCOMP_ACTIONS, SECCOMP_ARCHS } from "../../../spec/seccomp.ts";
import type { Seccomp, SyscallArg, SyscallRule } from "../../../spec/schema/seccomp.ts";

function plan(seccomp: Partial<Seccomp>): SeccompPlan {
  return planSeccomp({ defaultAction: "SCMP_ACT_ALLOW", ...seccomp });
}

const { SCMP_ACT_ERRNO, SCMP_ACT_TRACE } = SCMP_ACT;

Deno.test("planSeccomp() gives each action its value", () => {
  // include/uapi/linux/seccomp.h
  assertEquals(
    SECCOMP_ACTIONS.map((defaultAction) =>
      planSeccomp({
        defaultAction,
        listenerPath: "/l",
        syscalls: [{ names: ["sendmsg"], action: "SCMP_ACT_LOG" }],
      })
        .defaultAction
    ),
    [
      0x7fff0000,
      0x00050001,
      0x00000000,
      0x80000000,
      0x00000000,
      0x7ffc0000,
      0x7fc00000,
      0x7ff00001,
      0x00030000,
    ],
  );
});

Deno.test("planSeccomp() puts error numbers into the actions that take one, EPERM if there is none", () => {
  assertEquals(plan({ defaultAction: "SCMP_ACT_ERRNO" }).defaultAction, SCMP_ACT_ERRNO + 1);
  const trace = plan({ defaultAction: "SCMP_ACT_TRACE", defaultErrnoRet: 65535 });
  assertEquals(trace.defaultAction, SCMP_ACT_TRACE + 65535);
  const { rules } = plan({
    syscalls: [
      { names: ["a"], action: "SCMP_ACT_ERRNO", errnoRet: 0 },
      { names: ["b"], action: "SCMP_ACT_ERRNO", errnoRet: 4095 },
      { names: ["c"], action: "SCMP_ACT_TRACE" },
      { names: ["d"], action: "SCMP_ACT_TRAP" },
    ],
  });
  assertEquals(rules.map(({ action }) => action), [
    SCMP_ACT_ERRNO,
    SCMP_ACT_ERRNO + 4095,
    SCMP_ACT_TRACE + 1,
    SCMP_ACT.SCMP_ACT_TRAP,
  ]);
});

Deno.test("planSeccomp() makes a rule of each name, and leaves out what the default says already", () => {
  const { rules } = plan({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 5,
    syscalls: [
      { names: ["a", "b"], action: "SCMP_ACT_ALLOW" },
      { names: ["c"], action: "SCMP_ACT_ERRNO", errnoRet: 5 },
      { names: ["d"], action: "SCMP_ACT_ERRNO", errnoRet: 6 },
    ],
  });
  assertEquals(rules.map(({ name }) => name), ["a", "b", "d"]);
  // The same action under its other name.
  const kill = plan({
    defaultAction: "SCMP_ACT_KILL",
    syscalls: [{ names: ["a"], action: "SCMP_ACT_KILL_THREAD" }],
  });
  assertEquals(kill.rules, []);
});

function conditions(...args: SyscallArg[]): SeccompPlan["rules"][number]["args"][] {
  const { rules } = plan({ syscalls: [{ names: ["a"], action: "SCMP_ACT_TRAP", args }] });
  return rules.map((rule) => [...rule.args]);
}

Deno.test("planSeccomp() joins the conditions on different arguments by and", () => {
  assertEquals(
    conditions(
      { index: 0, value: 1, op: "SCMP_CMP_EQ" },
      { index: 1, value: 2n ** 64n - 1n, valueTwo: 3, op: "SCMP_CMP_MASKED_EQ" },
    ),
    [[
      { index: 0, op: "SCMP_CMP_EQ", datum_a: 1n, datum_b: 0n },
      { index: 1, op: "SCMP_CMP_MASKED_EQ", datum_a: 2n ** 64n - 1n, datum_b: 3n },
    ]],
  );
  assertEquals(conditions(), [[]]);
});

Deno.test("planSeccomp() joins all conditions by or, once two concern the same argument", () => {
  assertEquals(
    conditions(
      { index: 0, value: 1, op: "SCMP_CMP_EQ" },
      { index: 0, value: 2, op: "SCMP_CMP_EQ" },
      { index: 1, value: 3, op: "SCMP_CMP_EQ" },
    ).map((args) => args.map(({ index, datum_a }) => [index, datum_a])),
    [[[0, 1n]], [[0, 2n]], [[1, 3n]]],
  );
});

Deno.test("planSeccomp() takes the conventions of the machine, and its own without being asked", () => {
  const archs = (
    machine: "x86_64" | "aarch64",
    ...architectures: Seccomp["architectures"] & object
  ) => planSeccomp({ defaultAction: "SCMP_ACT_ALLOW", architectures }, machineArchs(machine)).archs;
  assertEquals(archs("x86_64", ...SECCOMP_ARCHS), ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
  assertEquals(archs("aarch64", ...SECCOMP_ARCHS), ["SCMP_ARCH_ARM"]);
  assertEquals(archs("x86_64", "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X86"), [
    "SCMP_ARCH_X86",
  ]);
  assertEquals(archs("x86_64", "SCMP_ARCH_S390X"), []);
  assertEquals(plan({}).archs, []);
});

Deno.test("planSeccomp() calls newer calls unknown only where the default refuses", () => {
  const refusing = SECCOMP_ACTIONS.filter((defaultAction) =>
    planSeccomp({
      defaultAction,
      listenerPath: "/l",
      syscalls: [{ names: ["sendmsg"], action: "SCMP_ACT_LOG" }],
    })
      .newerAreUnknown
  );
  assertEquals(refusing, [
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_KILL",
    "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_KILL_THREAD",
  ]);
});

const FLAG = SECCOMP_FILTER_FLAG;
const NOTIFY: SyscallRule = { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" };

Deno.test("planSeccomp() passes the flags on", () => {
  assertEquals(plan({}).flags, 0);
  assertEquals(
    plan({
      flags: [
        "SECCOMP_FILTER_FLAG_LOG",
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_TSYNC",
      ],
    }).flags,
    FLAG.SECCOMP_FILTER_FLAG_LOG | FLAG.SECCOMP_FILTER_FLAG_SPEC_ALLOW |
      FLAG.SECCOMP_FILTER_FLAG_TSYNC,
  );
});

Deno.test("planSeccomp() asks for a listener if something is to be notified", () => {
  const notified = plan({ listenerPath: "/l", listenerMetadata: "m", syscalls: [NOTIFY] });
  assertEquals(notified.listener, { path: "/l", metadata: "m" });
  assertEquals(notified.flags, FLAG.SECCOMP_FILTER_FLAG_NEW_LISTENER);
  assertEquals(plan({ listenerPath: "/l", listenerMetadata: "m" }).listener, undefined);
});

Deno.test("planSeccomp() combines the flags of a listener as the kernel wants them", () => {
  const listenerPath = "/l";
  assertEquals(
    plan({ listenerPath, syscalls: [NOTIFY], flags: ["SECCOMP_FILTER_FLAG_TSYNC"] }).flags,
    FLAG.SECCOMP_FILTER_FLAG_NEW_LISTENER | FLAG.SECCOMP_FILTER_FLAG_TSYNC |
      FLAG.SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  );
  const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] as const;
  assertEquals(
    plan({ listenerPath, syscalls: [NOTIFY], flags: [...flags] }).flags,
    FLAG.SECCOMP_FILTER_FLAG_NEW_LISTENER | FLAG.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  );
  assertEquals(plan({ flags: [...flags] }).flags, 0);
});

function refusal(seccomp: Partial<Seccomp>): string {
  let message = "";
  throws(() => plan({ listenerPath: "/l", ...seccomp }), (error) => {
    message = (error as Error).message;
    return (error as Error).name === "ConfigError";
  });
  return message;
}

Deno.test("planSeccomp() refuses a listener that could not be handed over", () => {
  const end = "the listener is handed over by that call (config-linux.md#configLinuxSeccomp)";
  assertEquals(
    refusal({ syscalls: [NOTIFY, { names: ["mkdir", "sendmsg"], action: "SCMP_ACT_NOTIFY" }] }),
    "Invalid config.json: linux.seccomp.syscalls[1].action: " +
      `must not be SCMP_ACT_NOTIFY for "sendmsg": ${end}`,
  );
  const args: SyscallArg[] = [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }];
  for (
    const syscalls of [
      [],
      [{ names: ["sendmsg"], action: "SCMP_ACT_ALLOW" as const, args }],
      [{ names: ["sendto"], action: "SCMP_ACT_ALLOW" as const }],
    ]
  ) {
    assertEquals(
      refusal({ defaultAction: "SCMP_ACT_NOTIFY", syscalls }),
      "Invalid config.json: linux.seccomp.defaultAction: " +
        `must not be SCMP_ACT_NOTIFY without another rule for "sendmsg": ${end}`,
    );
  }
});

Deno.test("planSeccomp() lets everything be notified but that", () => {
  const { listener, rules } = plan({
    defaultAction: "SCMP_ACT_NOTIFY",
    listenerPath: "/l",
    syscalls: [{ names: ["sendmsg"], action: "SCMP_ACT_ALLOW" }],
  });
  assertEquals([listener?.path, rules.length], ["/l", 1]);
});
