/** Socket activation and sd_notify(3), with the test as the service manager. */
import { assert, assertEquals } from "#assert";
import { SOCK } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { bindUnix, recvmsg, socket } from "../../ffi/socket.ts";
import { type Editable, exists, failure, Sandbox, waitUntil } from "../lib/sandbox.ts";

/** The words before `runts` that open descriptors from 3 on and speak as a service manager. */
function activated(count: number, pid = "$$"): string[] {
  const open = Array.from({ length: count }, (_, i) => `exec ${3 + i}</proc/sys/kernel/ostype; `);
  const script = `${open.join("")}LISTEN_FDS=${count} LISTEN_PID=${pid} exec "$@"`;
  return ["sh", "-c", script, "sh"];
}

const SHOW =
  "env | grep ^LISTEN | sort; for fd in 3 4 5; do [ -e /proc/self/fd/$fd ] && cat <&$fd; done; true";

Deno.test("a service manager's descriptors reach the program, and it is told", () => {
  using box = new Sandbox();
  box.script(SHOW, (config) => config.process.env.push("LISTEN_PID=77", "LISTEN_FDNAMES=old"));
  const { code, stdout, stderr } = box.runtsWith({ prefix: activated(2) }, "run", box.id);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: "LISTEN_FDS=2\nLISTEN_PID=1\nLinux\nLinux\n",
    stderr: "",
  });
});

Deno.test("without a PID namespace LISTEN_PID is the program's pid on the host", () => {
  using box = new Sandbox();
  box.script('[ "$LISTEN_PID" = "$$" ] && echo same', (config) => {
    config.linux.namespaces = config.linux.namespaces
      .filter(({ type }: { type: string }) => type !== "pid");
  });
  assertEquals(box.output({ prefix: activated(1) }), "same\n");
});

Deno.test("--preserve-fds counts from the service manager's descriptors on", () => {
  using box = new Sandbox();
  box.script(SHOW);
  const script =
    'exec 3</proc/sys/kernel/ostype 4</proc/sys/kernel/ostype; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"';
  const prefix = ["sh", "-c", script, "sh"];
  const { stdout } = box.runtsWith({ prefix }, "run", "--preserve-fds", "1", box.id);
  assertEquals(stdout, "LISTEN_FDS=1\nLISTEN_PID=1\nLinux\nLinux\n");
});

Deno.test("descriptors that are meant for somebody else do not reach the program", () => {
  using box = new Sandbox();
  box.script(SHOW);
  assertEquals(box.output({ prefix: activated(2, "1") }), "");
});

Deno.test("a service manager that promises too much is told so", () => {
  using box = new Sandbox();
  const prefix = ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"', "sh"];
  assertEquals(
    failure(box.runtsWith({ prefix }, "create", box.id)),
    "Cannot open the sockets: LISTEN_FDS: descriptor 3 is not open",
  );
});

/** A service manager's end of sd_notify. */
class Manager implements Disposable {
  readonly #socket: OwnedFd = socket(SOCK.AF_UNIX, SOCK.SOCK_DGRAM);

