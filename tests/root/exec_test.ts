/** `exec`: one more program in a container, by flags or by a process file. @module */
import { assert, assertEquals } from "#assert";
import { makeSleeper, refusal, withUserNamespace } from "../lib/exec.ts";
import { receive } from "../lib/receiver.ts";
import {
  type Editable,
  exists,
  hasEnded,
  type Result,
  run,
  Sandbox,
  waitUntil,
} from "../lib/sandbox.ts";

Deno.test("exec() returns the program's exit code, and 128 + N when signal N killed it", () => {
  using box = makeSleeper();
  box.createAndStart();
  assertEquals(box.runts("exec", box.id, "sh", "-c", "echo out; echo err >&2; exit 7"), {
    code: 7,
    stdout: "out\n",
    stderr: "err\n",
  });
  assertEquals(box.runts("exec", box.id, "sh", "-c", "kill -9 $$").code, 137);
  assertEquals(box.runtsWith({ stdin: "typed" }, "exec", box.id, "cat").stdout, "typed");
});

Deno.test("the program is in all of init's namespaces, below its root, and no descriptor is left to it", () => {
  for (const edit of [() => {}, withUserNamespace]) {
    using box = makeSleeper(edit);
    const pid = box.createAndStart();
    const names = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];
    const script = `for i in ${names.join(" ")}; do readlink /proc/self/ns/$i; done;
      ls /proc/self/fd | wc -l; ls /; cat /proc/self/sessionid >/dev/null; ps | grep -c '[s]leep'`;
    const { code, stdout, stderr } = box.runts("exec", box.id, "sh", "-c", script);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout.split("\n"), [
      ...names.map((name) => Deno.readLinkSync(`/proc/${pid}/ns/${name}`)),
      "4",
      ...[...Deno.readDirSync(box.rootfs)].map(({ name }) => name).sort(),
      "1",
      "",
    ]);
  }
});

Deno.test("without a namespace of its own the container's root is still the program's", () => {
  using box = makeSleeper((config) => {
    config.linux.namespaces = [];
    config.mounts = [];
    config.linux.maskedPaths = [];
    config.linux.readonlyPaths = [];
    delete config.hostname;
  });
  Deno.writeTextFileSync(`${box.rootfs}/etc/mark`, "here\n");
  box.createAndStart();
  assertEquals(box.runts("exec", box.id, "cat", "/etc/mark").stdout, "here\n");
});

Deno.test("flags change the container's process, and what follows the ID is the program's", () => {
  using box = makeSleeper((config) => {
    config.process.user = { uid: 0, gid: 5, umask: 0o27, additionalGids: [7] };
    config.process.env = ["PATH=/bin", "A=1", "B=2"];
    config.process.noNewPrivileges = false;
    config.process.capabilities = { bounding: ["CAP_KILL"] };
  });
  Deno.writeTextFileSync(`${box.rootfs}/etc/passwd`, "u:x:3:5::/tmp/home:/bin/sh\n");
  box.createAndStart();
  const see = (...args: string[]): string => {
    const { code, stdout, stderr } = box.runts("exec", ...args);
    assertEquals([code, stderr], [0, ""]);
    return stdout;
  };
  const script = "echo $A $B $C $HOME; id -u; id -g; id -G; pwd; umask; echo $0 $1";
  assertEquals(
    see(
      ..."-u 3 -g 8 -g 9 -env A=a,b=c -e C=3 --cwd /tmp".split(" "),
      ...[box.id, "sh", "-c", script, "--tty", "-u"],
    ),
    "a,b=c 2 3 /tmp/home\n3\n5\n5 7 8 9\n/tmp\n0027\n--tty -u\n",
  );
  assertEquals(see("--user=4:6", box.id, "id").trim(), "uid=4 gid=6 groups=7");
  const status = (...flags: string[]): string[] =>
    see(...flags, box.id, "grep", "-E", "^(Cap|NoNew)", "/proc/self/status").trim().split("\n")
      .map((line) => line.split(":\t").map((word) => word.replace(/^0+(?=.)/, "")).join(" "));
  assertEquals(status(), [
    "CapInh 0",
    "CapPrm 20",
    "CapEff 20",
    "CapBnd 20",
    "CapAmb 0",
    "NoNewPrivs 0",
  ]);
  // NET_ADMIN is bit 12.
  // Without new privileges even root gets no more than what it had permitted.
  assertEquals(status("-c", "CAP_NET_ADMIN", "--no-new-privs"), [
    "CapInh 0",
    "CapPrm 1000",
    "CapEff 1000",
    "CapBnd 1020",
    "CapAmb 0",
    "NoNewPrivs 1",
  ]);
});

