/** Bad input: one clear sentence, exit code 1, and a host that is as it was. @module */
import { assert, assertEquals } from "#assert";
import { type Editable, failure, run, RUNTS, Sandbox } from "../lib/sandbox.ts";

interface Case {
  readonly name: string;
  /** Spoils the bundle. */
  readonly spoil: (box: Sandbox) => void;
  /** Options before the ID. */
  readonly options?: readonly string[];
  /** The whole sentence, or what it has to match. */
  readonly says: string | RegExp;
}

function configured(edit: (config: Editable) => void): (box: Sandbox) => void {
  return (box) => box.configure(edit);
}

function written(text: string): (box: Sandbox) => void {
  return (box) => box.writeConfig(text);
}

function nothing(): void {}
const INVALID = "Cannot validate the configuration: Invalid config.json: ";

const CASES: readonly Case[] = [
  {
    name: "a bundle that is not there",
    spoil: nothing,
    options: ["--bundle", "/no/such/bundle"],
    says:
      /^Cannot read the bundle: openat\(AT_FDCWD, "\/no\/such\/bundle\/config\.json".*ENOENT.*: JSON specification file config\.json not found$/,
  },
  {
    name: "a bundle that is a file",
    spoil: nothing,
    options: ["--bundle=/etc/passwd"],
    says: /ENOTDIR.*: JSON specification file config\.json not found$/,
  },
  {
    name: "a bundle without config.json",
    spoil: (box) => Deno.removeSync(`${box.bundle}/config.json`),
    says: /^Cannot read the bundle: .*: JSON specification file config\.json not found$/,
  },
  {
    name: "a config.json that is a directory",
    spoil: (box) => {
      Deno.removeSync(`${box.bundle}/config.json`);
      Deno.mkdirSync(`${box.bundle}/config.json`);
    },
    says: /^Cannot read the bundle: Cannot read ".*\/config\.json": read\(.*EISDIR/,
  },
  {
    name: "an empty config.json",
    spoil: written(""),
    says: `${INVALID}line 1, column 1: expected value, got end of text (config.md#configuration)`,
  },
  {
    name: "broken JSON",
    spoil: written('{"ociVersion": "1.0.0",\n "process": }'),
    says: `${INVALID}line 2, column 13: expected value, got "}" (config.md#configuration)`,
  },
  {
    name: "JSON that is cut off",
    spoil: (box) => {
      const text = Deno.readTextFileSync(`${box.bundle}/config.json`);
      box.writeConfig(text.slice(0, -1));
    },
    says: /Invalid config\.json: line 1, column \d+: expected .* got end of text/,
  },
  {
    name: "a config.json that is not UTF-8",
    spoil: (box) =>
      Deno.writeFileSync(`${box.bundle}/config.json`, new Uint8Array([0x7b, 0xff, 0x7d])),
    says: /^Cannot read the bundle: Cannot decode ".*\/config\.json": it is not UTF-8$/,
  },
  {
    name: "a config.json that is no object",
    spoil: written("[]"),
    says: `${INVALID}expected object, got array (config.md#configuration)`,
  },
  {
    name: "an ociVersion of another major version",
    spoil: configured((config) => config.ociVersion = "2.0.0"),
    says:
      `${INVALID}ociVersion: must be of major version 1, got "2.0.0" (config.md#configSpecificationVersion)`,
  },
  {
    name: "a rootfs that is not there",
    spoil: configured((config) => config.root.path = "nosuch"),
    says: /^Cannot bind the root on itself: openat\(AT_FDCWD, ".*\/nosuch", .*ENOENT/,
  },
  {
    name: "a rootfs that is a file",
    spoil: configured((config) => config.root.path = "config.json"),
    says: /^Cannot bind the root on itself: openat\(AT_FDCWD, ".*\/config\.json", .*ENOTDIR/,
  },
  {
    name: "a namespace path that is not there",
    spoil: configured((config) => config.linux.namespaces[1].path = "/no/such/netns"),
    says:
      /^Cannot join the namespaces: linux\.namespaces\[1\]\.path: openat\(AT_FDCWD, "\/no\/such\/netns".*ENOENT/,
  },
  {
    name: "a namespace path that is a common file",
    spoil: configured((config) => config.linux.namespaces[1].path = "/etc/passwd"),
    says:
      /^Cannot join the namespaces: linux\.namespaces\[1\]\.path: .*EINVAL.*is it a namespace of that type\?\)$/,
  },
  {
    name: "a namespace path of another type",
    spoil: configured((config) => config.linux.namespaces[1].path = "/proc/self/ns/uts"),
    says:
      /^Cannot join the namespaces: linux\.namespaces\[1\]\.path: setns\(.*CLONE_NEWNET\): EINVAL.*is it a namespace of that type\?\)$/,
  },
  {
    name: "a program that is not in PATH",
    spoil: configured((config) => config.process.args = ["nosuch", "-x"]),
    says:
      'Cannot find the program: process.args[0]: exec: "nosuch": executable file not found in $PATH',
  },
  {
    name: "a program that is not there",
    spoil: configured((config) => config.process.args = ["/bin/nosuch"]),
    says:
      'Cannot find the program: process.args[0]: exec: "/bin/nosuch": no such file or directory',
  },
  {
    name: "a program that is a directory",
    spoil: configured((config) => config.process.args = ["/bin"]),
    says: 'Cannot find the program: process.args[0]: exec: "/bin": is a directory',
  },
  {
    name: "a program below a file",
    spoil: configured((config) => config.process.args = ["/bin/sh/x"]),
    says: 'Cannot find the program: process.args[0]: exec: "/bin/sh/x": not a directory',
  },
  {
    name: "a program that nobody may execute",
    spoil: configured((config) => config.process.args = ["/etc/passwd"]),
    says: 'Cannot find the program: process.args[0]: exec: "/etc/passwd": permission denied',
  },
  {
    name: "a program that is a link to nothing",
    spoil: (box) => {
      Deno.symlinkSync("nosuch", `${box.rootfs}/bin/broken`);
      box.configure((config) => config.process.args = ["/bin/broken"]);
    },
    says:
      'Cannot find the program: process.args[0]: exec: "/bin/broken": no such file or directory',
  },
  {
    name: "a current directory that is a file",
    spoil: configured((config) => config.process.cwd = "/etc/passwd"),
    says: /^Cannot (?:make|enter) the current directory: .*ENOTDIR/,
  },
  {
    name: "a sysctl that does not exist",
    spoil: configured((config) => config.linux.sysctl = { "net.nosuch": "1" }),
    says: /^Cannot write the sysctls: linux\.sysctl\["net\.nosuch"\]: openat2\(.*ENOENT/,
  },
  {
    name: "a sysctl whose value the kernel refuses",
    spoil: configured((config) => config.linux.sysctl = { "net.ipv4.ip_forward": "many" }),
    says: /^Cannot write the sysctls: linux\.sysctl\["net\.ipv4\.ip_forward"\]: write\(.*EINVAL/,
  },
  {
    name: "a mount whose source is not there",
    spoil: configured((config) =>
      config.mounts.push({ destination: "/mnt", source: "/no/such/source", options: ["bind"] })
    ),
    says: /^Cannot mount the configured filesystems: .*\/no\/such\/source.*ENOENT/,
  },
  {
    name: "a mount of a filesystem that the kernel does not have",
    spoil: configured((config) =>
      config.mounts.push({ destination: "/mnt", type: "nosuchfs", source: "none" })
    ),
    says: /^Cannot mount the configured filesystems: .*nosuchfs.*ENODEV/,
  },
  {
    name: "a console socket that is not there",
    spoil: configured((config) => config.process.terminal = true),
    options: ["--console-socket", "/no/such/socket"],
    says: /^Cannot open the sockets: .*ENOENT/,
  },
  {
    name: "a console socket that nobody listens to",
    spoil: (box) => {
      Deno.writeTextFileSync(`${box.directory}/socket`, "");
      box.configure((config) => config.process.terminal = true);
    },
    // Relative to the bundle.
    options: ["--console-socket", "../socket"],
    says: /^Cannot open the sockets: connect\(.*ECONNREFUSED/,
  },
  {
    name: "a pidfd socket that is not there",
    spoil: nothing,
    options: ["--pidfd-socket", "/no/such/socket"],
    says: /^Cannot send the pidfd: .*ENOENT/,
  },
  {
    name: "a cgroupsPath that leads out",
    spoil: configured((config) => config.linux.cgroupsPath = "/../../x"),
    says: /^Cannot create the cgroup: .*linux\.cgroupsPath: must not lead out of where it starts/,
  },
  {
    name: "a hook with a relative path",
    spoil: configured((config) => config.hooks = { poststop: [{ path: "bin/true" }] }),
    says:
      `${INVALID}hooks.poststop[0].path: must be an absolute path, got "bin/true" (config.md#configHooks)`,
  },
];

for (const { name, spoil, options = [], says } of CASES) {
  Deno.test(`create() refuses ${name}`, () => {
    using box = new Sandbox();
    spoil(box);
    const sentence = failure(box.runts("create", ...options, box.id));
    if (typeof says === "string") assertEquals(sentence, says);
    else assert(says.test(sentence), sentence);
    assertEquals(box.traces(), []);
    assertEquals(failure(box.runts("state", box.id)).includes("container does not exist"), true);
  });
}

Deno.test("create() reports all invalid values at once, each with its path and clause", () => {
  using box = new Sandbox((config) => {
    config.process.cwd = "relative";
    config.process.args = [];
    config.process.user.uid = -1;
    config.linux.namespaces[2].type = "nosuch";
    config.mounts[1].destination = 5;
  });
  const sentence = failure(box.runts("create", box.id));
  const [head, ...issues] = sentence.replace("errors: ", "errors; ").split("; ");
  assertEquals(head, "Cannot validate the configuration: config.json has 5 errors");
  assertEquals(issues.map((issue) => issue.replace(/: .* \(/, " (")).sort(), [
    "linux.namespaces[2].type (config-linux.md#configLinuxNamespaces)",
    "mounts[1].destination (config.md#configMounts)",
    "process.args (config.md#configProcess)",
    "process.cwd (config.md#configProcess)",
    "process.user.uid (config.md#configPOSIXUser)",
  ]);
});

Deno.test("create() refuses an ID that is no clean file name", () => {
  using box = new Sandbox();
  const invalid = "Cannot check the container ID: invalid container ID format";
  for (const id of [".", "..", "a/b", "../x", "a b", "ü", "a\n", "$x", "a:b"]) {
    assertEquals(failure(box.runts("create", id)), invalid, id);
    assertEquals(failure(box.runts("state", id)), "invalid container ID format", id);
  }
  assertEquals(
    failure(box.runts("create", "")),
    "Cannot check the container ID: container id cannot be empty",
  );
  assertEquals(failure(box.runts("delete", "--force", "")), "container id cannot be empty");
  assertEquals(failure(box.runts("delete", "--force", "..")), "invalid container ID format");
  for (const id of [".x", "a.b", "A_1+2-3", "x".repeat(200)]) {
    box.configure((config) => config.linux.cgroupsPath = `/runts-test/${box.id}`);
    assertEquals(box.runts("run", id).code, 0, id);
  }
});

Deno.test("start() says why the kernel does not execute the program", () => {
  using box = new Sandbox();
  const file = (name: string, text: string, mode: number) => {
    Deno.writeTextFileSync(`${box.rootfs}/bin/${name}`, text);
    Deno.chmodSync(`${box.rootfs}/bin/${name}`, mode);
  };
  file("no-format", "this is no program\n", 0o755);
  file("no-interpreter", "#!/no/such/interpreter\n", 0o755);
  file("bad-interpreter", "#!/etc/passwd\n", 0o755);
  file("roots-own", "#!/bin/sh\n", 0o700);
  const cases: [program: string, uid: number, errno: string][] = [
    ["no-format", 0, "ENOEXEC (Exec format error)"],
    ["no-interpreter", 0, "ENOENT (No such file or directory)"],
    ["bad-interpreter", 0, "EACCES (Permission denied)"],
    ["roots-own", 1000, "EACCES (Permission denied)"],
  ];
  for (const [program, uid, errno] of cases) {
    box.configure((config) => {
      config.process.args = [program, "argument"];
      config.process.user = { uid, gid: uid };
    });
    box.succeed("create", box.id);
    assertEquals(
      failure(box.runts("start", box.id)),
      `Cannot execute the program: execve("/bin/${program}", ["${program}", "argument"], …): ${errno}`,
    );
    box.waitUntilStopped();
    box.succeed("delete", box.id);
    assertEquals(box.traces(), []);
  }
});

Deno.test("start() says so when the arguments are too long for the kernel", () => {
  using box = new Sandbox((config) => config.process.args = ["true", "x".repeat(200_000)]);
  box.succeed("create", box.id);
  assert(failure(box.runts("start", box.id)).endsWith("E2BIG (Argument list too long)"));
});

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];

Deno.test("a caller without privileges is told what is missing", () => {
  using box = new Sandbox();
  assert(
    /^Cannot reserve the ID: .*(?:EACCES|Permission denied)/.test(
      failure(box.runtsWith({ prefix: NOBODY }, "create", box.id)),
    ),
  );
  // With a state directory of its own it gets as far as the cgroup, and without one of those as far as the namespaces.
  Deno.mkdirSync(box.root);
  Deno.chownSync(box.root, 65534, 65534);
  assert(
    /^Cannot create the cgroup: .*EACCES/.test(
      failure(box.runtsWith({ prefix: NOBODY }, "create", box.id)),
    ),
  );
  box.configure((config) => delete config.linux.cgroupsPath);
  const { code, stdout, stderr } = box.runtsWith({ prefix: NOBODY }, "create", box.id);
  assertEquals([code, stdout], [1, ""]);
  const last = stderr.trimEnd().split("\n").at(-1)!;
  assert(/level=error msg="Cannot give birth to init: clone3\(.*EPERM/.test(last), stderr);
  assertEquals(box.traces(), []);
});

Deno.test("a caller without privileges cannot touch root's containers", () => {
  using box = new Sandbox((config) => config.process.args = ["sleep", "1000"]);
  const pid = box.createAndStart();
  for (const words of [["state"], ["kill"], ["delete", "--force"], ["start"]]) {
    const sentence = failure(box.runtsWith({ prefix: NOBODY }, ...words, box.id));
    assert(/EACCES|EPERM/.test(sentence), sentence);
  }
  assertEquals([box.state().status, box.state().pid], ["running", pid]);
});

Deno.test("a root that cannot be used is named", () => {
  using box = new Sandbox();
  const use = (root: string, ...words: string[]) =>
    failure(run([RUNTS, "--root", root, ...words, box.id], { cwd: box.bundle }));
  assertEquals(use("/", "state"), "Option --root argument should not be set to /");
  assertEquals(use("/../.", "state"), "Option --root argument should not be set to /");
  assertEquals(use("", "state"), "Option --root argument should not be empty");
  assert(/^Cannot reserve the ID: .*\/etc\/passwd/.test(use("/etc/passwd", "create")));
  assert(use("/etc/passwd", "state").endsWith("container does not exist"));
  assert(use("/no/such/root", "state").endsWith("container does not exist"));
});
