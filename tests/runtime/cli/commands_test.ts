import { assert, assertEquals } from "#assert";
import { COMMANDS, findCommand, GLOBAL_FLAGS, HELP_FLAG } from "../../../runtime/cli/commands.ts";
import type { Flag } from "../../../runtime/cli/flags.ts";
import { VERBS } from "../../../runtime/cli/verbs.ts";

/** `--name[ value], -alias`, hidden ones in brackets: what callers may send. */
function shape(flag: Flag): string {
  const text = flag.name + (flag.type === "boolean" ? "" : ` ${flag.type}`) +
    (flag.alias === undefined ? "" : ` ${flag.alias}`);
  return flag.hidden ? `[${text}]` : text;
}

const CREATE = [
  "bundle string b",
  "console-socket string",
  "pidfd-socket string",
  "pid-file string",
  "no-pivot",
  "no-new-keyring",
  "preserve-fds integer",
];

const CRIU = [
  "image-path string",
  "work-path string",
  "tcp-established",
  "ext-unix-sk",
  "shell-job",
  "file-locks",
  "manage-cgroups-mode string",
  "empty-ns list",
  "auto-dedup",
  "lazy-pages",
];

Deno.test("COMMANDS has the flags and arguments that clients send", () => {
  const table = Object.fromEntries(
    COMMANDS.map(({ name, args, flags }) => [name, [args.min, args.max, flags.map(shape)]]),
  );
  assertEquals(table, {
    create: [1, 1, CREATE],
    start: [1, 1, []],
    state: [1, 1, []],
    kill: [1, 2, ["[all a]"]],
    delete: [1, 1, ["force f"]],
    run: [1, 1, [...CREATE, "detach d", "keep", "no-subreaper"]],
    ps: [1, Infinity, ["format string f"]],
    pause: [1, 1, []],
    resume: [1, 1, []],
    events: [1, 1, ["interval duration", "stats"]],
    update: [1, 1, [
      "resources string r",
      "blkio-weight integer",
      "cpu-period string",
      "cpu-quota string",
      "cpu-burst string",
      "cpu-share string",
      "cpu-rt-period string",
      "cpu-rt-runtime string",
      "cpuset-cpus string",
      "cpuset-mems string",
      "cpu-idle string",
      "[kernel-memory string]",
      "[kernel-memory-tcp string]",
      "memory string",
      "memory-reservation string",
      "memory-swap string",
      "pids-limit integer",
      "l3-cache-schema string",
      "mem-bw-schema string",
    ]],
    exec: [1, Infinity, [
      "console-socket string",
      "pidfd-socket string",
      "cwd string",
      "env list e",
      "tty t",
      "user string u",
      "additional-gids list g",
      "process string p",
      "detach d",
      "pid-file string",
      "process-label string",
      "apparmor string",
      "no-new-privs",
      "cap list c",
      "preserve-fds integer",
      "cgroup list",
      "ignore-paused",
    ]],
    checkpoint: [1, 1, [
      ...CRIU,
      "parent-path string",
      "leave-running",
      "pre-dump",
      "tcp-skip-in-flight",
      "link-remap",
      "status-fd integer",
      "page-server string",
    ]],
    restore: [1, 1, [
      "bundle string b",
      "console-socket string",
      "pid-file string",
      "no-pivot",
      ...CRIU,
      "detach d",
      "no-subreaper",
      "lsm-profile string",
      "lsm-mount-context string",
    ]],
    list: [0, 0, ["format string f", "quiet q"]],
    spec: [0, 0, ["bundle string b", "rootless"]],
    features: [0, 0, []],
    completion: [1, 1, []],
    man: [0, 1, []],
    help: [0, Infinity, []],
  });
});

Deno.test("GLOBAL_FLAGS has the flags that clients send", () => {
  assertEquals(GLOBAL_FLAGS.map(shape), [
    "debug",
    "log string",
    "log-format string",
    "root string",
    "cgroup-manager string",
    "systemd-cgroup",
    "rootless string",
    "help h",
    "version v",
  ]);
});

Deno.test("COMMANDS names no flag twice", () => {
  for (
    const { name, flags } of [...COMMANDS, { name: "(global)", flags: GLOBAL_FLAGS.slice(0, 7) }]
  ) {
    const names = [...flags, HELP_FLAG].flatMap((flag) => [flag.name, flag.alias ?? []].flat());
    assertEquals(new Set(names).size, names.length, name);
  }
});

Deno.test("COMMANDS has code behind every command but help, and no code is without a command", () => {
  assertEquals(
    Object.keys(VERBS).sort(),
    COMMANDS.map(({ name }) => name).filter((name) => name !== "help").sort(),
  );
});

Deno.test("COMMANDS speaks in phrases", () => {
  for (const { name, summary, flags } of COMMANDS) {
    for (const text of [summary, ...flags.map((flag) => flag.help)]) {
      assert(text !== "" && !text.endsWith(".") && text[0] === text[0]?.toLowerCase(), name);
    }
  }
});

Deno.test("findCommand() finds by name and alias only", () => {
  assertEquals(findCommand("h")?.name, "help");
  assertEquals(findCommand("state")?.name, "state");
  assertEquals(findCommand("stat"), undefined);
  assertEquals(findCommand("constructor"), undefined);
});