Deno.test("a process file is the whole process, from a path or from stdin", () => {
  using box = makeSleeper();
  box.createAndStart();
  const process = {
    args: ["sh", "-c", "env | grep -v PWD; id -u; ulimit -n; cat /proc/self/oom_score_adj; pwd"],
    cwd: "/tmp",
    env: ["PATH=/bin", "SHLVL=0", "X=y"],
    user: { uid: 11, gid: 12 },
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 78 }],
    oomScoreAdj: 321,
    capabilities: {},
  };
  const path = `${box.directory}/process.json`;
  Deno.writeTextFileSync(path, JSON.stringify(process));
  const expected = {
    code: 0,
    stdout: "HOME=/\nPATH=/bin\nSHLVL=1\nX=y\n11\n77\n321\n/tmp\n",
    stderr: "",
  };
  const sorted = ({ stdout, ...rest }: Result): Result => {
    const lines = stdout.split("\n");
    return { ...rest, stdout: [...lines.slice(0, 4).sort(), ...lines.slice(4)].join("\n") };
  };
  assertEquals(sorted(box.runts("exec", "--process", path, box.id)), expected);
  const stdin = JSON.stringify(process);
  assertEquals(sorted(box.runtsWith({ stdin }, "exec", "-p", "-", box.id)), expected);
});

Deno.test("a process that is not valid is refused with the property's name", () => {
  using box = makeSleeper();
  box.createAndStart();
  const path = `${box.directory}/process.json`;
  const refuse = (text: string): string => {
    Deno.writeTextFileSync(path, text);
    return refusal(box.runts("exec", "-p", path, box.id));
  };
  assert(refuse("{").startsWith(`Cannot read the process: Invalid ${path}: line 1`));
  assert(refuse('{"cwd":"/"}').includes("process.args"));
  assert(refuse('{"cwd":"x","args":["true"]}').includes("process.cwd"));
  assert(refusal(box.runts("exec", "--cwd", "x", box.id, "true")).includes("process.cwd"));
  assertEquals(
    refusal(box.runts("exec", box.id)),
    "Cannot read the process: exec args cannot be empty",
  );
  assert(refusal(box.runts("exec", "-u", "root", box.id, "id")).includes("--user"));
});

Deno.test("a program that cannot be run is told in the words that clients look for, with 255", () => {
  using box = makeSleeper();
  Deno.writeTextFileSync(`${box.rootfs}/etc/script`, "#!/nosuch\n", { mode: 0o755 });
  Deno.writeTextFileSync(`${box.rootfs}/etc/text`, "");
  box.createAndStart();
  const sentence = "Cannot find the program: process.args[0]: exec: ";
  const refuse = (program: string): string => refusal(box.runts("exec", box.id, program));
  assertEquals(refuse("nosuch"), `${sentence}"nosuch": executable file not found in $PATH`);
  assertEquals(refuse("/nosuch"), `${sentence}"/nosuch": no such file or directory`);
  assertEquals(refuse("/etc"), `${sentence}"/etc": is a directory`);
  assertEquals(refuse("/etc/text"), `${sentence}"/etc/text": permission denied`);
  assertEquals(refuse("/bin/sh/x"), `${sentence}"/bin/sh/x": not a directory`);
  assertEquals(
    refuse("/etc/script"),
    'Cannot execute the program: execve("/etc/script", ["/etc/script"], …): ENOENT (No such file or directory)',
  );
  const missing = box.runts("exec", "--cwd", "/nosuch", box.id, "true");
  assert(refusal(missing).startsWith("Cannot enter the current directory: chdir("));
  // Nothing of all that is left in the container.
  const commands = box.runts("exec", box.id, "ps", "-o", "args").stdout;
  assertEquals(commands, "COMMAND\nsleep 10000\nps -o args\n");
});

Deno.test("exec() runs in containers that are created or running, and in no others", () => {
  using box = makeSleeper();
  assertEquals(
    refusal(box.runts("exec", box.id, "true")),
    `Cannot open the container: Cannot open container "${box.id}": container does not exist`,
  );
  box.succeed("create", box.id);
  assertEquals(box.runts("exec", box.id, "echo", "early").stdout, "early\n");
  assertEquals(box.state().status, "created");
  box.succeed("start", box.id);
  assertEquals(box.runts("exec", box.id, "echo", "up").stdout, "up\n");
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  assertEquals(
    refusal(box.runts("exec", box.id, "true")),
    "Cannot check that the container runs: cannot exec in a stopped container",
  );
});

Deno.test("a wrong command line is 1, as with every command", () => {
  using box = makeSleeper();
  assertEquals(box.runts("exec").code, 1);
  assertEquals(box.runts("exec", "--bogus", box.id, "true").code, 1);
});

