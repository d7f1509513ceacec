/** The command line as its callers use it: what goes to stdout, stderr and the log, and with which exit code. @module */
import { assert, assertEquals } from "#assert";
import { receive } from "../lib/receiver.ts";
import { exists, failure, type Result, run, RUNTS, Sandbox } from "../lib/sandbox.ts";

function runts(...args: string[]): Result {
  return run([RUNTS, ...args], { cwd: "/" });
}

Deno.test("--version and -v print lines that go-runc and dockerd understand", () => {
  for (const flag of ["--version", "-version", "-v"]) {
    const { code, stdout, stderr } = runts(flag);
    assertEquals([code, stderr], [0, ""]);
    assert(/^runts version \d+\.\d+\.\d+\n(?:commit: \S+\n)?spec: 1\.3\.0\n/.test(stdout), stdout);
  }
});

Deno.test("help is on stdout with exit code 0, however it is asked for", () => {
  const help = runts("--help").stdout;
  assert(help.startsWith("NAME:\n   runts"), help);
  for (const args of [[], ["-h"], ["help"], ["h"]]) {
    assertEquals(runts(...args), { code: 0, stdout: help, stderr: "" });
  }
  for (const command of ["create", "start", "state", "kill", "delete", "run", "list", "spec"]) {
    const { code, stdout, stderr } = runts(command, "--help");
    assertEquals([code, stderr], [0, ""]);
    assert(stdout.includes(`runts ${command}`), stdout);
    assertEquals(runts("help", command).stdout, stdout);
  }
});

Deno.test("an unknown command is exit code 3, everything else that is wrong 1", () => {
  const { code, stdout, stderr } = runts("frob");
  assertEquals([code, stdout], [3, ""]);
  assert(/ level=error msg="No help topic for 'frob'"\n$/.test(stderr), stderr);
  const wrong: [string[], RegExp][] = [
    [["state"], /runts: \\"state\\" requires exactly 1 argument\(s\)/],
    [["state", "a", "b"], /runts: \\"state\\" requires exactly 1 argument\(s\)/],
    [["kill", "a", "b", "c"], /runts: \\"kill\\" requires a maximum of 2 argument\(s\)/],
    [["kill"], /runts: \\"kill\\" requires a minimum of 1 argument\(s\)/],
    [["state", "--bogus", "a"], /flag provided but not defined: -bogus/],
    [["--bogus"], /flag provided but not defined: -bogus/],
    [["create", "a", "--bundle"], /flag needs an argument: -bundle/],
    [["delete", "--force=maybe", "a"], /invalid boolean value \\"maybe\\" for -force/],
    [["--log-format=xml", "list"], /invalid log-format: xml/],
    [["list", "--format=xml"], /invalid format option/],
  ];
  for (const [args, pattern] of wrong) {
    const result = runts(...args);
    assertEquals(result.code, 1, args.join(" "));
    assert(pattern.test(result.stderr), result.stderr);
  }
});

Deno.test("flags take one or two dashes, a value after a space or =, and any place", () => {
  using box = new Sandbox();
  const forms: string[][] = [
    ["--bundle", box.bundle, box.id],
    ["-bundle", box.bundle, box.id],
    ["--bundle=" + box.bundle, box.id],
    ["-b", box.bundle, box.id],
    ["-b=" + box.bundle, box.id],
    [box.id, "--bundle", box.bundle],
    ["--bundle=/nosuch", "--bundle", box.bundle, "--no-pivot=false", box.id],
    ["--bundle", box.bundle, "--", box.id],
  ];
  for (const form of forms) {
    assertEquals(box.runtsWith({ cwd: "/" }, "create", ...form).code, 0, form.join(" "));
    assertEquals(box.runtsWith({ cwd: "/" }, "delete", box.id, "-force").code, 0);
  }
  // conmon-rs gives global options twice.
  const root = ["--root=/nosuch", "--root", box.root];
  assertEquals(runts(...root, "list", "-q"), { code: 0, stdout: "", stderr: "" });
});

Deno.test("with --log the error is in the file, and its bare sentence on stderr", () => {
  using box = new Sandbox();
  const log = `${box.directory}/log`;
  const sentence = `Cannot open container "${box.id}": container does not exist`;
  const first = box.runts("--log", log, "--log-format", "json", "state", box.id);
  assertEquals(first, { code: 1, stdout: "", stderr: sentence + "\n" });
  box.runts("--log", log, "--log-format=json", "delete", box.id);
  const lines = Deno.readTextFileSync(log).trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.length, 2, "it is appended to");
  for (const line of lines) {
    assertEquals(Object.keys(line), ["level", "msg", "time"]);
    assertEquals([line.level, line.msg], ["error", sentence]);
    assert(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(line.time), line.time);
  }
  box.runts("--log", log, "state", box.id);
  const text = Deno.readTextFileSync(log).trimEnd().split("\n")[2]!;
  assert(/^time="[^"]+" level=error msg="Cannot open container/.test(text), text);
});

