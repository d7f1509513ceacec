/** Clauses of config.md. @module */
import { assert, assertEquals } from "#assert";
import { namespaceOf } from "../lib/namespace_holder.ts";
import { type Editable, exists, failure, Sandbox } from "../lib/sandbox.ts";

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

/** The message that a configuration is refused with; nothing is changed by it. */
function refusal(edit: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script("true", edit);
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

function run(script: string, edit?: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script(script, edit);
  return box.output();
}

Deno.test("config.md#configSpecificationVersion: ociVersion MUST be a SemVer version of this major", () => {
  for (const ociVersion of ["1.0.0", "1.2.1", "1.3.0", "1.0.2-dev", "1.0.0-rc5", "1.9.0"]) {
    assertEquals(run("echo ran", (config) => config.ociVersion = ociVersion), "ran\n");
  }
  for (const ociVersion of ["1.0", "v1.0.0", "", "2.0.0", "0.9.0"]) {
    assert(refusal((config) => config.ociVersion = ociVersion).includes("ociVersion: must be"));
  }
});

Deno.test("config.md#configExtensibility: unknown properties MUST be ignored", () => {
  const output = run("echo ran", (config) => {
    for (const object of [config, config.process, config.root, config.linux, config.mounts[0]]) {
      object.unknown = { any: [1] };
    }
  });
  assertEquals(output, "ran\n");
});

Deno.test("config.md#configExtensibility: invalid values MUST be an error", () => {
  assert(refusal((config) => config.root.readonly = "yes").includes("root.readonly: "));
  assert(refusal((config) => config.process.args = "sh").includes("process.args: "));
  assert(
    refusal((config) => config.linux.namespaces[0].type = "net").includes(
      "linux.namespaces[0].type: ",
    ),
  );
});

Deno.test("config.md#configRoot: readonly MUST make the root read-only inside the container", () => {
  const script = "touch /file 2>/dev/null && echo written || echo refused";
  assertEquals(run(script, (config) => config.root.readonly = true), "refused\n");
  assertEquals(run(script, (config) => config.root.readonly = false), "written\n");
});

Deno.test("config.md#configMounts: the mounts MUST be made in the listed order", () => {
  const output = run("cat /tmp/file; ls /root", (config) => {
    config.mounts.push(
      { destination: "/root", type: "tmpfs", source: "hidden" },
      { destination: "/tmp", type: "tmpfs", source: "first" },
      { destination: "/tmp/file", source: "/proc/version", options: ["bind", "ro"] },
      { destination: "/root", type: "tmpfs", source: "second" },
    );
  });
  assertEquals(output, Deno.readTextFileSync("/proc/version"));
});

Deno.test("config.md#configMounts: a relative destination MUST count from /, a relative source from the bundle", () => {
  using box = new Sandbox();
  Deno.mkdirSync(`${box.bundle}/volume`);
  Deno.writeTextFileSync(`${box.bundle}/volume/file`, "text");
  box.script("cat /tmp/file", (config) => {
    config.process.cwd = "/bin";
    config.mounts.push({ destination: "tmp", source: "volume", options: ["rbind"] });
  });
  assertEquals(box.output(), "text");
});

Deno.test("config.md#configLinuxMountOptions: flags that are listed are the mount's", () => {
  const options = ["ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "size=64k"];
  const output = run("grep ' /tmp ' /proc/self/mountinfo", (config) => {
    config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs", options });
  });
  assert(
    / ro,nosuid,nodev,noexec,noatime,nodiratime - tmpfs tmpfs \S*size=64k/.test(output),
    output,
  );
});

Deno.test("config.md#configProcess: cwd MUST be absolute, and is where the program starts", () => {
  assertEquals(run("pwd", (config) => config.process.cwd = "/etc"), "/etc\n");
  assert(
    refusal((config) => config.process.cwd = "etc").includes(
      "process.cwd: must be an absolute path",
    ),
  );
});

Deno.test("config.md#configProcess: env is the program's environment", () => {
  const output = run("env", (config) => config.process.env = ["PATH=/bin", "A=b=c", "EMPTY="]);
  assertEquals(lines(output).filter((line) => /^(?:PATH|A|EMPTY)=/.test(line)).sort(), [
    ...["A=b=c", "EMPTY=", "PATH=/bin"],
  ]);
  // Not the caller's.
  assertEquals(lines(output).filter((line) => /^(?:RUNTS|DENO|XDG)/.test(line)), []);
});

Deno.test("config.md#configProcess: args[0] is looked up as execvp(3) does, by the container's PATH", () => {
  using box = new Sandbox();
  Deno.mkdirSync(`${box.rootfs}/opt/bin`, { recursive: true });
  Deno.symlinkSync("/bin/busybox", `${box.rootfs}/opt/bin/uname`);
  box.configure((config) => {
    config.process.args = ["uname", "-s"];
    config.process.env = ["PATH=/none:/opt/bin"];
  });
  assertEquals(box.output(), "Linux\n");
  assert(refusal((config) => config.process.args = []).includes("process.args: "));
});

Deno.test("config.md#configProcess: consoleSize MUST be ignored without a terminal", () => {
  assertEquals(
    run("echo ran", (config) => config.process.consoleSize = { height: 1e6, width: 0 }),
    "ran\n",
  );
});

Deno.test("config.md#configPOSIXProcess: getrlimit(2) MUST return what rlimits say", () => {
  const output = run("ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc", (config) => {
    config.process.rlimits = [
      { type: "RLIMIT_NOFILE", soft: 33, hard: 44 },
      { type: "RLIMIT_CORE", soft: 0, hard: 1024 },
    ];
  });
  // Of core files in blocks of 512 bytes.
  assertEquals(lines(output), ["33", "44", "0", "2"]);
});

Deno.test("config.md#configPOSIXProcess: unknown and repeated types of rlimits MUST be an error", () => {
  const limit = (type: string) => ({ type, soft: 1, hard: 1 });
  const repeated = refusal((config) =>
    config.process.rlimits = [limit("RLIMIT_CORE"), limit("RLIMIT_CORE")]
  );
  assert(repeated.includes("process.rlimits[1].type: repeats"), repeated);
  assert(
    refusal((config) => config.process.rlimits = [limit("RLIMIT_X")]).includes(
      "process.rlimits[0].type: ",
    ),
  );
});

Deno.test("config.md#configPOSIXUser: uid, gid, umask and additionalGids are the process's", () => {
  const output = run("id -u; id -g; id -G; umask", (config) => {
    config.process.user = { uid: 1000, gid: 1001, umask: 63, additionalGids: [5, 6] };
  });
  assertEquals(lines(output), ["1000", "1001", "1001 5 6", "0077"]);
});

Deno.test("config.md#configPOSIXUser: without umask it SHOULD NOT differ from the caller's", () => {
  using box = new Sandbox();
  box.script("umask");
  for (const umask of ["0022", "0123"]) {
    const prefix = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
    assertEquals(box.output({ prefix }), `${umask}\n`);
  }
});

Deno.test("config.md#configLinuxProcess: capabilities are exactly the listed ones", () => {
  const output = run("grep ^Cap /proc/self/status", (config) => {
    const kill = ["CAP_KILL"];
    config.process.capabilities = {
      ...{ bounding: ["CAP_KILL", "CAP_CHOWN"], effective: kill, permitted: kill },
      ...{ inheritable: kill, ambient: kill },
    };
    // Executed as root, a program would be given the bounding set.
    config.process.user = { uid: 1000, gid: 1000 };
  });
  const kill = (1 << 5).toString(16).padStart(16, "0");
  assertEquals(lines(output).map((line) => line.split("\t")), [
    ["CapInh:", kill],
    ["CapPrm:", kill],
    ["CapEff:", kill],
    ["CapBnd:", (1 << 5 | 1).toString(16).padStart(16, "0")],
    ["CapAmb:", kill],
  ]);
});

Deno.test("config.md#configLinuxProcess: a capability that is unknown MUST be logged, and SHOULD NOT be an error", () => {
  using box = new Sandbox();
  box.script("echo ran", (config) => config.process.capabilities.bounding.push("CAP_FLY"));
  const { code, stdout, stderr } = box.runts("run", box.id);
  assertEquals([code, stdout], [0, "ran\n"]);
  assert(/level=warning msg=.*CAP_FLY/.test(stderr), stderr);
});

Deno.test("config.md#configLinuxProcess: noNewPrivileges is the process's no_new_privs", () => {
  const script = "grep ^NoNewPrivs /proc/self/status";
  assertEquals(run(script, (config) => config.process.noNewPrivileges = true), "NoNewPrivs:\t1\n");
  assertEquals(run(script, (config) => config.process.noNewPrivileges = false), "NoNewPrivs:\t0\n");
});

Deno.test("config.md#configLinuxProcess: oomScoreAdj MUST be written, and without it MUST NOT be changed", () => {
  const script = "cat /proc/self/oom_score_adj";
  const own = Deno.readTextFileSync("/proc/self/oom_score_adj");
  assertEquals(run(script, (config) => config.process.oomScoreAdj = 77), "77\n");
  assertEquals(run(script, (config) => config.process.oomScoreAdj = 0), "0\n");
  assertEquals(run(script), own);
});

Deno.test("config.md#configHostname: the name is the container's, in its UTS namespace", () => {
  const own = Deno.hostname();
  assertEquals(run("hostname", (config) => config.hostname = "given"), "given\n");
  assertEquals(Deno.hostname(), own);
});

Deno.test("config.md#configDomainname: the domain's name is the container's, in its UTS namespace", () => {
  const own = Deno.readTextFileSync("/proc/sys/kernel/domainname");
  const script = "cat /proc/sys/kernel/domainname";
  assertEquals(run(script, (config) => config.domainname = "example.org"), "example.org\n");
  assertEquals(Deno.readTextFileSync("/proc/sys/kernel/domainname"), own);
});

/** Runs a container with one hook of each kind, which writes what a script prints, and returns that by kind. */
function hookOutputs(script: string, more: Editable = {}): Record<string, string> {
  using box = new Sandbox();
  const kinds = [
    "prestart",
    "createRuntime",
    "createContainer",
    "startContainer",
    "poststart",
    "poststop",
  ];
  box.script("true", (config) => {
    config.mounts.push({ destination: "/tmp", source: box.directory, options: ["bind"] });
    config.hooks = Object.fromEntries(kinds.map((kind) => {
      const directory = kind === "startContainer" ? "/tmp" : box.directory;
      const args = ["sh", "-c", `{ ${script}; } > ${directory}/${kind}`];
      return [kind, [{ path: "/bin/sh", args, ...more }]];
    }));
  });
  box.output();
  return Object.fromEntries(
    kinds.map((kind) => [kind, Deno.readTextFileSync(`${box.directory}/${kind}`).trimEnd()]),
  );
}

Deno.test("config.md#configHooks: the state MUST be on stdin", () => {
  const states = Object.entries(hookOutputs("cat")).map(([kind, text]) => ({
    kind,
    ...JSON.parse(text),
  }));
  assertEquals(Object.fromEntries(states.map(({ kind, status }) => [kind, status])), {
    prestart: "creating",
    createRuntime: "creating",
    createContainer: "creating",
    startContainer: "created",
    poststart: "running",
    poststop: "stopped",
  });
  for (const { kind, ociVersion, id, bundle, pid } of states) {
    assertEquals(ociVersion, "1.3.0");
    assert(bundle.includes(id), bundle);
    // As seen where the hook runs (runtime.md#runtimeState).
    const inContainer = kind === "createContainer" || kind === "startContainer";
    if (kind !== "poststop") assertEquals(pid === 1, inContainer, `${kind}: ${pid}`);
  }
});

Deno.test("config.md#configHooks: each kind runs in the namespaces that it is for", () => {
  const namespaces = hookOutputs(
    "for n in mnt net; do readlink /proc/self/ns/$n; done",
  );
  const own = `${namespaceOf("self", "mount")}\n${namespaceOf("self", "network")}`;
  for (const [kind, text] of Object.entries(namespaces)) {
    const inContainer = kind === "createContainer" || kind === "startContainer";
    assertEquals(text === own, !inContainer, `${kind}: ${text}`);
  }
  assertEquals(namespaces.createContainer, namespaces.startContainer);
});

Deno.test("config.md#configHooks: path is resolved on the host, for startContainer in the container", () => {
  using box = new Sandbox();
  const script = (path: string) => {
    Deno.writeTextFileSync(path, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    return path;
  };
  const host = script(`${box.directory}/hook`);
  script(`${box.rootfs}/hook`);
  box.script("true", (config) => {
    config.hooks = {
      ...Object.fromEntries(
        ["prestart", "createRuntime", "createContainer", "poststart", "poststop"].map((
          kind,
        ) => [kind, [{ path: host }]]),
      ),
      startContainer: [{ path: "/hook" }],
    };
  });
  const { code, stderr } = box.runts("run", box.id);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("config.md#configHooks: args and env are as execve(2) has them", () => {
  const outputs = hookOutputs("echo $A; env | grep -c ^HOME= || true", {
    env: ["A=given", "PATH=/bin:/usr/bin"],
  });
  for (const [kind, text] of Object.entries(outputs)) assertEquals(text, "given\n0", kind);
});

Deno.test("config.md#configHooks: path MUST be absolute, timeout MUST be greater than zero", () => {
  assert(
    refusal((config) => config.hooks = { prestart: [{ path: "hook" }] })
      .includes("hooks.prestart[0].path: must be an absolute path"),
  );
  assert(
    refusal((config) => config.hooks = { poststop: [{ path: "/hook", timeout: 0 }] })
      .includes("hooks.poststop[0].timeout: "),
  );
});

Deno.test("config.md#configHooks: a hook that outlives its timeout is a failure", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.hooks = {
      createRuntime: [{ path: "/bin/sleep", args: ["sleep", "10000"], timeout: 1 }],
    };
  });
  const message = failure(box.runts("create", box.id));
  assert(message.includes("hooks.createRuntime[0]") && message.includes("timeout"), message);
  assertEquals(box.traces(), []);
});

Deno.test("config.md#configHooksCreateContainer: it runs before the root is changed, and after the mounts", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    const args = [
      ...["sh", "-c"],
      `[ -e ${box.bundle}/config.json ] && [ -e ${box.rootfs}/proc/self ] && [ -e ${box.rootfs}/dev/null ]`,
    ];
    config.hooks = { createContainer: [{ path: "/bin/sh", args }] };
  });
  assertEquals(box.runts("run", box.id).code, 0);
});

Deno.test("config.md#configAnnotations: keys MUST NOT be empty, values are strings, unknown ones are ignored", () => {
  assertEquals(
    run("echo ran", (config) => config.annotations = { "org.example.any": "" }),
    "ran\n",
  );
  assert(refusal((config) => config.annotations = { "": "x" }).includes('annotations[""]: '));
  assert(refusal((config) => config.annotations = { key: 1 }).includes("annotations.key: "));
});

Deno.test("config.md#configuration: what is wrong is reported all at once", () => {
  const message = refusal((config) => {
    config.ociVersion = "1";
    config.process.cwd = "x";
    config.linux.namespaces.push({ type: "pid" });
  });
  for (const path of ["ociVersion: ", "process.cwd: ", "linux.namespaces[6].type: "]) {
    assert(message.includes(path), message);
  }
  assert(exists("/bin/sh"));
});
