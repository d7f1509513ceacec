/** SCMP_ACT_NOTIFY: who is told what, and what happens when nobody listens. */
import { assert, assertEquals } from "#assert";
import { E } from "../../ffi/errno.ts";
import { NR } from "../../ffi/numbers.ts";
import { writeProbe } from "../lib/probe.ts";
import { Receiver } from "../lib/seccomp_receiver.ts";
import { type Editable, exists, failure, Sandbox } from "../lib/sandbox.ts";

const METADATA = 'anything: "ä", \\ and\n';

/** More than a socket takes before somebody reads. */
const LARGE = "large ".repeat(200_000);

/** A container whose mkdir(2) is somebody else's business; the script makes /tmp/x and says how it went. */
function makeBox(edit: (config: Editable) => void = () => {}): Sandbox {
  const box = new Sandbox();
  box.script("mkdir /tmp/x 2>&1; echo done", (config) => {
    config.root.readonly = false;
    config.annotations = { "org.example": "yes" };
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      listenerPath: `${box.directory}/listener.sock`,
      listenerMetadata: METADATA,
      syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY" }],
    };
    edit(config);
  });
  return box;
}

function listenAt(box: Sandbox): Receiver {
  return new Receiver(`${box.directory}/listener.sock`);
}

function pidOf(line: string, pid: number): string | undefined {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return new RegExp(`^${line}:\\s+(.*)$`, "m").exec(status)?.[1];
}

