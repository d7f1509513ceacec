import { assert, assertEquals } from "#assert";
import type { Invocation, VerbTable } from "../../../runtime/cli/invocation.ts";
import { commandHelp, globalHelp } from "../../../runtime/cli/help.ts";
import { findCommand } from "../../../runtime/cli/commands.ts";
import { main } from "../../../runtime/cli/main.ts";
import { configureLog } from "../../../runtime/log.ts";
import { versionText } from "../../../runtime/version.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  /** With the times of log lines replaced by T. */
  readonly stderr: string;
}

const OK: VerbTable = {
  state: () => Promise.resolve(({ args, print }) => (print(`state of ${args[0]}`), 0)),
  delete: () => Promise.resolve(({ flags, print }) => (print(String(flags.boolean("force"))), 0)),
  kill: () => Promise.resolve(({ args, print }) => (print(JSON.stringify(args)), 0)),
  list: () => Promise.resolve(() => 0),
  run: () => Promise.resolve(() => 137),
};

async function call(args: readonly string[], verbs: VerbTable = OK): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const code = await main(args, {
    verbs,
    print: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
  });
  configureLog({ format: "text", debug: false });
  return { code, stdout, stderr: stderr.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "T") };
}

function helpOf(name: string): string {
  const command = findCommand(name);
  assert(command !== undefined);
  return commandHelp(command);
}

function errorLine(message: string): string {
  return `time="T" level=error msg="${message}"\n`;
}

const SILENT: readonly (readonly [string, string, number])[] = [
  ["state x", "state of x", 0],
  ["-- state x", "state of x", 0],
  ["--root /a --root=/b -debug=false state -- x", "state of x", 0],
  ["delete x", "false", 0],
  ["delete x --force", "true", 0],
  ["delete -force x", "true", 0],
  ["kill x 9", '["x","9"]', 0],
  ["kill -a x", '["x"]', 0],
  ["run x", "", 137],
  ["list --", "", 0],
];

for (const [line, stdout, code] of SILENT) {
  Deno.test(`main() runs "${line}" and returns its exit code`, async () => {
    assertEquals(await call(line.split(" ")), { code, stdout, stderr: "" });
  });
}

for (
  const line of ["", "--help", "-h", "help", "h", "--help state", "--help --version", "--debug"]
) {
  Deno.test(`main() shows the help for "${line}"`, async () => {
    const words = line.split(" ").filter(Boolean);
    assertEquals(await call(words), { code: 0, stdout: globalHelp(), stderr: "" });
  });
}

for (const line of ["help state", "h state", "state --help", "state -h", "state a b --help"]) {
  Deno.test(`main() shows the help of a command for "${line}"`, async () => {
    assertEquals(await call(line.split(" ")), { code: 0, stdout: helpOf("state"), stderr: "" });
  });
}

for (const line of ["--version", "-v", "--version state x"]) {
  Deno.test(`main() prints the version for "${line}"`, async () => {
    assertEquals(await call(line.split(" ")), {
      code: 0,
      stdout: versionText(),
      stderr: "",
    });
  });
}

for (const name of ["frob", "version", "-", "constructor"]) {
  Deno.test(`main() answers the unknown command "${name}" with 3`, async () => {
    const stderr = errorLine(`No help topic for '${name}'`);
    assertEquals(await call([name, "x"]), { code: 3, stdout: "", stderr });
    assertEquals(await call(["help", name]), { code: 3, stdout: "", stderr });
  });
}

Deno.test("main() answers a command without code with 3", async () => {
  assertEquals((await call(["features"])).code, 3);
});

const ARITY: readonly (readonly [string, string])[] = [
  ["state", "exactly 1"],
  ["state a b", "exactly 1"],
  ["list a", "exactly 0"],
  ["kill", "a minimum of 1"],
  ["kill a b c", "a maximum of 2"],
  ["run", "exactly 1"],
];

for (const [line, wanted] of ARITY) {
  Deno.test(`main() refuses "${line}": ${wanted}`, async () => {
    const [name = "", ...rest] = line.split(" ");
    assertEquals(await call([name, ...rest]), {
      code: 1,
      stdout: `Incorrect Usage.\n\n${helpOf(name)}`,
      stderr: errorLine(`runts: \\"${name}\\" requires ${wanted} argument(s)`),
    });
  });
}

Deno.test("main() takes the empty string as an argument", async () => {
  assertEquals((await call(["state", ""])).stdout, "state of ");
});

