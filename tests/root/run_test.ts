/** `run`, in the foreground and detached. @module */
import { assert, assertEquals } from "#assert";
import { exists, failure, hasEnded, run, RUNTS, Sandbox, waitUntil } from "../lib/sandbox.ts";

Deno.test("run() returns the exit code of the program", () => {
  using box = new Sandbox();
  box.script("echo out; echo err >&2; exit 7");
  assertEquals(box.runts("run", box.id), { code: 7, stdout: "out\n", stderr: "err\n" });
});

Deno.test("run() returns 128 + N when signal N killed the program", () => {
  using box = new Sandbox();
  // Init of a PID namespace ignores signals from inside: a child asks the runtime's side, the shell kills itself by KILL.
  box.script("sleep 1000 & kill -9 $!; wait $!");
  assertEquals(box.runts("run", box.id).code, 137);
});

Deno.test("run() returns 128 + N when signal N killed init itself", async () => {
  using box = new Sandbox();
  box.script(": >/tmp/up; exec sleep 1000", (config) => config.root.readonly = false);
  const running = box.start({}, "run", box.id);
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  box.succeed("kill", box.id, "KILL");
  assertEquals(await running.result(), { code: 137, stdout: "", stderr: "" });
  assertEquals(box.traces(), []);
});

Deno.test("run() returns the signal's code in a shared PID namespace as well", async () => {
  using box = new Sandbox();
  box.script(": >/tmp/up; exec sleep 1000", (config) => {
    config.root.readonly = false;
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
      type !== "pid"
    );
  });
  const running = box.start({}, "run", box.id);
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  box.succeed("kill", box.id, "USR1");
  assertEquals(await running.result(), { code: 138, stdout: "", stderr: "" });
});

Deno.test("run() leaves no container behind, and with --keep a stopped one", () => {
  using box = new Sandbox();
  box.script("exit 3");
  assertEquals(box.runts("run", box.id).code, 3);
  assertEquals(box.traces(), []);
  assertEquals(box.runts("run", "--keep", box.id).code, 3);
  assertEquals([box.state().status, box.state().pid], ["stopped", 0]);
  assertEquals(
    failure(box.runts("run", box.id)),
    `Cannot reserve the ID: Cannot use the ID "${box.id}": container with given ID already exists`,
  );
  box.succeed("delete", box.id);
});

Deno.test("run() with --detach returns as soon as the program runs", () => {
  using box = new Sandbox();
  box.script("echo up; exec sleep 1000");
  const file = `${box.directory}/pid`;
  const { code, stderr } = box.runts("run", "-d", "--pid-file", file, box.id);
  assertEquals([code, stderr], [0, ""]);
  const { status, pid } = box.state();
  assertEquals([status, String(pid)], ["running", Deno.readTextFileSync(file)]);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assertEquals(box.state().status, "stopped", "it is not deleted by itself");
});

Deno.test("run() that fails to execute the program leaves nothing behind", () => {
  using box = new Sandbox();
  Deno.writeTextFileSync(`${box.rootfs}/bin/broken`, "#!/no/such/interpreter\n", { mode: 0o755 });
  box.configure((config) => config.process.args = ["broken"]);
  for (const options of [[], ["--detach"], ["--keep"]]) {
    const sentence = failure(box.runts("run", ...options, box.id));
    assert(sentence.startsWith('Cannot execute the program: execve("/bin/broken", '), sentence);
    assert(sentence.endsWith("ENOENT (No such file or directory)"), sentence);
    assertEquals(box.traces(), []);
  }
});

Deno.test("run() connects stdin, stdout and stderr", () => {
  using box = new Sandbox();
  box.script("tr a-z A-Z; echo end >&2");
  const result = box.runtsWith({ stdin: "words\nmore" }, "run", box.id);
  assertEquals(result, { code: 0, stdout: "WORDS\nMORE", stderr: "end\n" });
});

Deno.test("run() passes much through pipes, and both ends see the end", () => {
  using box = new Sandbox();
  box.script("wc -c");
  const pipe = 'head -c 3000000 /dev/zero | "$@" | cat';
  assertEquals(box.output({ prefix: ["sh", "-c", pipe, "sh"] }), "3000000\n");
  box.script("head -c 3000000 /dev/zero");
  assertEquals(box.output({ prefix: ["sh", "-c", '"$@" | wc -c', "sh"] }), "3000000\n");
  // The reader goes first: SIGPIPE ends the program.
  box.script("while echo line; do :; done");
  assertEquals(box.output({ prefix: ["sh", "-c", '"$@" | head -n 1', "sh"] }), "line\n");
});

