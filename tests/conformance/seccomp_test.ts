/** Clauses of config-linux.md, section "Seccomp". @module */
import { assert, assertEquals } from "#assert";
import { E } from "../../ffi/errno.ts";
import { NR } from "../../ffi/numbers.ts";
import { isState } from "../../spec/state.ts";
import { engineProfile } from "../lib/engine_profile.ts";
import { errnoOf, errnosOf, writeProbe } from "../lib/probe.ts";
import { Receiver } from "../lib/seccomp_receiver.ts";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";

/** A container that makes one system call, getpid, under a filter. */
function makeBox(seccomp: Editable): Sandbox {
  const box = new Sandbox((config) => {
    config.process.args = ["/probe"];
    config.linux.seccomp = seccomp;
  });
  writeProbe(`${box.rootfs}/probe`, [NR.getpid]);
  return box;
}

/** The errno of that call. */
function getpid(seccomp: Editable): number {
  using box = makeBox(seccomp);
  return errnoOf(box.runts("run", box.id));
}

const ALLOW_ALL_ELSE = {
  names: ["execve", "write", "exit_group"],
  action: "SCMP_ACT_ALLOW",
};

Deno.test("config-linux.md#configLinuxSeccomp: defaultAction is taken for calls without a rule", () => {
  const syscalls = [ALLOW_ALL_ELSE];
  assertEquals(getpid({ defaultAction: "SCMP_ACT_ERRNO", syscalls }), E.EPERM);
  assertEquals(getpid({ defaultAction: "SCMP_ACT_ALLOW", syscalls }), 0);
});

Deno.test("config-linux.md#configLinuxSeccomp: defaultErrnoRet is the errno to return; if it is not set, EPERM", () => {
  const seccomp = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [ALLOW_ALL_ELSE] };
  assertEquals(getpid({ ...seccomp, defaultErrnoRet: E.ENODATA }), E.ENODATA);
  assertEquals(getpid(seccomp), E.EPERM);
});

Deno.test("config-linux.md#configLinuxSeccomp: errnoRet is the errno to return; if it is not set, EPERM", () => {
  const rule = (value: Editable): Editable => ({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["getpid"], action: "SCMP_ACT_ERRNO", ...value }],
  });
  assertEquals(getpid(rule({ errnoRet: E.ENODATA })), E.ENODATA);
  assertEquals(getpid(rule({})), E.EPERM);
});

Deno.test("config-linux.md#configLinuxSeccomp: an errno for an action that does not support one MUST be an error", () => {
  for (
    const [path, seccomp] of [
      ["defaultErrnoRet", { defaultAction: "SCMP_ACT_ALLOW", defaultErrnoRet: 1 }],
      ["syscalls[0].errnoRet", {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["getpid"], action: "SCMP_ACT_KILL", errnoRet: 1 }],
      }],
    ] as const
  ) {
    using box = makeBox(seccomp);
    const message = failure(box.runts("create", box.id));
    assert(message.includes(`linux.seccomp.${path}: must be absent`), message);
    assert(message.endsWith(`(config-linux.md#configLinuxSeccomp)`), message);
    assertEquals(box.traces(), []);
  }
});

Deno.test("config-linux.md#configLinuxSeccomp: a rule concerns all its names, and holds if all its args do", () => {
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["gettid", "getpid"], action: "SCMP_ACT_ERRNO" }],
  };
  assertEquals(getpid(seccomp), E.EPERM);
  const args = [
    { index: 0, value: 1001, op: "SCMP_CMP_EQ" },
    { index: 1, value: 2, op: "SCMP_CMP_GE" },
  ];
  // Descriptors that are not open: without the rule it is EBADF.
  const calls = [[1001, 2], [1001, 3], [1001, 1], [1002, 2]].map(([fd = 0, offset = 0]) =>
    [NR.lseek, fd, offset, 0] as const
  );
  using box = new Sandbox();
  const errnos = errnosOf(box, calls, (config) => {
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: E.EXDEV, args }],
    };
  });
  assertEquals(errnos, [E.EXDEV, E.EXDEV, E.EBADF, E.EBADF]);
});

Deno.test("config-linux.md#configLinuxSeccomp: listenerMetadata MUST NOT be set without listenerPath", () => {
  using box = makeBox({ defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x" });
  const message = failure(box.runts("create", box.id));
  assert(message.includes("linux.seccomp.listenerPath: is required beside listenerMeta"), message);
});

Deno.test("config-linux.md#configLinuxSeccomp: a failure to send the state MUST be an error", () => {
  using box = makeBox({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["getpid"], action: "SCMP_ACT_NOTIFY" }],
    listenerPath: "/nonexistent/listener.sock",
  });
  const message = failure(box.runts("run", box.id));
  assert(message.includes("linux.seccomp.listenerPath: "), message);
  assertEquals(box.traces(), []);
});

Deno.test("config-linux.md#containerprocessstate: one state MUST be sent over each connection, which MUST then be closed", async () => {
  using box = makeBox({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["getpid"], action: "SCMP_ACT_NOTIFY" }],
  });
  const path = `${box.directory}/listener.sock`;
  using receiver = new Receiver(path);
  box.configure((config) => {
    config.process.args = ["/probe"];
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["getpid"], action: "SCMP_ACT_NOTIFY" }],
      listenerPath: path,
      listenerMetadata: "opaque",
    };
  });
  box.succeed("create", box.id);
  const starting = box.start({}, "start", box.id);
  // Reads to the end, and takes descriptors with the first part only.
  const { state, listener } = receiver.receive();
  using _listener = listener;
  assertEquals(state.fds, ["seccompFd"]);
  assertEquals([state.pid, state.metadata], [box.state().pid, "opaque"]);
  assert(isState(state.state) && state.state.id === box.id && state.state.bundle === box.bundle);
  listener.answer(listener.next(), "continue");
  assertEquals((await starting.result()).code, 0);
  assertEquals(receiver.hasMore(), false);
  box.waitUntilStopped();
});

Deno.test("config-linux.md#configLinuxSeccomp: a filter such as engines use lets programs work, and nothing else", () => {
  using box = new Sandbox();
  const script = [
    "mkdir /tmp/a && echo text >/tmp/a/b && cat /tmp/a/b | wc -c",
    "unshare -u true 2>&1",
    "mount -t tmpfs none /tmp 2>&1",
    "sleep 0.01 & wait; echo done",
  ].join("; ");
  box.script(script, (config) => {
    config.root.readonly = false;
    config.linux.seccomp = engineProfile();
  });
  assertEquals(
    box.output(),
    "5\nunshare: unshare(0x4000000): Operation not permitted\n" +
      "mount: permission denied (are you root?)\ndone\n",
  );
});
