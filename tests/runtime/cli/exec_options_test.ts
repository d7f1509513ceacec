import { assertEquals } from "#assert";
import { throws as assertThrows } from "node:assert/strict";
import { EXEC_COMMAND } from "../../../runtime/cli/exec_command.ts";
import { execOptions } from "../../../runtime/cli/exec_options.ts";
import { GLOBAL_FLAGS } from "../../../runtime/cli/commands.ts";
import { parseFlags } from "../../../runtime/cli/flags.ts";
import type { ExecOptions } from "../../../runtime/options.ts";

function options(...words: string[]): ExecOptions {
  const globals = parseFlags(["--root", "/r"], GLOBAL_FLAGS, "flags-first").values;
  const { values: flags, positionals: args } = parseFlags(words, EXEC_COMMAND.flags, "flags-first");
  return execOptions({ globals, flags, args, print: () => {} });
}

const NONE: ExecOptions = {
  root: "/r",
  id: "web",
  process: {
    args: ["ls", "--all", "-e", "x"],
    terminal: false,
    env: [],
    additionalGids: [],
    capabilities: [],
    noNewPrivileges: false,
  },
  detach: false,
  listenFds: 0,
  preserveFds: 0,
  cgroups: [],
  ignorePaused: false,
  rootless: "auto",
};

Deno.test("execOptions() leaves everything behind the ID to the program", () => {
  assertEquals(options("web", "ls", "--all", "-e", "x"), NONE);
  assertEquals(options("--", "web", "ls", "--all", "-e", "x"), NONE);
});

Deno.test("execOptions() takes the flags that clients send", () => {
  const words = "-t -d -e A=1 --env B=b,c=d -env C= -u 1:2 -g 3 --additional-gids 4 -c CAP_KILL " +
    "--cap CAP_CHOWN --cwd /tmp --no-new-privs --apparmor p --process-label l --preserve-fds 2 " +
    "--console-socket /c --pidfd-socket /p --pid-file /f --cgroup cpu,memory:/a --cgroup b " +
    "--ignore-paused web sh";
  assertEquals(options(...words.split(" ")), {
    ...NONE,
    process: {
      args: ["sh"],
      terminal: true,
      env: ["A=1", "B=b,c=d", "C="],
      user: { uid: 1, gid: 2 },
      additionalGids: [3, 4],
      capabilities: ["CAP_KILL", "CAP_CHOWN"],
      noNewPrivileges: true,
      cwd: "/tmp",
      apparmorProfile: "p",
      selinuxLabel: "l",
    },
    detach: true,
    preserveFds: 2,
    consoleSocket: "/c",
    pidfdSocket: "/p",
    pidFile: "/f",
    cgroups: [{ controllers: ["cpu", "memory"], path: "/a" }, { path: "b" }],
    ignorePaused: true,
  });
});

Deno.test("execOptions() takes a process from a file, or from stdin", () => {
  const { process: _, ...others } = NONE;
  const file = (file: string): ExecOptions => ({ ...others, process: { file } });
  assertEquals(options("--process", "/p.json", "web"), file("/p.json"));
  assertEquals(options("-p", "p.json", "web"), file(`${Deno.cwd()}/p.json`));
  assertEquals(options("-p", "-", "web"), file("-"));
});

Deno.test("execOptions() reads the whole of a number", () => {
  for (const text of ["x", "1x", "1:", ":1", "1:x", "1:2:3", "-1", "4294967295", "0x1", " 1"]) {
    assertThrows(() => options("-u", text, "web", "ls"), /Option --user/);
  }
  for (const text of ["", "x", "-1", "1,2", "4294967295"]) {
    assertThrows(() => options("-g", text, "web", "ls"), /Option --additional-gids/);
  }
  const { process } = options("-u", "4294967294", "web", "ls");
  assertEquals("user" in process && process.user, { uid: 4294967294 });
});

Deno.test("execOptions() refuses what is no variable, and a controller without a name", () => {
  for (const text of ["A", "=1", ""]) {
    assertThrows(() => options("-e", text, "web", "ls"), /invalid environment variable/);
  }
  assertThrows(() => options("--cgroup", ":/a", "web", "ls"), /has no name/);
});
