/** What the container's program finds itself to be: read from inside, in real containers. @module */
import { assert, assertEquals } from "#assert";
import { type Editable, failure, run, RUNTS, Sandbox } from "../lib/sandbox.ts";

/** The fields of /proc/self/status. */
function status(text: string): Record<string, string> {
  return Object.fromEntries(
    text.trimEnd().split("\n").map((line) => {
      const [name = "", value = ""] = line.split(/:\s*/);
      return [name, value.trim().replaceAll(/\s+/g, " ")];
    }),
  );
}

function statusOf(edit: (config: Editable) => void): Record<string, string> {
  using box = new Sandbox((config) => {
    config.process.args = ["cat", "/proc/self/status"];
    edit(config);
  });
  return status(box.output());
}

/** Capability N as bit N. */
const BIT = {
  CHOWN: 0,
  KILL: 5,
  SETPCAP: 8,
  NET_BIND_SERVICE: 10,
  SYS_CHROOT: 18,
  AUDIT_WRITE: 29,
};

function mask(...names: (keyof typeof BIT)[]): string {
  const bits = names.reduce((sum, name) => sum | 1n << BigInt(BIT[name]), 0n);
  return bits.toString(16).padStart(16, "0");
}

function caps(...names: (keyof typeof BIT)[]): string[] {
  return names.map((name) => `CAP_${name}`);
}

Deno.test("the five capability sets are what the configuration says, for root", () => {
  const found = statusOf((config) => {
    config.process.noNewPrivileges = true;
    config.process.capabilities = {
      bounding: caps("CHOWN", "KILL", "NET_BIND_SERVICE", "SYS_CHROOT", "AUDIT_WRITE"),
      permitted: caps("CHOWN", "KILL", "NET_BIND_SERVICE", "SYS_CHROOT"),
      effective: caps("CHOWN", "KILL", "NET_BIND_SERVICE"),
      inheritable: caps("CHOWN", "KILL"),
      ambient: caps("CHOWN"),
    };
  });
  assertEquals(
    found.CapBnd,
    mask("CHOWN", "KILL", "NET_BIND_SERVICE", "SYS_CHROOT", "AUDIT_WRITE"),
  );
  assertEquals(found.CapInh, mask("CHOWN", "KILL"));
  assertEquals(found.CapAmb, mask("CHOWN"));
  assertEquals(found.CapPrm, mask("CHOWN", "KILL", "NET_BIND_SERVICE", "SYS_CHROOT"));
  // execve(2) by root makes all that is permitted effective (capabilities(7)).
  assertEquals(found.CapEff, found.CapPrm);
});

Deno.test("root without noNewPrivileges gets what is in the bounding set", () => {
  const found = statusOf((config) => {
    config.process.noNewPrivileges = false;
    config.process.capabilities = { bounding: caps("CHOWN", "KILL"), permitted: caps("KILL") };
  });
  assertEquals([found.CapBnd, found.CapPrm], [mask("CHOWN", "KILL"), mask("CHOWN", "KILL")]);
});

Deno.test("a user gets the ambient capabilities and no others", () => {
  const found = statusOf((config) => {
    config.process.user = { uid: 1000, gid: 1000 };
    config.process.capabilities = {
      bounding: caps("CHOWN", "KILL", "NET_BIND_SERVICE"),
      permitted: caps("CHOWN", "KILL", "NET_BIND_SERVICE"),
      effective: caps("CHOWN", "KILL"),
      inheritable: caps("KILL", "NET_BIND_SERVICE"),
      ambient: caps("NET_BIND_SERVICE"),
    };
  });
  assertEquals(found.CapBnd, mask("CHOWN", "KILL", "NET_BIND_SERVICE"));
  assertEquals(found.CapInh, mask("KILL", "NET_BIND_SERVICE"));
  assertEquals(found.CapPrm, mask("NET_BIND_SERVICE"));
  assertEquals(found.CapEff, mask("NET_BIND_SERVICE"));
  assertEquals(found.CapAmb, mask("NET_BIND_SERVICE"));
});

