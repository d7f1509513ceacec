/** Hooks: when they run, where, with what, and what happens when they fail. @module */
import { assert, assertEquals } from "#assert";
import { type Editable, failure, hasEnded, run, Sandbox, waitUntil } from "../lib/sandbox.ts";

const KINDS = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
] as const;

type Kind = typeof KINDS[number];

const NAMESPACES = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];

/** Notes what it finds in files named after `$1`. The environment is the shell's own: it opens the file itself. */
const RECORD = `
  cat >"$0/$1.state"
  echo "$1" >>"$0/order"
  pwd -P >"$0/$1.cwd"
  cat </proc/self/environ >"$0/$1.env"
  cat /proc/self/status >"$0/$1.status"
  cat /proc/self/cgroup >"$0/$1.cgroup"
  for i in ${NAMESPACES.join(" ")}; do readlink /proc/self/ns/$i; done >"$0/$1.ns"
  `;

/** A sandbox whose hooks can write to `out`, which has the same path in the container. */
class Recorder extends Sandbox {
  readonly out: string = `${this.directory}/out`;

  constructor() {
    super();
    Deno.mkdirSync(this.out);
    Deno.chmodSync(this.out, 0o777);
    this.record({});
  }

  /** Writes the configuration with these hooks. */
  record(hooks: Partial<Record<Kind, unknown[]>>, edit?: (config: Editable) => void): void {
    this.script("exec sleep 1000", (config) => {
      config.root.readonly = false;
      config.mounts.push({ destination: this.out, source: this.out, options: ["rbind"] });
      config.hooks = hooks;
      edit?.(config);
    });
  }

  /** A hook that notes its circumstances under a name. */
  note(name: string, then = ""): { path: string; args: string[] } {
    return { path: "/bin/sh", args: ["sh", "-c", RECORD + then, this.out, name] };
  }

  /** What a hook noted. */
  read(file: string): string {
    return Deno.readTextFileSync(`${this.out}/${file}`);
  }

  order(): string[] {
    try {
      return this.read("order").trimEnd().split("\n");
    } catch {
      return [];
    }
  }

  /** From create to delete. */
  live(): { pid: number; inside: string } {
    const pid = this.createAndStart();
    const inside = NAMESPACES.map((name) => Deno.readLinkSync(`/proc/${pid}/ns/${name}`) + "\n");
    this.succeed("delete", "--force", this.id);
    return { pid, inside: inside.join("") };
  }
}

Deno.test("hooks run in the order of the lifecycle, and within a kind in the listed order", () => {
  using box = new Recorder();
  const listed = KINDS.flatMap((kind) => ["a", "b", "c"].map((letter) => `${kind}-${letter}`));
  box.record(Object.fromEntries(KINDS.map((kind) => [
    kind,
    listed.filter((name) => name.startsWith(`${kind}-`)).map((name) => box.note(name)),
  ])));
  box.succeed("create", box.id);
  assertEquals(box.order(), listed.slice(0, 9));
  box.succeed("start", box.id);
  assertEquals(box.order(), listed.slice(0, 15));
  box.succeed("delete", "--force", box.id);
  assertEquals(box.order(), listed);
});

Deno.test("startContainer hooks run before the program, and poststart hooks after it", () => {
  using box = new Recorder();
  const wait = `while ! grep -q program "$0/order"; do sleep 0.01; done; echo seen >>"$0/order"`;
  box.record({
    startContainer: [box.note("startContainer")],
    poststart: [{ path: "/bin/sh", args: ["sh", "-c", wait, box.out], timeout: 120 }],
  }, (config) => {
    config.process.args = ["sh", "-c", `echo program >>${box.out}/order; exec sleep 1000`];
  });
  box.succeed("create", box.id);
  assertEquals(box.order(), []);
  box.succeed("start", box.id);
  assertEquals(box.order(), ["startContainer", "program", "seen"]);
});

const STATUS: Readonly<Record<Kind, string>> = {
  prestart: "creating",
  createRuntime: "creating",
  createContainer: "creating",
  startContainer: "created",
  poststart: "running",
  poststop: "stopped",
};

