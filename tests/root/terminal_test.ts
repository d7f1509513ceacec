/** Terminals: sent over a socket, or connected to the caller's own. @module */
import { assert, assertEquals } from "#assert";
import { getWindowSize, setWindowSize } from "../../ffi/terminal.ts";
import { OnTerminal, Screen } from "../lib/pty.ts";
import { receive, type Receiver } from "../lib/receiver.ts";
import {
  type Editable,
  exists,
  failure,
  hasEnded,
  RUNTS,
  Sandbox,
  waitUntil,
} from "../lib/sandbox.ts";

function onTerminal(box: Sandbox, script: string, edit?: (config: Editable) => void): void {
  box.script(script, (config) => {
    config.process.terminal = true;
    config.root.readonly = false;
    edit?.(config);
  });
}

/** Creates and starts a container whose terminal comes over a socket. */
function createWithSocket(box: Sandbox, receiver: Receiver, path: string): Screen {
  box.succeed("create", "--console-socket", path, box.id);
  const { text, fd } = receiver.take();
  assertEquals(text, "/dev/pts/0");
  assert(Deno.readLinkSync(`/proc/self/fd/${fd.fd}`).endsWith("/ptmx"));
  box.succeed("start", box.id);
  return new Screen(fd);
}

Deno.test("create() sends the terminal to the console socket, and stdio is the other end of it", () => {
  using box = new Sandbox();
  onTerminal(
    box,
    `tty; stty size; for i in 0 1 2; do readlink /proc/self/fd/$i; done; ls -1 /proc/self/fd
     test -t 0 && test -t 1 && test -t 2 && echo all; echo error >&2; read line; echo "<$line>"`,
    (config) => config.process.consoleSize = { height: 24, width: 81 },
  );
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  using screen = createWithSocket(box, receiver, path);
  const pts = "/dev/pts/0";
  // The last descriptor of ls is the directory.
  const lines = [pts, "24 81", pts, pts, pts, "0", "1", "2", "3", "all"];
  assertEquals(screen.until("error\r\n"), lines.map((line) => `${line}\r\n`).join(""));
  screen.type("typed\r");
  assertEquals(screen.until(">\r\n"), "typed\r\n<typed");
  box.waitUntilStopped();
});

Deno.test("consoleSize is applied before the terminal is sent, and can be changed later", () => {
  using box = new Sandbox();
  onTerminal(
    box,
    "trap 'stty size' WINCH; echo ready; while [ ! -e /tmp/end ]; do usleep 10000; done",
    (config) => config.process.consoleSize = { height: 10, width: 20 },
  );
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  box.succeed("create", `--console-socket=${path}`, box.id);
  const { fd } = receiver.take();
  using screen = new Screen(fd);
  assertEquals(getWindowSize(fd.fd), { ws_row: 10, ws_col: 20 });
  box.succeed("start", box.id);
  screen.until("ready\r\n");
  setWindowSize(fd.fd, { ws_row: 30, ws_col: 40 });
  screen.until("30 40\r\n");
  Deno.writeTextFileSync(`${box.rootfs}/tmp/end`, "");
  box.waitUntilStopped();
});

Deno.test("a terminal without consoleSize has none, and consoleSize without a terminal is ignored", () => {
  using box = new Sandbox();
  onTerminal(box, "tty");
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  {
    box.succeed("create", "--console-socket", path, box.id);
    assertEquals(getWindowSize(receiver.take().fd.fd), { ws_row: 0, ws_col: 0 });
  }
  box.succeed("delete", "--force", box.id);
  box.script("echo fine", (config) => config.process.consoleSize = { height: 1, width: 1 });
  assertEquals(box.output(), "fine\n");
});

Deno.test("/dev/console and /dev/tty are the terminal", () => {
  using box = new Sandbox();
  onTerminal(
    box,
    `[ "$(stat -c %t:%T /dev/console)" = "$(stat -c %t:%T /dev/pts/0)" ] && echo same
     echo to console >/dev/console; echo to tty >/dev/tty; grep -q "^devpts /dev/console devpts" /proc/mounts && echo mounted`,
  );
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  using screen = createWithSocket(box, receiver, path);
  assertEquals(screen.until("mounted\r\n"), "same\r\nto console\r\nto tty\r\n");
});

Deno.test("the terminal is the controlling one: Ctrl-C and Ctrl-\\ reach the program", () => {
  using box = new Sandbox();
  onTerminal(
    box,
    `trap 'echo INT' INT; trap 'echo QUIT; exit 3' QUIT; echo ready; while :; do usleep 10000; done`,
  );
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  using screen = createWithSocket(box, receiver, path);
  screen.until("ready\r\n");
  screen.type("\x03");
  screen.until("INT\r\n");
  screen.type("\x1c");
  screen.until("QUIT\r\n");
  box.waitUntilStopped();
});