Deno.test("without capabilities there are none", () => {
  const none = mask();
  const found = statusOf((config) => delete config.process.capabilities);
  for (const set of ["CapBnd", "CapInh", "CapPrm", "CapEff", "CapAmb"]) {
    assertEquals(found[set], none, set);
  }
});

Deno.test("a capability that is unknown or cannot be granted is logged, and the container runs", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["cat", "/proc/self/status"];
    config.process.capabilities = {
      bounding: ["CAP_NO_SUCH", "CAP_KILL", "CAP_CHOWN"],
      effective: ["CAP_NO_SUCH", "CAP_KILL"],
      permitted: ["CAP_KILL", "CAP_CHOWN"],
      ambient: ["CAP_KILL"],
    };
  });
  const log = `${box.directory}/log`;
  const prefix = ["setpriv", "--bounding-set", "-chown", "--"];
  const { code, stdout, stderr } = box.runtsWith({ prefix }, "--log", log, "run", box.id);
  assertEquals([code, stderr], [0, ""], "with a log file stderr stays silent");
  const warnings = Deno.readTextFileSync(log);
  assert(warnings.includes('ignoring unknown capability \\"CAP_NO_SUCH\\"'), warnings);
  assert(warnings.includes('cannot grant \\"CAP_CHOWN\\"'), warnings);
  assert(warnings.includes('process.capabilities.ambient: cannot grant \\"CAP_KILL\\"'), warnings);
  assertEquals(warnings.match(/level=warning/g)?.length, 3, warnings);
  assertEquals(status(stdout).CapBnd, mask("KILL"));
  assertEquals(status(stdout).CapAmb, mask());
});

Deno.test("user, group and additional groups are exact", () => {
  const found = statusOf((config) => {
    config.process.user = { uid: 1000, gid: 2000, additionalGids: [5, 3000, 65534] };
  });
  assertEquals(found.Uid, "1000 1000 1000 1000");
  assertEquals(found.Gid, "2000 2000 2000 2000");
  assertEquals(found.Groups, "5 3000 65534");
});

Deno.test("the caller's groups do not get in", () => {
  using box = new Sandbox((config) => config.process.args = ["cat", "/proc/self/status"]);
  const prefix = ["setpriv", "--groups", "1,2,3"];
  assertEquals(status(box.output({ prefix })).Groups, "");
});

Deno.test("no_new_privs follows noNewPrivileges", () => {
  for (const [value, expected] of [[true, "1"], [false, "0"], [undefined, "0"]] as const) {
    const found = statusOf((config) => config.process.noNewPrivileges = value);
    assertEquals(found.NoNewPrivs, expected, String(value));
  }
});

Deno.test("no signal is blocked, and none ignored but what the caller ignores", () => {
  using box = new Sandbox((config) => config.process.args = ["cat", "/proc/self/status"]);
  const prefix = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"];
  const caller = status(run([...prefix, "cat", "/proc/self/status"]).stdout);
  const found = status(box.output({ prefix }));
  const none = "0000000000000000";
  assertEquals([found.SigBlk, found.SigCgt], [none, none]);
  assertEquals(found.SigIgn, caller.SigIgn);
  assert((BigInt(`0x${found.SigIgn}`) & 1n) === 1n, "SIGHUP");
});

Deno.test("a pipe's writer ends with its reader", () => {
  using box = new Sandbox();
  box.script("yes | head -n 1");
  assertEquals(box.output(), "y\n");
});

Deno.test("the umask is the caller's, or the configured one", () => {
  using box = new Sandbox();
  const prefix = ["sh", "-c", 'umask 0123; exec "$@"', "sh"];
  box.script("umask");
  assertEquals(box.output({ prefix }), "0123\n");
  box.script("umask", (config) => config.process.user.umask = 0o27);
  assertEquals(box.output({ prefix }), "0027\n");
  box.script("umask", (config) => config.process.user.umask = 0);
  assertEquals(box.output({ prefix }), "0000\n");
});

