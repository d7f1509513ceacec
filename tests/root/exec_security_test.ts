/** What a hostile container can do to an `exec`: nothing that it could not do to its own processes. @module */
import { assert, assertEquals } from "#assert";
import { NR } from "../../ffi/numbers.ts";
import { makeSleeper, withUserNamespace } from "../lib/exec.ts";
import { Receiver } from "../lib/seccomp_receiver.ts";
import { type Editable, exists, RUNTS, waitUntil } from "../lib/sandbox.ts";

const ALL = ["CAP_SYS_PTRACE", "CAP_SYS_ADMIN", "CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE"];

function withPowers(config: Editable): void {
  for (const set of ["bounding", "effective", "permitted"]) {
    config.process.capabilities[set].push(...ALL);
  }
}

/**
 * Looks at every process that it sees, again and again, at what is no program of the image. Opening that for writing is nothing
 * yet: it may succeed the moment after the process has gone on to its program, and the file is sealed. What the program has for
 * an environment is the container's own, so only what was read before the process went on counts.
 */
const SPY = `cd /tmp; : >spying
while [ ! -e end ]; do
  for process in /proc/[0-9]*; do
    exe=$(readlink $process/exe) || continue
    [ "$exe" = /bin/busybox ] && continue
    echo "exe $exe" >>seen
    for fd in $process/fd/*; do echo "fd $(readlink $fd)" >>seen; done
    echo "cwd $(readlink $process/cwd)" >>seen
    echo "root $(readlink $process/root)" >>seen
    cat $process/environ >environ.now 2>/dev/null
    cat $process/cmdline >cmdline.now 2>/dev/null
    [ "$(readlink $process/exe)" = "$exe" ] && for file in environ cmdline; do cat $file.now >>$file; done
    (echo mine >>$process/exe) 2>/dev/null && echo "written $exe" >>seen
  done
done; : >ended`;

for (
  const [who, edit] of [
    ["with powers over all of its processes", withPowers],
    ["that is root of its user namespace", (config: Editable) => {
      withUserNamespace(config);
      withPowers(config);
    }],
  ] as const
) {
  Deno.test(`a container ${who} sees of exec a sealed tape and its own files`, () => {
    using box = makeSleeper(edit, SPY);
    Deno.chmodSync(`${box.rootfs}/tmp`, 0o777);
    box.createAndStart();
    waitUntil(() => exists(`${box.rootfs}/tmp/spying`));
    for (let i = 0; i < 15; i++) {
      const { code, stderr } = box.runts("exec", box.id, "true");
      assertEquals([code, stderr], [0, ""]);
    }
    Deno.writeTextFileSync(`${box.rootfs}/tmp/end`, "");
    waitUntil(() => exists(`${box.rootfs}/tmp/ended`));
    const read = (name: string) =>
      exists(`${box.rootfs}/tmp/${name}`) ? Deno.readTextFileSync(`${box.rootfs}/tmp/${name}`) : "";
    const seen = [...new Set(read("seen").split("\n"))].filter((line) => line !== "");
    const harmless =
      /^(exe|fd|cwd|root) ?$|^exe \/memfd:runts-exec \(deleted\)$|^fd (\/dev\/null|pipe:.*|socket:.*|\/tmp\/runts-stdio.*)$|^(cwd|root) \/(tmp)?$/;
    assertEquals(seen.filter((line) => !harmless.test(line)), []);
    assertEquals(read("environ"), "");
    assertEquals(read("cmdline").replaceAll("runts-exec\0", ""), "");
  });
}

Deno.test("the program /proc/self/exe is not the runtime, and cannot be written", () => {
  using box = makeSleeper(withPowers);
  const before = Deno.statSync(RUNTS);
  box.createAndStart();
  Deno.symlinkSync("/proc/self/exe", `${box.rootfs}/bin/trap`);
  for (const program of ["/proc/self/exe", "trap"]) {
    const { code, stdout } = box.runts("exec", box.id, program, "--version");
    assertEquals(stdout, "");
    assert(code !== 0);
  }
  // As an interpreter: the kernel opens it for the script.
  Deno.writeTextFileSync(`${box.rootfs}/bin/script`, "#!/proc/self/exe\n", { mode: 0o755 });
  assertEquals(box.runts("exec", box.id, "script").stdout, "");
  const after = Deno.statSync(RUNTS);
  assertEquals([after.size, after.mtime?.getTime()], [before.size, before.mtime?.getTime()]);
  assertEquals(box.state().status, "running");
});