function recordAll(box: Recorder, edit?: (config: Editable) => void): void {
  box.record(Object.fromEntries(KINDS.map((kind) => [kind, [box.note(kind)]])), edit);
}

Deno.test("hooks read the state on stdin, with the pid as their namespace has it", () => {
  using box = new Recorder();
  const annotations = { "org.example.key": "value \u00fc\n" };
  recordAll(box, (config) => config.annotations = annotations);
  const { pid } = box.live();
  const pids: Readonly<Record<Kind, number>> = {
    prestart: pid,
    createRuntime: pid,
    createContainer: 1,
    startContainer: 1,
    poststart: pid,
    poststop: 0,
  };
  for (const kind of KINDS) {
    assertEquals(JSON.parse(box.read(`${kind}.state`)), {
      ociVersion: "1.3.0",
      id: box.id,
      status: STATUS[kind],
      pid: pids[kind],
      bundle: box.bundle,
      annotations,
    }, kind);
  }
});

Deno.test("hooks in a shared PID namespace read the pid that everybody knows", () => {
  using box = new Recorder();
  recordAll(box, (config) => {
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
      type !== "pid"
    );
  });
  const { pid } = box.live();
  for (const kind of KINDS.filter((kind) => kind !== "poststop")) {
    assertEquals(JSON.parse(box.read(`${kind}.state`)).pid, pid, kind);
  }
});

Deno.test("createContainer and startContainer hooks run in the container's namespaces, the others in ours", () => {
  using box = new Recorder();
  recordAll(box);
  const { inside } = box.live();
  const ours = NAMESPACES.map((name) => Deno.readLinkSync(`/proc/self/ns/${name}`) + "\n").join("");
  for (const kind of KINDS) {
    const isInside = kind === "createContainer" || kind === "startContainer";
    assertEquals(box.read(`${kind}.ns`), isInside ? inside : ours, kind);
  }
});

Deno.test("startContainer hooks run in the container's cgroup", () => {
  using box = new Recorder();
  // As the host names it, not the cgroup namespace.
  recordAll(box, (config) => {
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
      type !== "cgroup"
    );
  });
  box.live();
  const paths = box.read("startContainer.cgroup").trimEnd().split("\n").map((line) =>
    line.split(":")[2]
  );
  assertEquals([...new Set(paths)], [`/runts-test/${box.id}`]);
});

Deno.test("hooks begin in the bundle, the root, or the container's root", () => {
  using box = new Recorder();
  recordAll(box);
  box.live();
  for (const kind of KINDS) {
    const expected = kind === "createContainer"
      ? box.rootfs
      : kind === "startContainer"
      ? "/"
      : box.bundle;
    assertEquals(box.read(`${kind}.cwd`), `${expected}\n`, kind);
  }
});

Deno.test("prestart and createRuntime hooks can reach the container's namespaces by the pid", () => {
  using box = new Recorder();
  const enter = `
    pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/')
    readlink /proc/$pid/ns/net >"$0/$1"
    nsenter --net=/proc/$pid/ns/net ip link show lo >"$0/$1.lo"`;
  const hook = (name: string) => ({ path: "/bin/sh", args: ["sh", "-c", enter, box.out, name] });
  box.record({ prestart: [hook("prestart")], createRuntime: [hook("createRuntime")] });
  const pid = box.createAndStart();
  const net = Deno.readLinkSync(`/proc/${pid}/ns/net`) + "\n";
  assertEquals([box.read("prestart"), box.read("createRuntime")], [net, net]);
  assert(/<LOOPBACK,UP/.test(box.read("prestart.lo")), "it is up already");
});

Deno.test("createContainer hooks come from the host's tree and see the container's mounts", () => {
  using box = new Recorder();
  const hook = `${box.directory}/hook`;
  const script =
    `#!/bin/sh\nls -d ${box.rootfs}/dev/null ${box.rootfs}/proc/self >${box.out}/seen\n`;
  Deno.writeTextFileSync(hook, script, { mode: 0o755 });
  box.record({ createContainer: [{ path: hook }] });
  box.live();
  assertEquals(box.read("seen"), `${box.rootfs}/dev/null\n${box.rootfs}/proc/self\n`);
});