Deno.test("the environment is the configured one, and HOME", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["env"];
    config.process.env = ["PATH=/bin", "EMPTY=", "EQUALS=a=b", "UNICODE=ü\n2"];
  });
  const env = { SECRET: "host" };
  assertEquals(
    box.output({ env }),
    "PATH=/bin\nEMPTY=\nEQUALS=a=b\nUNICODE=ü\n2\nHOME=/root\n",
  );
});

Deno.test("arguments and environment may be long and many", () => {
  using box = new Sandbox((config) => {
    // The kernel takes 128 KiB a string (execve(2)).
    const long = "x".repeat(131_000);
    const many = Array.from({ length: 3000 }, (_, i) => `a${i}`);
    config.process.args = ["sh", "-c", "echo $# ${#1} ${#LONG} $V2999", "sh", long, ...many];
    const variables = many.map((_, i) => `V${i}=${i}`);
    config.process.env = ["PATH=/bin", `LONG=${long}`, ...variables];
  });
  assertEquals(box.output(), "3001 131000 131000 2999\n");
});

Deno.test("HOME is the configured one, else passwd's, else the root", () => {
  using box = new Sandbox();
  const home = (edit: (config: Editable) => void) => {
    box.script("echo $HOME", edit);
    return box.output();
  };
  assertEquals(home((config) => config.process.env.push("HOME=/mine")), "/mine\n");
  Deno.writeTextFileSync(
    `${box.rootfs}/etc/passwd`,
    "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\nbad:x:1001:1001::relative:/\n",
  );
  const as = (uid: number) => home((config) => config.process.user = { uid, gid: uid });
  assertEquals([as(0), as(1000), as(1001), as(1002)], ["/root\n", "/home/u\n", "/\n", "/\n"]);
  Deno.removeSync(`${box.rootfs}/etc/passwd`);
  assertEquals(as(0), "/\n");
  // An image may put anything there; it must neither block nor lead to the host's.
  Deno.symlinkSync("/../../../../../../etc/passwd", `${box.rootfs}/etc/passwd`);
  assertEquals(as(0), "/\n");
});

Deno.test("the current directory is the configured one, and is made if the image has none", () => {
  using box = new Sandbox();
  box.script("pwd; stat -c '%a %u %g' .", (config) => config.process.cwd = "/new/deep");
  assertEquals(box.output(), "/new/deep\n755 0 0\n");
  Deno.symlinkSync("/tmp", `${box.rootfs}/link`);
  box.script("pwd -P", (config) => config.process.cwd = "/link");
  assertEquals(box.output(), "/tmp\n");
});

Deno.test("the current directory may be one that only root, or only the user may enter", () => {
  using box = new Sandbox();
  for (const [name, uid] of [["roots", 0], ["users", 1000]] as const) {
    Deno.mkdirSync(`${box.rootfs}/${name}`, { mode: 0o700 });
    Deno.chownSync(`${box.rootfs}/${name}`, uid, uid);
    box.script("readlink /proc/self/cwd", (config) => {
      config.process.user = { uid: 1000, gid: 1000 };
      config.process.cwd = `/${name}`;
    });
    assertEquals(box.output(), `/${name}\n`);
  }
});

Deno.test("a current directory that leads out of the root is refused", () => {
  using box = new Sandbox();
  const prefix = ["sh", "-c", 'exec 3</ 4</ 5</; exec "$@"', "sh"];
  for (const cwd of ["/proc/self/fd/3", "/proc/self/fd/4", "/proc/self/fd/5/etc"]) {
    box.script("pwd -P; ls", (config) => config.process.cwd = cwd);
    const result = box.runtsWith({ prefix }, "run", "--preserve-fds=3", box.id);
    const sentence = failure(result);
    assert(sentence.startsWith("Cannot "), sentence);
    assert(sentence.includes("current directory"), sentence);
  }
  assertEquals(box.traces(), []);
});