Deno.test("run() gives closed stdio the null device", () => {
  using box = new Sandbox();
  box.script("for i in 0 1 2; do readlink /proc/self/fd/$i; done >/tmp/fds; exit 4", (config) => {
    config.root.readonly = false;
  });
  const prefix = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"];
  assertEquals(box.runtsWith({ prefix }, "run", box.id).code, 4);
  assertEquals(
    Deno.readTextFileSync(`${box.rootfs}/tmp/fds`).split("\n").filter((_, i) => i !== 1),
    // stdout is the file itself.
    ["/dev/null", "/dev/null", ""],
  );
});

Deno.test("the program gets stdin, stdout and stderr, and no other descriptor", () => {
  using box = new Sandbox();
  box.configure((config) => config.process.args = ["ls", "/proc/self/fd"]);
  const prefix = ["bash", "-c", 'exec 3</ 4</etc 17</bin 250</etc/passwd; exec "$@"', "bash"];
  // ls itself opens the directory: as 3, the lowest number that is free.
  assertEquals(box.output({ prefix }), "0\n1\n2\n3\n");
});

Deno.test("--preserve-fds passes as many descriptors as it says, and nothing else", () => {
  using box = new Sandbox();
  const script = 'exec 3</etc/group 4</ 5</etc/passwd 6</bin 7</usr; exec "$@"';
  const prefix = ["bash", "-c", script, "bash"];
  const inside = (count: number, ...args: string[]) => {
    box.configure((config) => config.process.args = args);
    const result = box.runtsWith({ prefix }, "run", `--preserve-fds=${count}`, box.id);
    assertEquals([result.code, result.stderr], [0, ""]);
    return result.stdout;
  };
  // The last one is the directory that ls lists.
  assertEquals(inside(2, "ls", "/proc/self/fd"), "0\n1\n2\n3\n4\n5\n");
  assertEquals(inside(0, "ls", "/proc/self/fd"), "0\n1\n2\n3\n");
  assertEquals(inside(1, "cat", "/proc/self/fd/3"), Deno.readTextFileSync("/etc/group"));
  assertEquals(inside(3, "cat", "/proc/self/fd/5"), Deno.readTextFileSync("/etc/passwd"));
});

Deno.test("--preserve-fds refuses a number of which one is not open", () => {
  using box = new Sandbox();
  const prefix = ["bash", "-c", 'exec 3</ 5</etc; exec "$@"', "bash"];
  for (const [count, missing] of [[2, 1], [3, 1], [100, 1]]) {
    assertEquals(
      failure(box.runtsWith({ prefix }, "run", `--preserve-fds=${count}`, box.id)),
      "Cannot open the sockets: unable to stat preserved-fd " +
        `${missing} (of ${count}): descriptor 4 is not open`,
    );
  }
  assertEquals(box.traces(), []);
  assert(box.runts("run", "--preserve-fds=-1", box.id).stderr.includes("out of range"));
});

Deno.test("run() forwards the signals that it gets", async () => {
  using box = new Sandbox();
  box.script(
    `for s in HUP INT QUIT USR1 USR2 CONT WINCH; do trap "echo $s >>/tmp/got" $s; done
     trap 'echo TERM >>/tmp/got; exit 5' TERM
     : >/tmp/got; while :; do usleep 10000; done`,
    (config) => config.root.readonly = false,
  );
  const running = box.start({}, "run", box.id);
  const file = `${box.rootfs}/tmp/got`;
  waitUntil(() => exists(file));
  const got = () => Deno.readTextFileSync(file).split("\n").filter((line) => line !== "");
  const signals = ["HUP", "INT", "QUIT", "USR1", "USR2", "CONT", "WINCH"] as const;
  signals.forEach((signal, i) => {
    running.kill(`SIG${signal}`);
    waitUntil(() => got().length > i);
  });
  running.kill("SIGTERM");
  assertEquals((await running.result()).code, 5);
  assertEquals(got(), [...signals, "TERM"]);
  assertEquals(box.traces(), []);
});