Deno.test("main() shows the help of the command for a bad flag", async () => {
  assertEquals(await call(["state", "--bogus", "x"]), {
    code: 1,
    stdout: `Incorrect Usage: flag provided but not defined: -bogus\n\n${helpOf("state")}`,
    stderr: errorLine("flag provided but not defined: -bogus"),
  });
});

Deno.test("main() shows the global help for a bad global flag", async () => {
  assertEquals(await call(["--root"]), {
    code: 1,
    stdout: `Incorrect Usage. flag needs an argument: -root\n\n${globalHelp()}`,
    stderr: errorLine("flag needs an argument: -root"),
  });
});

Deno.test("main() refuses an unknown log format", async () => {
  const stderr = errorLine("invalid log-format: xml");
  assertEquals(await call(["--log-format", "xml", "list"]), { code: 1, stdout: "", stderr });
});

function failing(error: unknown): VerbTable {
  return {
    state: () =>
      Promise.resolve(() => {
        throw error;
      }),
  };
}

Deno.test("main() reports what a command throws, once, and returns 1", async () => {
  assertEquals(await call(["state", "x"], failing(new Error("container does not exist"))), {
    code: 1,
    stdout: "",
    stderr: errorLine("container does not exist"),
  });
  assertEquals(
    (await call(["--log-format=json", "state", "x"], failing(new TypeError("a\nb")))).stderr,
    '{"level":"error","msg":"a\\nb","time":"T"}\n',
  );
});

Deno.test("main() reports a failing import of a command's code", async () => {
  const broken: VerbTable = { state: () => Promise.reject(new Error("no such module")) };
  assertEquals((await call(["state", "x"], broken)).code, 1);
});

Deno.test("main() keeps the failure before the one of its undoing", async () => {
  const error = new SuppressedError(new Error("EBUSY"), new Error("ENOENT"));
  const { stderr } = await call(["state", "x"], failing(error));
  assertEquals(stderr, errorLine("ENOENT; and undoing it: EBUSY"));
});

Deno.test("main() puts the error into the log file and its bare sentence on stderr", async () => {
  const file = await Deno.makeTempFile();
  const args = ["--log", file, "--log-format", "json", "state", "x"];
  const outcome = await call(args, failing(new Error("container does not exist")));
  assertEquals(outcome, { code: 1, stdout: "", stderr: "container does not exist\n" });
  const { time, ...rest } = JSON.parse(await Deno.readTextFile(file));
  assertEquals(rest, { level: "error", msg: "container does not exist" });
  assert(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  await Deno.remove(file);
});

Deno.test("main() puts a wrong command line into the log file as well", async () => {
  const file = await Deno.makeTempFile();
  assertEquals((await call(["--log", file, "frob"])).stderr, "No help topic for 'frob'\n");
  assert((await Deno.readTextFile(file)).includes("No help topic for 'frob'"));
  await Deno.remove(file);
});

Deno.test("main() does nothing when the log file cannot be opened", async () => {
  const { code, stdout, stderr } = await call(["--log", "/proc/nonexistent/x", "state", "x"]);
  assertEquals([code, stdout], [1, ""]);
  assert(stderr.includes('openat(AT_FDCWD, \\"/proc/nonexistent/x\\"'), stderr);
  assert(stderr.includes("No such file or directory"), stderr);
  assertEquals(stderr.trimEnd().split("\n").length, 1);
});

Deno.test("main() logs the stack of an error with --debug only", async () => {
  const error = new Error("boom");
  const { stderr } = await call(["--debug", "state", "x"], failing(error));
  assert(stderr.startsWith('time="T" level=debug msg="Error: boom\\n    at '), stderr);
  assert(stderr.endsWith("level=error msg=boom\n"), stderr);
});

Deno.test("main() hands the flags of both sides to the command", async () => {
  const calls: Invocation[] = [];
  const verbs: VerbTable = {
    run: () => Promise.resolve((invocation) => calls.push(invocation)),
  };
  await call(["--systemd-cgroup", "--rootless", "false", "run", "-d", "x", "-b=/b"], verbs);
  assertEquals(
    calls.map(({ globals, flags, args }) => [
      globals.boolean("systemd-cgroup"),
      globals.string("rootless"),
      flags.boolean("detach"),
      flags.string("bundle"),
      args,
    ]),
    [[true, "false", true, "/b", ["x"]]],
  );
});