Deno.test("resource limits are exact, up to infinity", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["cat", "/proc/self/limits"];
    config.process.rlimits = [
      { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
      { type: "RLIMIT_MEMLOCK", soft: 0, hard: 4096 },
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_STACK", soft: 12345678, hard: 87654321 },
      { type: "RLIMIT_NPROC", soft: 4096, hard: 4096 },
      { type: "RLIMIT_FSIZE", soft: 1000000, hard: 2000000 },
      { type: "RLIMIT_RTTIME", soft: 1000000, hard: 1000001 },
    ];
    // 2^64 - 1 is not exact as a JavaScript number.
    config.process.rlimits.push({ type: "RLIMIT_CPU", soft: "INFINITY", hard: "INFINITY" });
  });
  const config = Deno.readTextFileSync(`${box.bundle}/config.json`);
  box.writeConfig(config.replaceAll('"INFINITY"', "18446744073709551615"));
  const limits = Object.fromEntries(
    box.output().split("\n").map((line) => line.split(/ {2,}/)).map(([name, soft, hard]) => [
      name,
      `${soft} ${hard}`,
    ]),
  );
  assertEquals(limits["Max open files"], "100 200");
  assertEquals(limits["Max core file size"], "0 0");
  assertEquals(limits["Max stack size"], "12345678 87654321");
  assertEquals(limits["Max processes"], "4096 4096");
  assertEquals(limits["Max file size"], "1000000 2000000");
  assertEquals(limits["Max realtime timeout"], "1000000 1000001");
  assertEquals(limits["Max locked memory"], "0 4096");
  assertEquals(limits["Max cpu time"], "unlimited unlimited");
});

Deno.test("limits that leave the runtime itself no descriptors hold for the program alone", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["true"];
    config.process.rlimits = [
      { type: "RLIMIT_NOFILE", soft: 0, hard: 0 },
      { type: "RLIMIT_FSIZE", soft: 0, hard: 0 },
      { type: "RLIMIT_NPROC", soft: 1, hard: 1 },
      { type: "RLIMIT_AS", soft: 16 << 20, hard: 16 << 20 },
    ];
    config.process.user = { uid: 12345, gid: 12345 };
  });
  box.output();
});

const CAP_SYS_RESOURCE = 1n << 24n;

function mayRaise(): boolean {
  const { CapEff } = status(Deno.readTextFileSync("/proc/self/status"));
  return (BigInt(`0x${CapEff}`) & CAP_SYS_RESOURCE) !== 0n;
}

Deno.test("a hard limit above the caller's is raised, if the runtime may", () => {
  using box = new Sandbox();
  const lowered = 'ulimit -n 512; exec "$@"';
  box.script("ulimit -n; ulimit -H -n", (config) => {
    config.process.rlimits = [{ type: "RLIMIT_NOFILE", soft: 600, hard: 700 }];
    config.process.user = { uid: 1000, gid: 1000 };
  });
  const without = ["setpriv", "--bounding-set", "-sys_resource", "sh", "-c", lowered, "sh"];
  const sentence = failure(box.runtsWith({ prefix: without }, "run", box.id));
  assert(
    /^Cannot raise the hard limits: process\.rlimits: prlimit64\(.*EPERM.*: raising a hard limit takes CAP_SYS_RESOURCE$/
      .test(sentence),
    sentence,
  );
  assertEquals(box.traces(), []);
  if (mayRaise()) {
    assertEquals(box.output({ prefix: ["sh", "-c", lowered, "sh"] }), "600\n700\n");
  }
});

Deno.test("limits that are not configured are the caller's", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["sh", "-c", "ulimit -n; ulimit -H -n; ulimit -s"];
    config.process.rlimits = [];
  });
  const prefix = [
    "sh",
    "-c",
    'ulimit -S -n 321; ulimit -H -n 654; ulimit -s 4321; exec "$@"',
    "sh",
  ];
  assertEquals(box.output({ prefix }), "321\n654\n4321\n");
});

Deno.test("oom_score_adj is set, also to 0, and unchanged when it is not configured", () => {
  using box = new Sandbox();
  const prefix = ["sh", "-c", 'echo 123 >/proc/self/oom_score_adj; exec "$@"', "sh"];
  const score = (value: number | undefined) => {
    box.script("cat /proc/self/oom_score_adj", (config) => config.process.oomScoreAdj = value);
    return box.output({ prefix });
  };
  assertEquals([score(undefined), score(0), score(1000)], ["123\n", "0\n", "1000\n"]);
  // Below the lowest score so far only with CAP_SYS_RESOURCE (proc_pid_oom_score_adj(5)).
  if (mayRaise()) assertEquals(score(-17), "-17\n");
});