Deno.test("a log file that cannot be opened is an error before anything is done", () => {
  using box = new Sandbox();
  const sentence = failure(box.runts("--log", "/no/such/log", "create", box.id));
  assert(sentence.startsWith("Cannot open the log file: openat("), sentence);
  assertEquals(box.traces(), []);
});

Deno.test("a command that succeeds says nothing but what was asked for", () => {
  using box = new Sandbox((config) => config.process.args = ["true"]);
  for (const words of [["create"], ["start"], ["kill", "--all"], ["delete"], ["delete", "-f"]]) {
    if (words[0] === "kill") box.waitUntilStopped();
    assertEquals(box.runts(...words, box.id), { code: 0, stdout: "", stderr: "" }, words.join(" "));
  }
});

Deno.test("--debug logs each step with its clause, and the tape", () => {
  using box = new Sandbox();
  const log = `${box.directory}/log`;
  const { code, stderr } = box.runts("--debug", "--log", log, "create", box.id);
  assertEquals([code, stderr], [0, ""]);
  const text = Deno.readTextFileSync(log);
  for (
    const part of [
      /level=debug msg="read the bundle \(bundle\.md#containerFormat\): [\d.]+ ms"/,
      /level=debug msg="mount the configured filesystems \(config\.md#configMounts\): /,
      /level=debug msg="the tape:\\n.*accept4\(.*execve\(/,
    ]
  ) assert(part.test(text), String(part));
});

Deno.test("spec() writes a config.json that runs, and never over another", () => {
  using box = new Sandbox();
  const file = `${box.bundle}/config.json`;
  assertEquals(
    failure(box.runts("spec")),
    "File config.json exists. Remove it first",
  );
  Deno.removeSync(file);
  assertEquals(box.runts("spec"), { code: 0, stdout: "", stderr: "" });
  const text = Deno.readTextFileSync(file);
  assert(
    text.startsWith('{\n\t"ociVersion": "1.3.0",\n\t"process": {\n\t\t"terminal": true'),
    text,
  );
  const config = JSON.parse(text);
  config.process.terminal = false;
  config.process.args = ["echo", "from spec"];
  config.linux.cgroupsPath = `/runts-test/${box.id}`;
  box.writeConfig(JSON.stringify(config));
  assertEquals(box.output(), "from spec\n");

  const other = `${box.directory}/other`;
  Deno.mkdirSync(other);
  assertEquals(box.runts("spec", "--rootless", "--bundle", other).code, 0);
  const rootless = JSON.parse(Deno.readTextFileSync(`${other}/config.json`));
  assertEquals(rootless.linux.uidMappings, [{ containerID: 0, hostID: 0, size: 1 }]);
  assert(rootless.linux.namespaces.some(({ type }: { type: string }) => type === "user"));
  assert(failure(box.runts("spec", "--bundle=/no/such/bundle")).startsWith("Cannot write "));
});

Deno.test("features() prints the document alone, indented by four", () => {
  const { code, stdout, stderr } = runts("features");
  assertEquals([code, stderr], [0, ""]);
  assert(stdout.startsWith('{\n    "ociVersionMin": "1.0.0",\n    "ociVersionMax": "1.3.0",\n'));
  assert(stdout.endsWith("\n}\n"));
  const { hooks, mountOptions, linux } = JSON.parse(stdout);
  assertEquals(hooks, [
    "prestart",
    "createRuntime",
    "createContainer",
    "startContainer",
    "poststart",
    "poststop",
  ]);
  assert(mountOptions.includes("rro"));
  assert(linux.netDevices.enabled);
});

Deno.test("a container of every version that features() advertises runs", () => {
  using box = new Sandbox();
  const { ociVersionMin, ociVersionMax } = JSON.parse(runts("features").stdout);
  for (const version of [ociVersionMin, ociVersionMax, "1.0.2-dev", "1.9.0"]) {
    box.script("echo ok", (config) => config.ociVersion = version);
    assertEquals(box.output(), "ok\n", version);
  }
});

Deno.test("the pidfd socket receives a pidfd of init before create returns", () => {
  using box = new Sandbox((config) => config.process.args = ["true"]);
  const path = `${box.directory}/pidfd.sock`;
  using receiver = receive(path);
  box.succeed("create", "--pidfd-socket", path, box.id);
  const { text, fdinfo } = receiver.take();
  assertEquals(text, "standard");
  assertEquals(/^Pid:\t(\d+)$/m.exec(fdinfo)?.[1], String(box.state().pid));
});

Deno.test("list() without a root that was ever used is empty, and not an error", () => {
  using box = new Sandbox();
  const XDG_RUNTIME_DIR = `${box.directory}/never`;
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
  const { code, stdout } = run([...nobody, RUNTS, "list", "--format=json"], {
    cwd: "/",
    env: { XDG_RUNTIME_DIR },
  });
  assertEquals([code, stdout, exists(XDG_RUNTIME_DIR)], [0, "null\n", false]);
});