Deno.test("no current directory leads out of the container", () => {
  using box = makeSleeper();
  box.createAndStart();
  // A descriptor of the host's that the caller had open and did not pass.
  const prefix = ["bash", "-c", 'exec 7</ 8</etc; exec "$@"', "bash"];
  for (let fd = 3; fd < 40; fd++) {
    const result = box.runtsWith({ prefix }, "exec", "--cwd", `/proc/self/fd/${fd}`, box.id, "pwd");
    assertEquals([fd, result.code, result.stdout], [fd, 255, ""]);
  }
  for (const cwd of ["/proc/1/cwd/../../../..", "/proc/1/root/../.."]) {
    const { stdout } = box.runts("exec", "--cwd", cwd, box.id, "ls", "/bin/busybox", "etc/passwd");
    assertEquals(stdout, "/bin/busybox\netc/passwd\n");
  }
});

Deno.test("the container's /etc/passwd is read in its root, and cannot make exec wait", () => {
  using box = makeSleeper();
  box.createAndStart();
  const home = () => box.runts("exec", "--user", "42", box.id, "sh", "-c", "echo $HOME").stdout;
  Deno.removeSync(`${box.rootfs}/etc/passwd`);
  Deno.writeTextFileSync(`${box.directory}/passwd`, "x:x:42:42::/of/the/host:/bin/sh\n");
  Deno.symlinkSync(`${box.directory}/passwd`, `${box.rootfs}/etc/passwd`);
  assertEquals(home(), "/\n");
  Deno.removeSync(`${box.rootfs}/etc/passwd`);
  assertEquals(box.runts("exec", box.id, "mkfifo", "/etc/passwd").code, 0);
  assertEquals(home(), "/\n");
});

Deno.test("exec() has the container's filter, and a listener is told of its process", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "runts-listener-" });
  using box = makeSleeper((config) => {
    config.annotations = { "org.example": "yes" };
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      listenerPath: `${directory}/listener.sock`,
      listenerMetadata: "meta",
      syscalls: [
        { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY" },
        { names: ["chroot"], action: "SCMP_ACT_ERRNO", errnoRet: 77 },
      ],
    };
  });
  using receiver = new Receiver(`${directory}/listener.sock`);
  const starting = box.start({}, "run", "-d", box.id);
  receiver.receive().listener[Symbol.dispose]();
  assertEquals((await starting.result()).code, 0);
  const running = box.start({}, "exec", box.id, "sh", "-c", "mkdir /tmp/x; chroot / true");
  const { state, listener } = receiver.receive();
  using _listener = listener;
  const { pid } = state;
  assertEquals(state, {
    ociVersion: "1.3.0",
    fds: ["seccompFd"],
    pid,
    metadata: "meta",
    state: {
      ociVersion: "1.3.0",
      id: box.id,
      status: "running",
      bundle: box.bundle,
      annotations: { "org.example": "yes" },
      pid: box.state().pid,
    },
  });
  assert(pid !== box.state().pid);
  const call = listener.next();
  assert([NR.mkdirat, 83].includes(call.nr), String(call.nr));
  listener.answer(call, { value: 0 });
  const { stdout, stderr } = await running.result();
  assertEquals([stdout, stderr], [
    "",
    "chroot: can't change root directory to '/': File descriptor in bad state\n",
  ]);
  assertEquals(exists(`${box.rootfs}/tmp/x`), false);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("an exec that is killed leaves no process in the container", async () => {
  using box = makeSleeper();
  const pid = box.createAndStart();
  for (let delay = 0; delay < 200; delay += 10) {
    const running = box.start({}, "exec", "-d", box.id, "true");
    await new Promise((resolve) => setTimeout(resolve, delay));
    try {
      running.kill("SIGKILL");
    } catch (error) {
      // It was quicker.
      if (!(error instanceof TypeError)) throw error;
    }
    await running.result();
  }
  // One that was killed early has left a process that has not come to the container's cgroup.
  const processes = () => box.traces().filter((trace) => trace.startsWith("process "));
  waitUntil(() => processes().length === 1);
  const children = () => box.runts("ps", "--format", "json", box.id).stdout.trim();
  waitUntil(() => children() === `[${pid}]`);
});