  constructor(readonly address: string) {
    bindUnix(this.#socket.fd, address.replace(/^@/, "\0"));
  }

  /** Waits for the next message; what comes with a barrier is closed, as systemd does. */
  next(): string {
    const { bytes, fds } = recvmsg(this.#socket.fd);
    const text = new TextDecoder().decode(bytes);
    if (text === "BARRIER=1") assertEquals(fds.length, 1);
    for (const fd of fds) fd.close();
    return text;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** perl is the one program on every Debian that can send a datagram to a Unix socket. */
const SAY = `say() { perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0); ` +
  `send(S, $ARGV[0], 0, sockaddr_un($ENV{NOTIFY_SOCKET})) or die $!' -- "$1"; }\n`;

function withPerl(box: Sandbox, script: string, edit?: (config: Editable) => void): void {
  for (const name of ["lib", "lib64"]) {
    Deno.symlinkSync(`usr/${name}`, `${box.rootfs}/${name}`);
  }
  Deno.mkdirSync(`${box.rootfs}/usr`);
  box.script(SAY + script, (config) => {
    config.process.env = ["PATH=/bin:/usr/bin", "NOTIFY_SOCKET=/not/this"];
    config.mounts.push({
      destination: "/usr",
      source: "/usr",
      type: "bind",
      options: ["rbind", "ro"],
    });
    edit?.(config);
  });
}

const READY =
  "while ! [ -e /tmp/go ]; do sleep 0.05; done; say nonsense; say STATUS=x; say READY=1; sleep 60";

/** What the manager hears of it. */
function hearReady(manager: Manager, pid: number): void {
  assertEquals(manager.next(), `MAINPID=${pid}\nREADY=1`);
  assertEquals(manager.next(), "BARRIER=1");
}

for (const kind of ["path", "abstract"] as const) {
  Deno.test(`start returns when the program is ready (${kind} socket)`, async () => {
    using box = new Sandbox();
    withPerl(box, READY);
    using manager = new Manager(kind === "path" ? `${box.directory}/manager` : `@${box.id}`);
    const env = { NOTIFY_SOCKET: manager.address };
    assertEquals(box.runtsWith({ env }, "create", box.id).code, 0);
    const { pid } = box.state();
    const starting = box.start({ env }, "start", box.id);
    // It does not stand in the way of other commands meanwhile.
    waitUntil(() => box.state().status === "running");
    Deno.writeTextFileSync(`${box.rootfs}/tmp/go`, "");
    hearReady(manager, pid);
    assertEquals((await starting.result()).code, 0);
  });
}

Deno.test("start returns when the program ends before it is ready", () => {
  using box = new Sandbox();
  using manager = new Manager(`${box.directory}/manager`);
  const env = { NOTIFY_SOCKET: manager.address };
  box.script("exit 3");
  assertEquals(box.runtsWith({ env }, "create", box.id).code, 0);
  assertEquals(box.runtsWith({ env }, "start", box.id).code, 0);
});

for (const detach of [[], ["--detach"]]) {
  Deno.test(`run ${detach} passes on that the program is ready`, async () => {
    using box = new Sandbox();
    withPerl(box, READY);
    using manager = new Manager(`${box.directory}/manager`);
    const running = box.start(
      { env: { NOTIFY_SOCKET: manager.address } },
      "run",
      ...detach,
      box.id,
    );
    waitUntil(() => exists(`${box.root}/${box.id}/notify/notify.sock`));
    waitUntil(() => box.state().status === "running");
    Deno.writeTextFileSync(`${box.rootfs}/tmp/go`, "");
    hearReady(manager, box.state().pid);
    box.succeed("kill", box.id, "KILL");
    assertEquals((await running.result()).code, detach.length > 0 ? 0 : 137);
  });
}

Deno.test("the container may be in a user namespace", async () => {
  using box = new Sandbox();
  Deno.mkdirSync(box.root, { mode: 0o711 });
  withPerl(box, READY, (config) => {
    config.process.user = { uid: 1000, gid: 1000 };
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  });
  // The directory /run is made in it, by the container's root.
  Deno.chownSync(box.rootfs, 100000, 100000);
  Deno.chownSync(`${box.rootfs}/tmp`, 100000, 100000);
  using manager = new Manager(`${box.directory}/manager`);
  const env = { NOTIFY_SOCKET: manager.address };
  const running = box.start({ env }, "run", box.id);
  waitUntil(() => exists(`${box.root}/${box.id}/notify/notify.sock`));
  Deno.writeTextFileSync(`${box.rootfs}/tmp/go`, "");
  waitUntil(() => box.state().status === "running");
  hearReady(manager, box.state().pid);
  box.succeed("kill", box.id, "KILL");
  await running.result();
});

Deno.test("a service manager that is not there is an error, and the container stays created", () => {
  using box = new Sandbox();
  const env = { NOTIFY_SOCKET: `${box.directory}/nobody` };
  assertEquals(box.runtsWith({ env }, "create", box.id).code, 0);
  for (let i = 0; i < 2; i++) {
    const why = failure(box.runtsWith({ env }, "start", box.id));
    assert(why.startsWith("Cannot listen for sd_notify: "), why);
    assert(why.includes(`${box.directory}/nobody"): ENOENT`), why);
    assertEquals(box.state().status, "created");
  }
});

Deno.test("messages that no sd_notify sends do no harm", async () => {
  using box = new Sandbox();
  withPerl(
    box,
    `perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0);
    defined(send(S, $_, 0, sockaddr_un($ENV{NOTIFY_SOCKET}))) or die $! for "x" x 100000, "", "READY=0", "READY=1"'; sleep 60`,
  );
  using manager = new Manager(`${box.directory}/manager`);
  const env = { NOTIFY_SOCKET: manager.address };
  const running = box.start({ env }, "run", box.id);
  assert(manager.next().endsWith("READY=1"));
  assertEquals(manager.next(), "BARRIER=1");
  box.succeed("kill", box.id, "KILL");
  assertEquals((await running.result()).code, 137);
});