Deno.test("host name and domain name are set, and the host's stay", () => {
  using box = new Sandbox();
  const before = Deno.hostname();
  box.script("hostname; cat /proc/sys/kernel/domainname", (config) => {
    config.hostname = "box.example";
    config.domainname = "nis.example";
  });
  assertEquals(box.output(), "box.example\nnis.example\n");
  assertEquals(Deno.hostname(), before);
});

Deno.test("every listed namespace is new, and the others are the host's", () => {
  using box = new Sandbox();
  const links = "for i in cgroup ipc mnt net pid uts user time; do readlink /proc/self/ns/$i; done";
  box.script(links);
  const own = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];
  const namesOnHost = [...own, "user", "time"];
  const host = run(["sh", "-c", links]).stdout.trimEnd().split("\n");
  const inside = box.output().trimEnd().split("\n");
  namesOnHost.forEach((name, i) => {
    assertEquals(inside[i] !== host[i], own.includes(name), `${name}: ${inside[i]} on ${host[i]}`);
  });
});

Deno.test("--no-pivot gives the same container", () => {
  using box = new Sandbox();
  box.script(
    "ls /; cat /proc/self/status >/dev/null; readlink /proc/1/root; pwd; echo > /dev/null",
  );
  const { code, stdout, stderr } = box.runts("run", "--no-pivot", box.id);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout, "bin\ndev\netc\nproc\nroot\nsys\ntmp\n/\n/\n");
  box.script("cat /etc/hostname", (config) => config.process.cwd = "/proc/self/cwd/../../..");
  assert(box.runts("run", "--no-pivot", box.id).stdout === "", "the host's files are out of reach");
});

Deno.test("there is a new session keyring, unless --no-new-keyring is given", () => {
  // Two containers: the kernel may still list a keyring when the last process that had it has ended.
  using first = new Sandbox();
  using second = new Sandbox();
  for (const box of [first, second]) {
    box.script("cat /proc/keys", (config) => config.linux.maskedPaths = []);
  }
  assert(first.output().includes(`_ses.${first.id}`), "its own");
  const { code, stdout } = second.runts("run", "--no-new-keyring", second.id);
  assertEquals([code, stdout.includes(`_ses.${second.id}`)], [0, false]);
});

Deno.test("the program cannot be found by what it must not be found by", () => {
  using box = new Sandbox();
  Deno.writeTextFileSync(`${box.rootfs}/tmp/tool`, "#!/bin/sh\necho tool\n", { mode: 0o755 });
  const words = (args: string[], env: string[]) => {
    box.configure((config) => {
      config.process.args = args;
      config.process.env = env;
      config.process.cwd = "/tmp";
    });
    return box.runts("run", box.id);
  };
  assertEquals(words(["tool"], ["PATH=/bin:/tmp"]).stdout, "tool\n");
  assertEquals(words(["./tool"], ["PATH=/bin"]).stdout, "tool\n");
  assertEquals(words(["sh", "-c", "echo default"], []).stdout, "default\n");
  const notFound = 'Cannot find the program: process.args[0]: exec: "tool": ' +
    "executable file not found in $PATH";
  assertEquals(failure(words(["tool"], ["PATH=/bin"])), notFound);
  assertEquals(failure(words(["tool"], [])), notFound);
  assertEquals(box.traces(), []);
});

Deno.test("nothing of the runtime is in the container", () => {
  using box = new Sandbox();
  box.script(
    "readlink /proc/1/exe; cat /proc/1/comm; tr '\\0' ' ' </proc/1/cmdline; cat /proc/1/environ; " +
      "cat /proc/self/maps",
  );
  const text = box.output({ env: { SECRET: "host" } });
  assert(text.startsWith("/bin/busybox\nsh\nsh -c "), text);
  for (const trace of [RUNTS, "runts", "deno", "SECRET", "memfd"]) {
    assert(!text.replaceAll(box.id, "").includes(trace), `${trace} in ${text}`);
  }
});