Deno.test("startContainer hooks come from the container's tree, with its program's credentials", () => {
  using box = new Recorder();
  const script = `#!/bin/sh
    cat /proc/self/status >${box.out}/status
    ls /proc/self/fd >${box.out}/fds
    readlink /proc/self/root >${box.out}/root`;
  Deno.writeTextFileSync(`${box.rootfs}/only-inside`, script, { mode: 0o755 });
  box.record({ startContainer: [{ path: "/only-inside" }] }, (config) => {
    config.process.user = { uid: 1000, gid: 2000, additionalGids: [3000] };
    config.process.noNewPrivileges = true;
    config.process.capabilities = {
      bounding: ["CAP_KILL", "CAP_CHOWN"],
      permitted: ["CAP_KILL"],
      effective: ["CAP_KILL"],
      inheritable: ["CAP_KILL"],
      ambient: ["CAP_KILL"],
    };
  });
  box.live();
  const status = Object.fromEntries(
    box.read("status").trimEnd().split("\n").map((line) => line.split(/:\s*/)),
  );
  assertEquals([status.Uid, status.Gid], ["1000\t1000\t1000\t1000", "2000\t2000\t2000\t2000"]);
  assertEquals([status.Groups.trim(), status.NoNewPrivs], ["3000", "1"]);
  const [kill, killAndChown] = ["0000000000000020", "0000000000000021"];
  assertEquals(
    [status.CapBnd, status.CapPrm, status.CapEff, status.CapInh, status.CapAmb],
    [killAndChown, kill, kill, kill, kill],
  );
  assertEquals(status.NSpid.split("\t").length, 1, "its own /proc");
  assertEquals(box.read("root"), "/\n");
  // stdio, and the directory.
  assertEquals(box.read("fds"), "0\n1\n2\n3\n");
});

Deno.test("a hook without env inherits the runtime's environment, and an empty one is empty", () => {
  using box = new Recorder();
  const hooks = (kind: string) => [
    box.note(`${kind}-absent`),
    { ...box.note(`${kind}-empty`), env: [] },
    { ...box.note(`${kind}-given`), env: ["A=1", "B="] },
  ];
  box.record(Object.fromEntries(KINDS.map((kind) => [kind, hooks(kind)])), (config) => {
    config.process.env = ["PATH=/bin", "INSIDE=yes"];
  });
  const env = { OUTSIDE: "yes" };
  for (const words of [["create"], ["start"], ["delete", "--force"]]) {
    assertEquals(box.runtsWith({ env }, ...words, box.id).code, 0);
  }
  for (const kind of KINDS) {
    const inherited = box.read(`${kind}-absent.env`).split("\0");
    // What runs an image's program is told what the image's program is told.
    const isImages = kind === "startContainer";
    assertEquals(inherited.includes("OUTSIDE=yes"), !isImages, kind);
    assertEquals(inherited.includes("INSIDE=yes"), isImages, kind);
    assertEquals(box.read(`${kind}-empty.env`), "", kind);
    assertEquals(box.read(`${kind}-given.env`), "A=1\0B=\0", kind);
  }
});

Deno.test("a hook's args are its whole argv, and by default its path", () => {
  using box = new Recorder();
  const hook = `${box.directory}/hook`;
  Deno.copyFileSync("/bin/busybox", hook);
  const script = `tr '\\0' '\\n' </proc/$$/cmdline | head -n 1 >${box.out}/argv0`;
  box.record({
    prestart: [{ path: hook, args: ["sh", "-c", script] }],
    createRuntime: [{ path: "/bin/true" }, { path: "/bin/true", args: [] }],
  });
  box.succeed("create", box.id);
  assertEquals(box.read("argv0"), "sh\n");
});