Deno.test("exec() with --detach returns as soon as the program runs, with its pid in the file and a pidfd", () => {
  using box = makeSleeper();
  box.createAndStart();
  const [file, socket] = [`${box.directory}/pid`, `${box.directory}/pidfd.sock`];
  using receiver = receive(socket);
  const flags = ["-d", "--pid-file", file, "--pidfd-socket", socket];
  const { code, stderr } = box.runts("exec", ...flags, box.id, "sleep", "5000");
  assertEquals([code, stderr], [0, ""]);
  const pid = Deno.readTextFileSync(file);
  assertEquals(Deno.readTextFileSync(`/proc/${pid}/cmdline`), "sleep\x005000\0");
  const { text, fdinfo } = receiver.take();
  assertEquals([text, /^Pid:\t(\d+)$/m.exec(fdinfo)?.[1]], ["setns", pid]);
  box.succeed("kill", box.id, "KILL");
  waitUntil(() => hasEnded(Number(pid)));
});

Deno.test("without a program there is no pid file, and with a wrong pid file no program", () => {
  using box = makeSleeper();
  box.createAndStart();
  const file = `${box.directory}/pid`;
  refusal(box.runts("exec", "-d", "--pid-file", file, box.id, "nosuch"));
  assertEquals(exists(file), false);
  const message = refusal(
    box.runts("exec", "-d", "--pid-file", `${box.directory}/no/pid`, box.id, "sleep", "5000"),
  );
  assert(message.startsWith("Cannot write the pid file: openat("), message);
  assertEquals(box.runts("exec", box.id, "sh", "-c", "ps | grep -c '[s]leep 5000'").stdout, "0\n");
});

Deno.test("signals go to the program, and what the caller sends early is not lost", async () => {
  using box = makeSleeper();
  box.createAndStart();
  const script = "trap 'echo got; exit 3' USR1; : >/tmp/up; while :; do usleep 10000; done";
  const running = box.start({}, "exec", box.id, "sh", "-c", script);
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  running.kill("SIGUSR1");
  assertEquals(await running.result(), { code: 3, stdout: "got\n", stderr: "" });
});

Deno.test("descriptors are passed on, and LISTEN_PID is the program's pid in the container", () => {
  using box = makeSleeper((config) => config.process.env.push("LISTEN_PID=77"));
  box.createAndStart();
  const open = "exec 3</proc/sys/kernel/ostype 4</proc/sys/kernel/ostype 5</etc/passwd; ";
  const prefix = ["sh", "-c", `${open} LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"`, "sh"];
  const script = 'echo $LISTEN_FDS; [ "$LISTEN_PID" = $$ ] && echo mine; cat <&3; cat <&4;' +
    " ls /proc/self/fd | wc -l";
  const words = ["exec", "--preserve-fds", "1", box.id, "sh", "-c", script];
  const { code, stdout, stderr } = box.runtsWith({ prefix }, ...words);
  assertEquals([code, stdout, stderr], [0, "1\nmine\nLinux\nLinux\n6\n", ""]);
  assertEquals(
    refusal(box.runts("exec", "--preserve-fds", "1", box.id, "true")),
    "Cannot open the sockets: unable to stat preserved-fd 0 (of 1): descriptor 3 is not open",
  );
});

Deno.test("an exec that is told to stop while the process waits ends it", async () => {
  using box = makeSleeper();
  box.createAndStart();
  const frozen = `/sys/fs/cgroup/freezer/runts-test/${box.id}/freezer.state`;
  if (!exists(frozen)) return;
  Deno.writeTextFileSync(frozen, "FROZEN");
  const running = box.start({}, "exec", "-d", "--ignore-paused", box.id, "sleep", "5000");
  const count = (): number =>
    Deno.readTextFileSync(frozen.replace("freezer.state", "cgroup.procs")).trim().split("\n")
      .length;
  waitUntil(() => count() === 2);
  running.kill("SIGTERM");
  assertEquals((await running.result()).code, 143);
  Deno.writeTextFileSync(frozen, "THAWED");
  waitUntil(() => count() === 1);
});

Deno.test("a caller without privileges can exec in its own container", () => {
  using box = new Sandbox();
  Deno.chmodSync(box.bundle, 0o755);
  const uid = 65534;
  box.script("exec sleep 10000", (config) => {
    config.process.capabilities.ambient = [];
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [{ containerID: 0, hostID: uid, size: 1 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: uid, size: 1 }];
    delete config.linux.cgroupsPath;
    delete config.linux.resources;
    config.mounts = config.mounts.filter(({ type }: Editable) =>
      type !== "devpts" && type !== "cgroup"
    );
  });
  Deno.mkdirSync(box.root);
  Deno.chownSync(box.root, uid, uid);
  const prefix = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  const started = box.runtsWith({ prefix }, "run", "-d", box.id);
  assertEquals(started.code, 0, started.stderr);
  const { code, stdout, stderr } = box.runtsWith({ prefix }, "exec", box.id, "id");
  assertEquals([code, stdout.trim()], [0, "uid=0(root) gid=0"], stderr);
  assertEquals(run(["true"]).code, 0);
});
