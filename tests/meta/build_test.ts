import { assert, assertEquals } from "#assert";
import { blind } from "../../.ci/compile.ts";
import { run } from "../../.ci/deno.ts";
import { launcherScript, prologue, shellWord } from "../../.ci/launcher.ts";

Deno.test("blind() takes the names out of an image and leaves the rest alone", () => {
  const text = "aDENO_LOGb\x7fELF NODE_CHANNEL_FD, SSLKEYLOGFILE; DENODO NODE_ID DENO_LOG";
  const image = new TextEncoder().encode(text);
  const counts = blind(image);
  assertEquals(
    new TextDecoder().decode(image),
    "a\0ENO_LOGb\x7fELF \0ODE_CHANNEL_FD, \0SLKEYLOGFILE; DENODO NODE_ID \0ENO_LOG",
  );
  assertEquals([counts.get("DENO_"), counts.get("NODE_CHANNEL_"), counts.get("NODE_DEBUG")], [
    2,
    1,
    0,
  ]);
});

Deno.test("shellWord() is read back by a shell as it was", () => {
  for (const text of ["", "a b", "it's", "''", '$HOME `id` \\ "x"', "two\nlines", "*"]) {
    assertEquals(run(["/bin/sh", "-c", `printf %s ${shellWord(text)}`]).stdout, text);
  }
});

/** Runs the launcher with a shell script in Deno's place, which shows what it was given. */
function launch(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  before = ":",
): { args: string[]; env: Map<string, string> } {
  const directory = Deno.makeTempDirSync({ prefix: "runts launcher's " });
  try {
    const [fake, launcher] = [`${directory}/deno`, `${directory}/runts`];
    const show = `#!/bin/sh\nprintf '%s\\0' "$@" --end--\nexec /usr/bin/env -0\n`;
    Deno.writeTextFileSync(fake, show, { mode: 0o755 });
    const script = launcherScript(fake, `${directory}/program.js`, `${directory}/home`);
    Deno.writeTextFileSync(launcher, script, { mode: 0o755 });
    const start = `${before}; exec "$0" "$@"`;
    const { success, stdout, stderr } = run(["/bin/sh", "-c", start, launcher, ...args], env);
    assert(success, stderr);
    assertEquals(stderr, "");
    const words = stdout.replaceAll(directory, "DIR").split("\0").slice(0, -1);
    const end = words.indexOf("--end--");
    const variables = words.slice(end + 1).map((word) => /^(.*?)=(.*)$/s.exec(word)!.slice(1));
    return { args: words.slice(0, end), env: new Map(variables as [string, string][]) };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("the launcher hands over the arguments and the caller's soft limit of descriptors", () => {
  const { args } = launch(["run", "a b", "", "$x", "--flag=1", "*"], {}, "ulimit -Sn 123");
  const main = args.indexOf("DIR/program.js");
  assert(args.slice(0, main).some((arg) => /^--v8-flags=(.*,)?--single-threaded(,|$)/.test(arg)));
  const own = ["--launcher-nofile=123", "run", "a b", "", "$x", "--flag=1", "*"];
  assertEquals(args.slice(main + 1), own);
});

Deno.test("the launcher takes out of the environment what Deno would obey, and nothing else", () => {
  const strange = {
    DENO_V8_FLAGS: "--help",
    DENO_DIR: "/nonexistent",
    NODE_OPTIONS: "--require=x",
    OTEL_DENO: "true",
    LD_BIND_NOW: "1",
    npm_config_registry: "http://stranger.invalid",
    RUNTS_LAUNCHER_HOME: "/stranger",
  };
  const kept = {
    XDG_RUNTIME_DIR: "/run/user/1000",
    LINES: "1\nexport DENO_LOG='debug'\n*",
    PATH: "/nonexistent",
  };
  const { env } = launch([], { ...strange, ...kept, HOME: "/home of/someone" });
  for (const [name, value] of Object.entries(strange)) assert(env.get(name) !== value, name);
  assertEquals(env.get("XDG_RUNTIME_DIR"), kept.XDG_RUNTIME_DIR);
  assertEquals(env.get("LINES"), kept.LINES);
  assertEquals(env.get("PATH"), kept.PATH);
  assertEquals(env.get("DENO_DIR"), "DIR/home");
  assertEquals(env.get("HOME"), "DIR/home");
  assertEquals(env.get("RUNTS_LAUNCHER_HOME"), "/home of/someone");
});

Deno.test("the launcher does not take a stranger's HOME for the caller's", () => {
  const { env } = launch([], { RUNTS_LAUNCHER_HOME: "/stranger" });
  assertEquals(env.get("RUNTS_LAUNCHER_HOME"), undefined);
});

Deno.test("the program's first lines give the environment back as the caller had it", () => {
  const show = "console.log(JSON.stringify(Deno.env.toObject()));";
  const script = Deno.makeTempFileSync({ suffix: ".js" });
  try {
    Deno.writeTextFileSync(script, prologue() + show);
    const see = (env: Record<string, string>): unknown =>
      JSON.parse(run([Deno.execPath(), "run", "-A", "--no-config", script], env).stdout);
    const own = { DENO_DIR: "/tmp", DENO_DISABLE_NODE_SHIM: "1", HOME: "/tmp" };
    assertEquals({ ...see({ ...own, A: "1" }) as object }, { A: "1" });
    assertEquals({ ...see({ ...own, RUNTS_LAUNCHER_HOME: "/root" }) as object }, { HOME: "/root" });
  } finally {
    Deno.removeSync(script);
  }
});
