import { testCases } from "../cases.ts";

const at = "(config-linux.md#configLinuxSeccomp)";

function seccomp(value: Record<string, unknown>): { linux: Record<string, unknown> } {
  return { linux: { seccomp: { defaultAction: "SCMP_ACT_ALLOW", ...value } } };
}

function rule(value: Record<string, unknown>): { linux: Record<string, unknown> } {
  return seccomp({ syscalls: [{ names: ["getcwd"], action: "SCMP_ACT_ERRNO", ...value }] });
}

testCases("the rules of seccomp", [
  ["an action alone", seccomp({})],
  [
    "a full filter",
    seccomp({
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 38,
      architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_SHEB"],
      flags: ["SECCOMP_FILTER_FLAG_LOG"],
      listenerPath: "/run/agent.sock",
      listenerMetadata: "x",
      syscalls: [{
        names: ["personality", "no_such_call"],
        action: "SCMP_ACT_NOTIFY",
        args: [{ index: 5, value: 2n ** 64n - 1n, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      }],
    }),
  ],
  [
    "no action",
    seccomp({ defaultAction: undefined }),
    `linux.seccomp.defaultAction: is required ${at}`,
  ],
  [
    "a rule without names",
    rule({ names: [] }),
    `linux.seccomp.syscalls[0].names: must have at least one entry ${at}`,
  ],
  [
    "error numbers",
    seccomp({
      syscalls: [
        { names: ["a"], action: "SCMP_ACT_ERRNO", errnoRet: 4095 },
        { names: ["a"], action: "SCMP_ACT_TRACE", errnoRet: 65535 },
      ],
    }),
  ],
  ...["ALLOW", "KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "LOG"].map((action) =>
    [
      `an error number for ${action}`,
      rule({ action: `SCMP_ACT_${action}`, errnoRet: 1 }),
      "linux.seccomp.syscalls[0].errnoRet: must be absent: " +
      `SCMP_ACT_${action} returns no error number ${at}`,
    ] as const
  ),
  [
    "a default error number without its action",
    seccomp({ defaultErrnoRet: 1 }),
    `linux.seccomp.defaultErrnoRet: must be absent: SCMP_ACT_ALLOW returns no error number ${at}`,
  ],
  [
    "an error number that the kernel would cut",
    rule({ errnoRet: 4096 }),
    `linux.seccomp.syscalls[0].errnoRet: must not exceed 4095 for SCMP_ACT_ERRNO, got 4096 ${at}`,
  ],
  [
    "metadata without a listener",
    seccomp({ listenerMetadata: "x" }),
    `linux.seccomp.listenerPath: is required beside listenerMetadata ${at}`,
  ],
  ["a listener without anything to notify", seccomp({ listenerPath: "/a" })],
  [
    "a notification without a listener",
    rule({ action: "SCMP_ACT_NOTIFY" }),
    `linux.seccomp.listenerPath: is required for SCMP_ACT_NOTIFY ${at}`,
  ],
  [
    "a default notification without a listener",
    seccomp({ defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "" }),
    `linux.seccomp.listenerPath: is required for SCMP_ACT_NOTIFY ${at}`,
  ],
  [
    "a seventh argument",
    rule({ args: [{ index: 6, value: -1, op: "SCMP_CMP_EQ" }] }),
    `linux.seccomp.syscalls[0].args[0].index: expected integer from 0 to 5, got 6 ${at}`,
    "linux.seccomp.syscalls[0].args[0].value: expected integer from 0 to 18446744073709551615, " +
    `got -1 ${at}`,
  ],
  [
    "names of libseccomp that are none",
    seccomp({ flags: ["TSYNC"], architectures: ["X86"] }),
    'linux.seccomp.architectures[0]: expected one of "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", ' +
    '"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", ' +
    '"SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", ..., got "X86" ' + at,
    'linux.seccomp.flags[0]: expected one of "SECCOMP_FILTER_FLAG_LOG", ' +
    '"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC", ' +
    `"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", got "TSYNC" ${at}`,
  ],
]);