const WAYS: Readonly<Record<string, (config: Editable) => void>> = {
  "with no-new-privileges": (config) => config.process.noNewPrivileges = true,
  "without no-new-privileges, as a user": (config) => {
    config.process.noNewPrivileges = false;
    config.process.user = { uid: 1000, gid: 1000 };
  },
  "in a user namespace": (config) => {
    config.process.noNewPrivileges = false;
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
  },
  "with all flags": (config) =>
    config.linux.seccomp.flags = [
      "SECCOMP_FILTER_FLAG_TSYNC",
      "SECCOMP_FILTER_FLAG_LOG",
      "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
      "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ],
};

for (const [way, edit] of Object.entries(WAYS)) {
  Deno.test(`a listener is told of the container and answers its calls, ${way}`, async () => {
    using box = makeBox(edit);
    using receiver = listenAt(box);
    const running = box.start({}, "run", box.id);
    const { state, listener } = receiver.receive();
    using _listener = listener;
    const { pid } = state;
    assertEquals(state, {
      ociVersion: "1.3.0",
      fds: ["seccompFd"],
      pid,
      metadata: METADATA,
      state: {
        ociVersion: "1.3.0",
        id: box.id,
        status: "created",
        bundle: box.bundle,
        annotations: { "org.example": "yes" },
        pid,
      },
    });
    assertEquals(pidOf("NSpid", pid), `${pid}\t1`, "the pid is ours, of the container's init");
    const call = listener.next();
    assert([NR.mkdirat, 83].includes(call.nr), String(call.nr));
    assertEquals(pidOf("NSpid", call.pid)?.split("\t")[0], String(call.pid));
    listener.answer(call, { errno: E.EXDEV });
    const { code, stdout, stderr } = await running.result();
    assertEquals([code, stdout], [
      0,
      "mkdir: can't create directory '/tmp/x': Invalid cross-device link\ndone\n",
    ], stderr);
    assertEquals(receiver.hasMore(), false, "there was one connection");
  });
}

Deno.test("a listener can let a call pass, or feign that it was made", async () => {
  for (const answer of ["continue", { value: 0 }] as const) {
    using box = makeBox();
    using receiver = listenAt(box);
    const running = box.start({}, "run", box.id);
    const { listener } = receiver.receive();
    using _listener = listener;
    listener.answer(listener.next(), answer);
    const { stdout } = await running.result();
    assertEquals(stdout, "done\n");
    assertEquals(exists(`${box.rootfs}/tmp/x`), answer === "continue");
  }
});

Deno.test("the program does not run before the listener has arrived", async () => {
  using box = makeBox((config) => {
    config.process.args = ["/probe"];
    config.linux.seccomp.syscalls[0].names = ["getpid"];
  });
  writeProbe(`${box.rootfs}/probe`, [NR.getpid]);
  using receiver = listenAt(box);
  box.succeed("create", box.id);
  const starting = box.start({}, "start", box.id);
  const { state, listener } = receiver.receive();
  using _listener = listener;
  assertEquals(state.pid, box.state().pid);
  listener.answer(listener.next(), "continue");
  assertEquals((await starting.result()).code, 0);
  box.waitUntilStopped();
});

Deno.test("even execve can be notified", async () => {
  using box = makeBox((config) => {
    config.process.noNewPrivileges = false;
    config.linux.seccomp.syscalls[0].names = ["execve", "read"];
    config.process.args = ["true"];
  });
  using receiver = listenAt(box);
  const running = box.start({}, "run", box.id);
  const { listener } = receiver.receive();
  using _listener = listener;
  for (const nr of [NR.read, NR.execve]) {
    const call = listener.next();
    assertEquals(call.nr, nr);
    listener.answer(call, "continue");
  }
  assertEquals((await running.result()).code, 0);
});

Deno.test("everything can be notified by default, but for the call that hands the listener over", async () => {
  using box = makeBox((config) => {
    config.process.noNewPrivileges = true;
    config.process.args = ["true"];
    config.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY";
    config.linux.seccomp.syscalls = [{ names: ["sendmsg"], action: "SCMP_ACT_ALLOW" }];
  });
  using receiver = listenAt(box);
  const running = box.start({}, "run", box.id);
  const { listener } = receiver.receive();
  using _listener = listener;
  for (;;) {
    const call = listener.next();
    listener.answer(call, "continue");
    if (call.nr === NR.exit_group) break;
  }
  assertEquals((await running.result()).code, 0);
});

Deno.test("a filter that feigns the call that hands the listener over fails start", () => {
  using box = makeBox((config) => {
    config.linux.seccomp.syscalls.push({
      names: ["sendmsg"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 0,
    });
  });
  using _receiver = listenAt(box);
  box.succeed("create", box.id);
  const message = failure(box.runts("start", box.id));
  assert(/^Cannot hand over the listener: sendmsg\(.*\): unexpected end$/.test(message), message);
});

Deno.test("NOTIFY for the call that hands the listener over is refused", () => {
  using box = makeBox((config) => config.linux.seccomp.syscalls[0].names = ["mkdir", "sendmsg"]);
  using receiver = listenAt(box);
  assertEquals(
    failure(box.runts("create", box.id)),
    "Cannot plan the container: Invalid config.json: linux.seccomp.syscalls[0].action: " +
      'must not be SCMP_ACT_NOTIFY for "sendmsg": the listener is handed over by that call ' +
      "(config-linux.md#configLinuxSeccomp)",
  );
  assertEquals([box.traces(), receiver.hasMore()], [[], false]);
});

Deno.test("startContainer hooks get listeners of their own", async () => {
  using box = makeBox((config) => {
    const hook = (name: string): Editable => ({
      path: "/bin/mkdir",
      args: ["mkdir", `/tmp/${name}`],
    });
    config.hooks = { startContainer: [hook("a"), hook("b")] };
  });
  using receiver = listenAt(box);
  box.succeed("create", box.id);
  const { pid: init } = box.state();
  const starting = box.start({}, "start", box.id);
  const pids: number[] = [];
  for (const name of ["a", "b", "x"]) {
    const { state, listener } = receiver.receive();
    using _listener = listener;
    assertEquals([state.metadata, state.state.pid, state.state.id], [METADATA, init, box.id]);
    pids.push(state.pid);
    const call = listener.next();
    assertEquals(call.pid === state.pid, name !== "x", "the shell is not what makes the directory");
    listener.answer(call, "continue");
  }
  assertEquals((await starting.result()).code, 0);
  assertEquals(new Set(pids).size, 3);
  assertEquals(pids[2], init);
  box.waitUntilStopped();
  assertEquals(["a", "b", "x"].map((name) => exists(`${box.rootfs}/tmp/${name}`)), [
    true,
    true,
    true,
  ]);
});

Deno.test("a large message arrives whole, with the descriptor in front", async () => {
  using box = makeBox((config) => config.linux.seccomp.listenerMetadata = LARGE);
  using receiver = listenAt(box);
  const running = box.start({}, "run", box.id);
  const { state, listener } = receiver.receive();
  using _listener = listener;
  assertEquals(state.metadata === LARGE, true);
  listener.answer(listener.next(), "continue");
  assertEquals((await running.result()).code, 0);
});

Deno.test("a listener path that is no socket fails create, and nothing is left", () => {
  using box = makeBox();
  const path = `${box.directory}/listener.sock`;
  const create = (): string => failure(box.runts("create", box.id));
  const sentence = "Cannot make the filter of system calls: linux.seccomp.listenerPath: ";
  assertEquals(
    create(),
    `${sentence}statx(AT_FDCWD, "${path}", 0): ENOENT (No such file or directory)`,
  );
  Deno.writeTextFileSync(path, "");
  assertEquals(create(), `${sentence}"${path}" is not a socket`);
  assertEquals(box.traces(), []);
});

Deno.test("a listener path without NOTIFY is ignored", () => {
  using box = makeBox((config) => config.linux.seccomp.syscalls[0].action = "SCMP_ACT_LOG");
  assertEquals(box.output(), "done\n");
});

Deno.test("when nobody listens start fails, and can be tried again", async () => {
  using box = makeBox();
  const path = `${box.directory}/listener.sock`;
  listenAt(box)[Symbol.dispose]();
  box.succeed("create", box.id);
  const message = failure(box.runts("start", box.id));
  assert(
    /^Cannot connect to the listener of system calls: linux.seccomp.listenerPath: connect\(\d+, ".*"\): ECONNREFUSED \(Connection refused\)$/
      .test(message),
    message,
  );
  assertEquals(box.state().status, "created");
  Deno.removeSync(path);
  using receiver = listenAt(box);
  const starting = box.start({}, "start", box.id);
  const { listener } = receiver.receive();
  using _listener = listener;
  listener.answer(listener.next(), "continue");
  assertEquals((await starting.result()).code, 0);
  box.waitUntilStopped();
});

Deno.test("when the message cannot be sent start fails, and the program does not run", async () => {
  using box = makeBox((config) => {
    config.process.args = ["touch", "/tmp/ran"];
    config.linux.seccomp.listenerMetadata = LARGE;
  });
  using receiver = listenAt(box);
  box.succeed("create", box.id);
  const starting = box.start({}, "start", box.id);
  receiver.refuse();
  const message = failure(await starting.result());
  assert(
    /^Cannot execute the program: sendmsg\(\d+, …, MSG_NOSIGNAL\): (EPIPE|ECONNRESET) /.test(
      message,
    ),
    message,
  );
  box.waitUntilStopped();
  assertEquals(exists(`${box.rootfs}/tmp/ran`), false);
});

Deno.test("once the listener is gone its calls fail with ENOSYS", async () => {
  using box = makeBox();
  using receiver = listenAt(box);
  const running = box.start({}, "run", box.id);
  receiver.receive().listener[Symbol.dispose]();
  const { stdout } = await running.result();
  assertEquals(stdout, "mkdir: can't create directory '/tmp/x': Function not implemented\ndone\n");
});