Deno.test("a hook inherits no descriptor and no blocked or ignored signal", () => {
  using box = new Recorder();
  // The shell blocks signals while it forks, so it is not the shell's own mask that grep may look at.
  const script = 'ls /proc/self/fd >"$0/fds"; exec grep Sig /proc/self/status >"$0/signals"';
  box.record({ createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script, box.out] }] });
  const prefix = ["bash", "-c", 'exec 3</ 9</etc; exec "$@"', "bash"];
  const caller = run([...prefix, "grep", "SigIgn", "/proc/self/status"]).stdout;
  assertEquals(box.runtsWith({ prefix }, "run", "-d", box.id).code, 0);
  // stdio, and the directory.
  assertEquals(box.read("fds"), "0\n1\n2\n3\n");
  assert(box.read("signals").includes("SigBlk:\t0000000000000000\n"), box.read("signals"));
  assert(box.read("signals").includes(caller), `${box.read("signals")} ${caller}`);
});

/** In the background, a process whose command line has the sandbox's ID in it. */
const CHILD = "sh -c 'while :; do sleep 0.1; done' $0 & ";

Deno.test("a hook that takes longer than its timeout is killed with its children, and fails", () => {
  for (const kind of ["prestart", "createRuntime", "createContainer", "startContainer"] as const) {
    using box = new Recorder();
    const args = ["sh", "-c", `${CHILD} wait`, box.id];
    box.record({ [kind]: [{ path: "/bin/sh", args, timeout: 1 }] });
    const isStart = kind === "startContainer";
    if (isStart) box.succeed("create", box.id);
    const sentence = failure(box.runts(isStart ? "start" : "create", box.id));
    assert(
      sentence.endsWith(
        `The hook "/bin/sh" (hooks.${kind}[0]) was killed after its timeout of 1 s`,
      ),
      sentence,
    );
    // Its child dies in its own time: it is nobody's here to wait for.
    waitUntil(() => box.traces().every((trace) => !trace.startsWith("process ")));
    assertEquals(box.traces(), [], kind);
  }
});

Deno.test("a hook that ends within its timeout may leave a child behind that keeps its stdio", () => {
  using box = new Recorder();
  const args = ["sh", "-c", `${CHILD} echo $! >${box.out}/pid`, `child-of-${box.out}`];
  box.record({ createRuntime: [{ path: "/bin/sh", args, timeout: 100 }] });
  box.succeed("create", box.id);
  const pid = Number(box.read("pid"));
  Deno.kill(pid, "SIGKILL");
  waitUntil(() => hasEnded(pid));
});

Deno.test("a hook that writes more than a pipe holds, and reads nothing, blocks nobody", () => {
  using box = new Recorder();
  const script = "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2";
  box.record(
    { prestart: [{ path: "/bin/sh", args: ["sh", "-c", script] }] },
    (config) => config.annotations = { large: "x".repeat(200000) },
  );
  box.succeed("create", box.id);
});