Deno.test("run() reaps what its container leaves behind", async () => {
  using box = new Sandbox();
  // In the host's PID namespace, an orphan goes to the nearest subreaper: the runtime.
  box.script(
    "(sh -c ': >/tmp/orphan; usleep 50000' &) ; while [ ! -e /tmp/end ]; do usleep 10000; done",
    (
      config,
    ) => {
      config.root.readonly = false;
      config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) =>
        type !== "pid"
      );
    },
  );
  const running = box.start({}, "run", box.id);
  waitUntil(() => exists(`${box.rootfs}/tmp/orphan`));
  const children = () =>
    Deno.readTextFileSync(`/proc/${running.pid}/task/${running.pid}/children`).trim().split(" ");
  waitUntil(() => children().length === 1);
  Deno.writeTextFileSync(`${box.rootfs}/tmp/end`, "");
  assertEquals((await running.result()).code, 0);
});

Deno.test("run() works for a caller that ignores SIGCHLD", () => {
  using box = new Sandbox();
  box.script("exit 6", (config) => {
    config.hooks = { createRuntime: [{ path: "/bin/true" }] };
  });
  // bash passes it on, dash does not.
  const prefix = ["bash", "-c", "trap '' CHLD; exec \"$@\"", "bash"];
  assertEquals(box.runtsWith({ prefix }, "run", box.id).code, 6);
});

Deno.test("run() that is killed leaves a container that the other commands know", async () => {
  using box = new Sandbox();
  box.script(": >/tmp/up; exec sleep 1000", (config) => config.root.readonly = false);
  const running = box.start({}, "run", box.id);
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  running.kill("SIGKILL");
  assertEquals((await running.result()).code, 137);
  const { status, pid } = box.state();
  assertEquals([status, hasEnded(pid)], ["running", false]);
  box.succeed("delete", "--force", box.id);
  assertEquals(box.traces(), []);
});

Deno.test("run() does not mind that others delete its container", async () => {
  using box = new Sandbox();
  box.script(": >/tmp/up; exec sleep 1000", (config) => config.root.readonly = false);
  const running = box.start({}, "run", box.id);
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  box.succeed("delete", "--force", box.id);
  assertEquals(await running.result(), { code: 137, stdout: "", stderr: "" });
});

Deno.test("run() wants no console socket in the foreground, and one when it detaches", () => {
  using box = new Sandbox((config) => config.process.terminal = true);
  const wrong = "cannot use console socket if runts will not detach or allocate tty";
  const missing = "cannot allocate tty if runts will detach without setting console socket";
  const sentence = (...args: string[]) => failure(box.runts(...args, box.id));
  const prefix = "Cannot validate the configuration: ";
  assertEquals(sentence("run", "--console-socket=/nosuch"), prefix + wrong);
  assertEquals(sentence("run", "--detach"), prefix + missing);
  assertEquals(sentence("create"), prefix + missing);
  box.configure();
  assertEquals(sentence("create", "--console-socket=/nosuch"), prefix + wrong);
  assertEquals(sentence("run", "--detach", "--console-socket=/nosuch"), prefix + wrong);
  assertEquals(box.traces(), []);
});

Deno.test("run() uses the current directory and the default root", () => {
  using box = new Sandbox();
  box.script("echo here");
  const env = { XDG_RUNTIME_DIR: "" };
  const { code, stdout } = run([RUNTS, "run", box.id], { cwd: box.bundle, env });
  assertEquals([code, stdout], [0, "here\n"]);
  assertEquals(exists(`/run/runts/${box.id}`), false);
});

Deno.test("run() gives program and hooks the limit on open files that a launcher found", () => {
  using box = new Sandbox();
  const script = `ulimit -S -n >${box.directory}/hook`;
  box.script("ulimit -S -n", (config) => {
    config.process.rlimits = [];
    config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script] }] };
  });
  // What `deno run` raises before the program begins.
  const words = ["bash", "-c", 'ulimit -S -n 1000; exec "$@"', "bash", RUNTS];
  const args = ["--launcher-nofile=321", "--root", box.root, "run", box.id];
  const { code, stdout } = run([...words, ...args], { cwd: box.bundle });
  assertEquals([code, stdout], [0, "321\n"]);
  assertEquals(Deno.readTextFileSync(`${box.directory}/hook`), "321\n");
});
