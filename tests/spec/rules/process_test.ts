import { testCases } from "../cases.ts";

const on = "(config.md#configProcess)";
const posix = "(config.md#configPOSIXProcess)";
const linux = "(config.md#configLinuxProcess)";
const user = "(config.md#configPOSIXUser)";

function scheduler(value: Record<string, unknown>): Record<string, unknown> {
  return { process: { scheduler: value } };
}

testCases("the rules of process", [
  [
    "a relative cwd",
    { process: { cwd: "tmp" } },
    `process.cwd: must be an absolute path, got "tmp" ${on}`,
  ],
  ["an empty cwd", { process: { cwd: "" } }, `process.cwd: must be an absolute path, got "" ${on}`],
  ["a missing cwd", { process: { cwd: undefined } }, `process.cwd: is required ${on}`],
  ["missing args", { process: { args: undefined } }, `process.args: is required ${on}`],
  ["empty args", { process: { args: [] } }, `process.args: must have at least one entry ${on}`],
  [
    "an argument that is a number",
    { process: { args: ["sleep", 5] } },
    `process.args[1]: expected string, got 5 ${on}`,
  ],

  ["no user", { process: { user: undefined } }],
  ["a complete user", {
    process: { user: { uid: 4294967294, gid: 0, umask: 63, additionalGids: [5, 6] } },
  }],
  [
    "a user without IDs",
    { process: { user: { uid: undefined, gid: undefined } } },
    `process.user.uid: is required ${user}`,
    `process.user.gid: is required ${user}`,
  ],
  [
    "the ID that means none",
    { process: { user: { uid: 4294967295, additionalGids: [1, -1] } } },
    `process.user.uid: expected integer from 0 to 4294967294, got 4294967295 ${user}`,
    `process.user.additionalGids[1]: expected integer from 0 to 4294967294, got -1 ${user}`,
  ],

  ["a console of any size without a terminal", {
    process: { terminal: false, consoleSize: { height: 99999, width: 2n ** 64n - 1n } },
  }],
  ["a console with a terminal", { process: { consoleSize: { height: 65535, width: 0 } } }],
  [
    "a console that winsize cannot hold",
    { process: { consoleSize: { height: 65536, width: 80 } } },
    `process.consoleSize.height: must not exceed 65535, got 65536 ${on}`,
  ],

  ["all capabilities, and some that no kernel knows", {
    process: { capabilities: { bounding: ["CAP_NEW", "nonsense"], ambient: [] } },
  }],
  [
    "capabilities as a list",
    { process: { capabilities: ["CAP_KILL"] } },
    `process.capabilities: expected object, got array ${linux}`,
  ],

  ["limits without limit", {
    process: { rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 2n ** 64n - 1n }] },
  }],
  [
    "a limit that Linux does not have",
    { process: { rlimits: [{ type: "RLIMIT_SWAP", soft: 0, hard: 0 }] } },
    'process.rlimits[0].type: expected one of "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", ' +
    '"RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE", ' +
    `"RLIMIT_MEMLOCK", ..., got "RLIMIT_SWAP" ${posix}`,
  ],
  [
    "a limit that appears twice",
    {
      process: {
        rlimits: ["RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_AS"].map((type) => ({
          type,
          soft: 1,
          hard: 1,
        })),
      },
    },
    `process.rlimits[2].type: repeats process.rlimits[0], "RLIMIT_AS" ${posix}`,
  ],
  [
    "a soft limit above the hard one",
    { process: { rlimits: [{ type: "RLIMIT_AS", soft: 2n ** 63n, hard: 1024 }] } },
    `process.rlimits[0].soft: must not exceed hard, 1024, got 9223372036854775808 ${posix}`,
  ],
  [
    "a limit of more than 64 bits",
    { process: { rlimits: [{ type: "RLIMIT_AS", soft: 0, hard: 2n ** 64n }] } },
    "process.rlimits[0].hard: expected integer from 0 to 18446744073709551615, " +
    `got 18446744073709551616 ${posix}`,
  ],

  ["the least likely victim", { process: { oomScoreAdj: -1000 } }],
  [
    "an OOM score out of range",
    { process: { oomScoreAdj: 1001 } },
    `process.oomScoreAdj: expected integer from -1000 to 1000, got 1001 ${linux}`,
  ],

  ["the normal policy", scheduler({ policy: "SCHED_OTHER", nice: -20, flags: [] })],
  ["a batch policy", scheduler({ policy: "SCHED_BATCH", nice: 19 })],
  ["an idle policy", scheduler({ policy: "SCHED_IDLE", priority: 0, runtime: 0 })],
  [
    "a real-time policy",
    scheduler({
      policy: "SCHED_RR",
      priority: 99,
      flags: ["SCHED_FLAG_RESET_ON_FORK"],
    }),
  ],
  [
    "a deadline",
    scheduler({
      policy: "SCHED_DEADLINE",
      runtime: 10000000,
      deadline: 30000000,
      period: 2n ** 62n,
    }),
  ],
  ["a deadline without period", scheduler({ policy: "SCHED_DEADLINE", runtime: 1, deadline: 1 })],
  [
    "a scheduler without policy",
    scheduler({ nice: 1 }),
    `process.scheduler.policy: is required ${linux}`,
  ],
  [
    "a policy that Linux does not have",
    scheduler({ policy: "SCHED_ISO" }),
    'process.scheduler.policy: must not be "SCHED_ISO": Linux reserves the name and has no such ' +
    `policy ${linux}`,
  ],
  [
    "nice out of range",
    scheduler({ policy: "SCHED_OTHER", nice: 20 }),
    `process.scheduler.nice: must be from -20 to 19, got 20 ${linux}`,
  ],
  [
    "a real-time policy without priority",
    scheduler({ policy: "SCHED_FIFO" }),
    `process.scheduler.priority: must be from 1 to 99 for SCHED_FIFO, got 0 ${linux}`,
  ],
  [
    "a priority out of its place",
    scheduler({ policy: "SCHED_OTHER", priority: 1 }),
    `process.scheduler.priority: must be absent or 0 for SCHED_OTHER, got 1 ${linux}`,
  ],
  [
    "a deadline out of its place",
    scheduler({ policy: "SCHED_OTHER", runtime: 1, deadline: 2, period: 3 }),
    `process.scheduler.runtime: must be absent or 0 for SCHED_OTHER, got 1 ${linux}`,
    `process.scheduler.deadline: must be absent or 0 for SCHED_OTHER, got 2 ${linux}`,
    `process.scheduler.period: must be absent or 0 for SCHED_OTHER, got 3 ${linux}`,
  ],
  [
    "a deadline that contradicts itself",
    scheduler({ policy: "SCHED_DEADLINE", runtime: 5, deadline: 4, period: 3 }),
    `process.scheduler.runtime: must not exceed deadline, 4, got 5 ${linux}`,
    `process.scheduler.deadline: must not exceed period, 3, got 4 ${linux}`,
  ],
  [
    "a flag that is none",
    scheduler({ policy: "SCHED_OTHER", flags: ["SCHED_FLAG_X"] }),
    'process.scheduler.flags[0]: expected one of "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", ' +
    '"SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS", ' +
    `"SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX", got "SCHED_FLAG_X" ${linux}`,
  ],

  ["an I/O priority", { process: { ioPriority: { class: "IOPRIO_CLASS_IDLE", priority: 7 } } }],
  [
    "an I/O priority without a level",
    { process: { ioPriority: { class: "IOPRIO_CLASS_BE" } } },
    `process.ioPriority.priority: is required ${linux}`,
  ],
  [
    "an I/O priority that is none",
    { process: { ioPriority: { class: "BE", priority: 8 } } },
    'process.ioPriority.class: expected one of "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", ' +
    `"IOPRIO_CLASS_IDLE", got "BE" ${linux}`,
    `process.ioPriority.priority: expected integer from 0 to 7, got 8 ${linux}`,
  ],

  ["CPU lists", { process: { execCPUAffinity: { initial: "7", final: "0-3, 7" } } }],
  ["an empty CPU list", { process: { execCPUAffinity: { final: "" } } }],
  [
    "CPU lists that are none",
    { process: { execCPUAffinity: { initial: "3-1", final: "0,,1" } } },
    `process.execCPUAffinity.initial: must be a list of CPUs such as "0-3,7", got "3-1" ${linux}`,
    `process.execCPUAffinity.final: must be a list of CPUs such as "0-3,7", got "0,,1" ${linux}`,
  ],
]);