Deno.test("a hook that fails says how, and what it wrote", () => {
  using box = new Recorder();
  const hook = (script: string) => ({ path: "/bin/sh", args: ["sh", "-c", script] });
  Deno.writeTextFileSync(`${box.directory}/plain`, "#!/bin/sh\n", { mode: 0o644 });
  const cases: [unknown, RegExp][] = [
    [hook("exit 3"), /^The hook "\/bin\/sh" \(hooks\.prestart\[0\]\) exited with status 3$/],
    [hook("echo one; echo two >&2; exit 1"), /exited with status 1: one\ntwo$/],
    [hook("kill -9 $$"), /was killed by signal 9$/],
    [{ path: "/no/such/hook" }, /exited with status 127: execve\("\/no\/such\/hook", .*ENOENT/],
    [{ path: `${box.directory}/plain` }, /exited with status 127: execve\(.*EACCES/],
    [{ path: box.directory }, /exited with status 127: execve\(.*EACCES/],
  ];
  for (const [broken, pattern] of cases) {
    box.record({ prestart: [broken] });
    const sentence = failure(box.runts("create", box.id));
    const reason = sentence.replace("Cannot run the prestart hooks: ", "");
    assert(pattern.test(reason), reason);
    assertEquals(box.traces(), []);
  }
});

const FALSE = { path: "/bin/false" };

for (const kind of KINDS.filter((kind) => kind !== "poststop")) {
  Deno.test(`a failing ${kind} hook destroys the container, and the poststop hooks run`, () => {
    using box = new Recorder();
    const isStart = kind === "startContainer" || kind === "poststart";
    box.record({
      [kind]: [box.note("first"), FALSE, box.note("never")],
      poststop: [box.note("poststop-1"), FALSE, box.note("poststop-2")],
    });
    if (isStart) box.succeed("create", box.id);
    const { code, stdout, stderr } = box.runts(isStart ? "start" : "create", box.id);
    assertEquals([code, stdout], [1, ""]);
    const [warning, error, rest] = stderr.split("\n");
    assert(warning?.includes("level=warning") && warning.includes("(hooks.poststop[1])"), warning);
    assert(error?.includes(`Cannot run the ${kind} hooks: The hook \\"/bin/false\\"`), error);
    assertEquals(rest, "");
    assertEquals(box.order(), ["first", "poststop-1", "poststop-2"]);
    assertEquals(JSON.parse(box.read("poststop-1.state")).status, "stopped");
    assertEquals(JSON.parse(box.read("poststop-1.state")).pid, 0);
    assertEquals(box.traces(), []);
  });

  Deno.test(`run() with a failing ${kind} hook leaves nothing behind`, () => {
    using box = new Recorder();
    box.record({ [kind]: [FALSE], poststop: [box.note("poststop")] });
    for (const options of [[], ["--detach"], ["--keep"]]) {
      assertEquals(box.runts("run", ...options, box.id).code, 1);
      assertEquals(box.traces(), []);
    }
    assertEquals(box.order(), ["poststop", "poststop", "poststop"]);
  });
}

Deno.test("a failing poststop hook is a warning: the next one runs, and delete succeeds", () => {
  using box = new Recorder();
  const slow = { path: "/bin/sh", args: ["sh", "-c", "sleep 1000"], timeout: 1 };
  const missing = { path: "/no/such/hook" };
  box.record({ poststop: [FALSE, box.note("a"), slow, box.note("b"), missing, box.note("c")] });
  box.createAndStart();
  const { code, stdout, stderr } = box.runts("delete", "--force", box.id);
  assertEquals([code, stdout], [0, ""]);
  assertEquals(box.order(), ["a", "b", "c"]);
  const warned = [
    ...stderr.matchAll(/level=warning msg="The hook .*?\(hooks\.poststop\[(\d)\]\)/g),
  ];
  assertEquals(warned.map(([, index]) => index), ["0", "2", "4"]);
});

Deno.test("poststop hooks run when everything is gone, and the ID is free", () => {
  using box = new Recorder();
  const script = `
    ls ${box.root} >"$0/state"
    find /sys/fs/cgroup -name ${box.id} >"$0/cgroups"
    cat /proc/[0-9]*/cgroup 2>/dev/null | grep ${box.id} | grep -v deleted >"$0/processes"; :`;
  box.record({ poststop: [{ path: "/bin/sh", args: ["sh", "-c", script, box.out] }] });
  box.live();
  assertEquals([box.read("state"), box.read("cgroups"), box.read("processes")], ["", "", ""]);
});

Deno.test("a create that fails before its first hook runs no poststop hooks", () => {
  using box = new Recorder();
  box.record({ poststop: [box.note("poststop")] }, (config) => config.root.path = "nosuch");
  assertEquals(box.runts("create", box.id).code, 1);
  assertEquals(box.order(), []);
});

Deno.test("a create that fails after its hooks runs the poststop hooks", () => {
  using box = new Recorder();
  box.record(
    { createRuntime: [box.note("createRuntime")], poststop: [box.note("poststop")] },
    (config) => config.process.args = ["/no/such/program"],
  );
  assertEquals(box.runts("create", box.id).code, 1);
  assertEquals(box.order(), ["createRuntime", "poststop"]);
});
