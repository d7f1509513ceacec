/**
 * What the caller's environment and directory can do to the executable: nothing.
 *
 * The same cases for dist/runts, whichever form it has, and for a launcher made here.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { spawn } from "node:child_process";
import { run } from "../../.ci/deno.ts";
import { ROOT } from "../meta/files.ts";

const DIST = `${ROOT}/dist/runts`;

interface Place {
  /** The executable. */
  readonly program: string;
  /** A directory full of traps. */
  readonly trap: string;
}

/** Every file that some tool would take for its configuration, broken or hostile. */
function setTrap(directory: string): string {
  const trap = `${directory}/trap`;
  Deno.mkdirSync(`${trap}/node_modules/zod`, { recursive: true });
  for (const name of ["deno.json", "deno.jsonc", "deno.lock", "import_map.json", "tsconfig.json"]) {
    Deno.writeTextFileSync(`${trap}/${name}`, "{ broken");
  }
  Deno.writeTextFileSync(`${trap}/package.json`, `{ "type": "commonjs", broken`);
  Deno.writeTextFileSync(`${trap}/.npmrc`, "@x:registry=ht!tp://\n");
  Deno.writeTextFileSync(`${trap}/.env`, "DENO_V8_FLAGS=--help\n");
  Deno.writeTextFileSync(`${trap}/evil.js`, `Deno.writeTextFileSync("${trap}/ran", "");\n`);
  Deno.writeTextFileSync(`${trap}/mod.ts`, `Deno.writeTextFileSync("${trap}/ran", "");\n`);
  return trap;
}

const EXPECTED =
  /^runts version [0-9.]+\n(?:commit: .+\n)?spec: 1\.3\.0\ndeno: [0-9.]+\n(?:libseccomp: [0-9.]+\n)?$/;

/** What `--version` says in this environment; its stderr must stay empty. */
function version(program: string, cwd: string, env: Record<string, string>): string {
  const { success, stdout, stderr } = run([
    "/bin/sh",
    "-c",
    'cd "$1" && exec "$0" --version',
    program,
    cwd,
  ], env);
  assertEquals(stderr, "");
  assert(success);
  return stdout;
}