Deno.test("a user of the container owns its terminal", () => {
  using box = new Sandbox();
  onTerminal(
    box,
    "stat -c '%u %t' /dev/pts/0 | cut -d' ' -f1; echo again >/dev/stdout; echo err >/dev/stderr; echo end",
    (config) => config.process.user = { uid: 1000, gid: 1000 },
  );
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  using screen = createWithSocket(box, receiver, path);
  assertEquals(screen.until("end\r\n"), "1000\r\nagain\r\nerr\r\n");
});

Deno.test("run() with --detach sends the terminal as create does", () => {
  using box = new Sandbox();
  onTerminal(box, "tty; exec sleep 1000");
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  box.succeed("run", "--detach", "--console-socket", path, box.id);
  const { fd } = receiver.take();
  using screen = new Screen(fd);
  assertEquals(screen.until("\r\n"), "/dev/pts/0");
});

Deno.test("create() refuses an image that has put something else in the terminal's place", () => {
  using box = new Sandbox();
  const withoutDev = (config: Editable) => {
    config.mounts = config.mounts.filter(({ destination }: { destination: string }) =>
      destination !== "/dev" && destination !== "/dev/pts"
    );
  };
  const path = `${box.directory}/console.sock`;
  using _receiver = receive(path);
  Deno.mkdirSync(`${box.rootfs}/dev/pts`);
  Deno.writeTextFileSync(`${box.rootfs}/dev/pts/ptmx`, "");
  onTerminal(box, "tty", withoutDev);
  const create = () => failure(box.runts("create", "--console-socket", path, box.id));
  assertEquals(
    create(),
    'Cannot open the console: Cannot use "/dev/pts/ptmx" of the container: ' +
      "it is not the multiplexer of a devpts",
  );
  Deno.removeSync(`${box.rootfs}/dev/pts/ptmx`);
  Deno.symlinkSync("/dev/ptmx", `${box.rootfs}/dev/pts/ptmx`);
  assert(/^Cannot open the console: openat2\(.*ELOOP/.test(create()));
  // With a devpts, but a link where the terminal is to be bound.
  onTerminal(box, "tty", (config) => {
    config.mounts = config.mounts.filter(({ destination }: { destination: string }) =>
      destination !== "/dev"
    );
  });
  Deno.writeTextFileSync(`${box.rootfs}/etc/target`, "untouched");
  Deno.symlinkSync("/etc/target", `${box.rootfs}/dev/console`);
  assertEquals(
    create(),
    'Cannot open the console: Cannot bind the terminal to "/dev/console": it is a symbolic link',
  );
  assertEquals(Deno.readTextFileSync(`${box.rootfs}/etc/target`), "untouched");
  assertEquals(box.traces(), []);
});

/** `run` in the foreground, on a terminal. */
function runOnTerminal(box: Sandbox, size = { ws_row: 33, ws_col: 77 }): OnTerminal {
  return new OnTerminal([RUNTS, "--root", box.root, "run", box.id], box.bundle, size);
}

Deno.test("run() connects the caller's terminal: raw meanwhile, and as before in the end", () => {
  using box = new Sandbox();
  onTerminal(box, "tty; read line; printf 'got %s\\n' \"$line\"; exit 9");
  using terminal = runOnTerminal(box);
  const before = terminal.settings();
  assertEquals(terminal.until("\r\n"), "/dev/pts/0");
  assert(terminal.settings() !== before, "it is raw");
  terminal.type("typed\r");
  // One echo, by the container's terminal; one CR a line.
  assertEquals(terminal.until("got typed\r\n"), "typed\r\n");
  assertEquals(terminal.exitCode(), 9);
  assertEquals(terminal.settings(), before);
  assertEquals(box.traces(), []);
});

Deno.test("run() passes the size of the window, and its changes", () => {
  using box = new Sandbox();
  onTerminal(
    box,
    "stty size; trap 'stty size' WINCH; echo ready; while [ ! -e /tmp/end ]; do usleep 10000; done",
  );
  using terminal = runOnTerminal(box);
  assertEquals(terminal.until("ready\r\n"), "33 77\r\n");
  terminal.resize({ ws_row: 40, ws_col: 100 });
  terminal.until("40 100\r\n");
  Deno.writeTextFileSync(`${box.rootfs}/tmp/end`, "");
  assertEquals(terminal.exitCode(), 0);
});

Deno.test("run() keeps the size that is configured until the window changes", () => {
  using box = new Sandbox();
  onTerminal(box, "stty size", (config) => config.process.consoleSize = { height: 5, width: 6 });
  using terminal = runOnTerminal(box);
  assertEquals(terminal.until("\r\n"), "5 6");
  assertEquals(terminal.exitCode(), 0);
});

Deno.test("run() leaves Ctrl-C to the container", () => {
  using box = new Sandbox();
  onTerminal(box, "trap 'echo INT; exit 4' INT; echo ready; while :; do usleep 10000; done");
  using terminal = runOnTerminal(box);
  const before = terminal.settings();
  terminal.until("ready\r\n");
  terminal.type("\x03");
  terminal.until("INT\r\n");
  assertEquals(terminal.exitCode(), 4);
  assertEquals(terminal.settings(), before);
});

Deno.test("run() restores the terminal when the container is killed, and when it fails to start", () => {
  using box = new Sandbox();
  onTerminal(box, "echo ready; while :; do usleep 10000; done");
  {
    using terminal = runOnTerminal(box);
    const before = terminal.settings();
    terminal.until("ready\r\n");
    box.succeed("kill", box.id, "KILL");
    assertEquals(terminal.exitCode(), 137);
    assertEquals(terminal.settings(), before);
  }
  Deno.writeTextFileSync(`${box.rootfs}/bin/broken`, "broken", { mode: 0o755 });
  onTerminal(box, "", (config) => config.process.args = ["broken"]);
  using terminal = runOnTerminal(box);
  const before = terminal.settings();
  assertEquals(terminal.exitCode(), 1);
  assertEquals(terminal.settings(), before);
  assert(terminal.until("\n").includes("ENOEXEC"));
  assertEquals(box.traces(), []);
});

Deno.test("run() forwards other signals past the terminal", () => {
  using box = new Sandbox();
  onTerminal(box, "trap 'echo TERM; exit 6' TERM; echo ready; while :; do usleep 10000; done");
  using terminal = runOnTerminal(box);
  terminal.until("ready\r\n");
  Deno.kill(terminal.pid, "SIGTERM");
  terminal.until("TERM\r\n");
  assertEquals(terminal.exitCode(), 6);
});

Deno.test("run() without a terminal of its own gives the container one all the same", () => {
  using box = new Sandbox();
  onTerminal(box, "tty; cat");
  const { code, stdout, stderr } = box.runtsWith({ stdin: "some\nwords\n" }, "run", box.id);
  assertEquals([code, stderr], [0, ""]);
  // What was typed is echoed; NL stays NL.
  assert(stdout.includes("/dev/pts/0\n"), stdout);
  assertEquals(stdout.match(/words/g)?.length, 2, stdout);
});

Deno.test("run() gets on with a program that writes much before it reads much", () => {
  using box = new Sandbox();
  onTerminal(
    box,
    "stty raw -echo; : >/tmp/raw; usleep 100000; head -c 500000 /dev/zero | tr '\\0' y; " +
      "head -c 300000 | wc -c; echo end",
  );
  // Not before the terminal is raw: in a line at a time it takes 4095 characters and drops the rest (termios(3)).
  const input = `(while [ ! -e ${box.rootfs}/tmp/raw ]; do sleep 0.01; done
    head -c 300000 /dev/zero | tr '\\0' x) | "$@"`;
  const { code, stdout } = box.runtsWith({ prefix: ["bash", "-c", input, "bash"] }, "run", box.id);
  assertEquals(code, 0);
  assert(/y\s*300000\s*end\s*$/.test(stdout), stdout.slice(-100));
  assertEquals(stdout.match(/y/g)?.length, 500_000);
});

Deno.test("run() goes on when nobody reads its output any more", async () => {
  using box = new Sandbox();
  onTerminal(
    box,
    "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i; done; : >/tmp/done; exit 8",
  );
  const prefix = ["bash", "-c", '"$@" | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}', "bash"];
  const running = box.start({ prefix }, "run", box.id);
  assertEquals((await running.result()).code, 8);
  assert(exists(`${box.rootfs}/tmp/done`));
});

Deno.test("a terminal container survives the end of the terminal's reader, as a program does that ignores HUP", () => {
  using box = new Sandbox();
  onTerminal(box, "trap '' HUP; : >/tmp/up; while [ ! -e /tmp/end ]; do usleep 10000; done");
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  const screen = createWithSocket(box, receiver, path);
  const { pid } = box.state();
  waitUntil(() => exists(`${box.rootfs}/tmp/up`));
  screen[Symbol.dispose]();
  assertEquals([box.state().status, hasEnded(pid)], ["running", false]);
  Deno.writeTextFileSync(`${box.rootfs}/tmp/end`, "");
  box.waitUntilStopped();
});