/** Each is tried alone. NODE_CHANNEL_FD has a test of its own. */
function hostile({ trap }: Place): Record<string, string>[] {
  return [
    { DENO_INTERNAL_CHILD_ENTRYPOINT: `${trap}/evil.js`, NODE_CHANNEL_FD: "0" },
    { NODE_CHANNEL_FD: "x" },
    { NODE_OPTIONS: `--require ${trap}/evil.js --import ${trap}/evil.js` },
    { NODE_DEBUG: "fs,net", NODE_UNIQUE_ID: "1", NODE_CLUSTER_SCHED_POLICY: "none" },
    { DENO_V8_FLAGS: "--help" },
    { DENO_STARTUP_PHASES: "1", DENO_LOG: "trace", RUST_LOG: "trace", DENO_TRACE_PERMISSIONS: "1" },
    { DENO_TOKIO_METRICS: "1", DENO_TOKIO_METRICS_INTERVAL: "1" },
    { DENO_TOKIO_EVENT_INTERVAL: "x" },
    { DENO_TOKIO_GLOBAL_QUEUE_INTERVAL: "0" },
    { DENO_DIR: "/nonexistent/deno", DENO_CONDITIONS: "x", DENO_COMPAT: "1", DENO_JOBS: "x" },
    { DENO_UNSTABLE_CRON_SOCK: "unix:/nonexistent", DENO_USR2_MEMORY_TRIM: "1" },
    { DENO_EXTRA_STDIO_FDS: "0,1,2", DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0" },
    { DENO_PERMISSION_BROKER_PATH: "/nonexistent", DENO_CERT: "/nonexistent" },
    { DENO_COVERAGE_DIR: trap, NODE_V8_COVERAGE: trap },
    { OTEL_DENO: "true", OTEL_DENO_CONSOLE: "replace", OTEL_EXPORTER_OTLP_PROTOCOL: "console" },
    { HOME: trap, XDG_CACHE_HOME: "/nonexistent", XDG_DATA_HOME: "/nonexistent" },
    { TMPDIR: "/nonexistent", PATH: trap, LANG: "xx", LC_ALL: "yy" },
    { NO_COLOR: "1", FORCE_COLOR: "3", TERM: "dumb", CI: "1" },
    { SSLKEYLOGFILE: `${trap}/ran` },
    { NPM_CONFIG_REGISTRY: "x", npm_config_registry: "x", JSR_URL: "x" },
    { LD_BIND_NOW: "1", LD_LIBRARY_PATH: trap, GLIBC_TUNABLES: "glibc.malloc.check=3" },
    { "BASH_FUNC_ulimit%%": `() { touch ${trap}/ran; }`, ENV: `${trap}/evil.js` },
  ];
}

/** Runs `--version` as a child with an IPC channel, which is how Deno tells a program to run another module. */
function versionByFork({ program, trap }: Place): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(program, ["--version"], {
    env: { DENO_INTERNAL_CHILD_ENTRYPOINT: `${trap}/evil.js` },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  let text = "";
  child.stdout!.on("data", (chunk) => text += chunk);
  child.on("error", reject);
  child.on("close", () => resolve(text));
  return promise;
}

async function checkAll(t: Deno.TestContext, place: Place): Promise<void> {
  const { program, trap } = place;
  const expected = version(program, "/", {});
  await t.step("says its version without any environment", () => {
    assert(EXPECTED.test(expected), expected);
  });
  await t.step("starts in a directory full of traps", () => {
    assertEquals(version(program, trap, {}), expected);
  });
  for (const env of hostile(place)) {
    await t.step(`is not moved by ${Object.keys(env).join(", ")}`, () => {
      assertEquals(version(program, trap, env), expected);
    });
  }
  await t.step("runs no other module when it is told to by an IPC channel", async () => {
    assertEquals(await versionByFork(place), expected);
  });
  await t.step("runs with stdin, stdout and stderr closed", () => {
    for (const closed of ["<&-", "2>&-", "<&- 2>&-"]) {
      assertEquals(
        run(["/bin/sh", "-c", `exec "$0" --version ${closed}`, program], {}).stdout,
        expected,
      );
    }
    const all = run(["/bin/sh", "-c", 'exec "$0" --version <&- >&- 2>&-', program], {});
    assertEquals([all.code, all.stdout, all.stderr], [0, "", ""]);
  });
  await t.step("needs nothing that can be written to", () => {
    const script =
      'mount -o remount,bind,ro / && mount -t tmpfs -o ro none /root && exec "$0" --version';
    const found = run(["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, program], {
      PATH: "/usr/bin:/bin",
    });
    assertEquals([found.stdout, found.stderr], [expected, ""]);
  });
  await t.step("has sprung no trap", () => {
    assertEquals([...Deno.readDirSync(trap)].filter(({ name }) => name === "ran"), []);
  });
}

/** The traps, for as long as the test runs. */
async function withTrap(check: (directory: string, trap: string) => Promise<void>): Promise<void> {
  const directory = Deno.makeTempDirSync({ prefix: "runts-binary-" });
  try {
    await check(directory, setTrap(directory));
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("dist/runts belongs to nobody's environment", (t) =>
  withTrap((_, trap) => checkAll(t, { program: DIST, trap })));

/** Whether there is a way out: the bundler comes from the npm registry. */
function hasNetwork(): boolean {
  return Deno.readTextFileSync("/proc/net/route").trimEnd().split("\n").length > 1;
}

Deno.test({
  name: "a launcher belongs to nobody's environment",
  ignore: !hasNetwork(),
  fn: (t) =>
    withTrap(async (directory, trap) => {
      const program = `${directory}/it's a launcher/runts`;
      const build = [
        Deno.execPath(),
        "run",
        "-A",
        `${ROOT}/.ci/build.ts`,
        "--launcher",
        `--output=${program}`,
      ] as const;
      const { success, stderr } = run(build);
      assert(success, stderr);
      assert(stderr.includes("LAUNCHER"), "it says plainly what it is");
      await checkAll(t, { program, trap });
    }),
});
