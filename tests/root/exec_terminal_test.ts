/** Terminals of `exec`: sent over a socket, or connected to the caller's own. @module */
import { assert, assertEquals } from "#assert";
import { getWindowSize } from "../../ffi/terminal.ts";
import { makeSleeper, refusal, withUserNamespace } from "../lib/exec.ts";
import { OnTerminal, Screen } from "../lib/pty.ts";
import { receive } from "../lib/receiver.ts";
import { RUNTS, type Sandbox } from "../lib/sandbox.ts";

const SIZE = { ws_row: 33, ws_col: 77 };

function onTerminal(box: Sandbox, ...words: string[]): OnTerminal {
  return new OnTerminal([RUNTS, "--root", box.root, "exec", ...words], box.bundle, SIZE);
}

for (
  const [where, edit] of [["", undefined], [" of a user namespace", withUserNamespace]] as const
) {
  Deno.test(`exec() connects the caller's terminal to one of the container's${where}`, () => {
    using box = makeSleeper(edit);
    box.createAndStart();
    const script =
      `tty; stty size; test -t 0 && test -t 1 && test -t 2 && echo all; ls /proc/self/fd | wc -l
      read line; echo "got $line"; exit 9`;
    using terminal = onTerminal(box, "-t", box.id, "sh", "-c", script);
    const before = terminal.settings();
    assertEquals(terminal.until("4\r\n"), "/dev/pts/0\r\n33 77\r\nall\r\n");
    assert(terminal.settings() !== before, "it is raw");
    terminal.type("typed\r");
    assertEquals(terminal.until("got typed\r\n"), "typed\r\n");
    assertEquals(terminal.exitCode(), 9);
    assertEquals(terminal.settings(), before);
  });
}

Deno.test("a window that changes its size, and Ctrl-C, reach the program of exec", () => {
  using box = makeSleeper();
  box.createAndStart();
  const script = "trap 'stty size' WINCH; trap 'echo INT; exit 4' INT; echo ready; " +
    "while :; do usleep 10000; done";
  using terminal = onTerminal(box, "--tty", box.id, "sh", "-c", script);
  terminal.until("ready\r\n");
  terminal.resize({ ws_row: 40, ws_col: 100 });
  terminal.until("40 100\r\n");
  terminal.type("\x03");
  terminal.until("INT\r\n");
  assertEquals(terminal.exitCode(), 4);
});

Deno.test("an exec that fails gives the terminal back as it was", () => {
  using box = makeSleeper();
  box.createAndStart();
  Deno.writeTextFileSync(`${box.rootfs}/bin/broken`, "broken", { mode: 0o755 });
  for (const program of ["broken", "/no/such"]) {
    using terminal = onTerminal(box, "-t", box.id, program);
    const before = terminal.settings();
    assertEquals(terminal.exitCode(), 255);
    assertEquals(terminal.settings(), before);
  }
});

Deno.test("a detached exec sends its terminal over the console socket, with the size of its process file", () => {
  using box = makeSleeper();
  box.createAndStart();
  const file = `${box.directory}/process.json`;
  Deno.writeTextFileSync(
    file,
    JSON.stringify({
      terminal: true,
      consoleSize: { height: 21, width: 43 },
      user: { uid: 1000, gid: 1000 },
      args: ["sh", "-c", "tty; stat -c %u /dev/pts/0; read line; echo end"],
      env: ["PATH=/bin"],
      cwd: "/",
    }),
  );
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  box.succeed("exec", "--detach", "--console-socket", path, "--process", file, box.id);
  const { text, fd } = receiver.take();
  assertEquals(text, "/dev/pts/0");
  assertEquals(getWindowSize(fd.fd), { ws_row: 21, ws_col: 43 });
  using screen = new Screen(fd);
  assertEquals(screen.until("1000\r\n"), "/dev/pts/0\r\n");
  screen.type("\r");
  screen.until("end\r\n");
});

Deno.test("exec() does not take a file of the container's for a terminal", () => {
  using box = makeSleeper((config) => {
    for (const set of ["bounding", "effective", "permitted"]) {
      config.process.capabilities[set].push("CAP_SYS_ADMIN");
    }
  });
  box.createAndStart();
  const cover = "mount -t tmpfs none /dev/pts && : >/dev/pts/ptmx && : >/dev/pts/0";
  assertEquals(box.runts("exec", box.id, "sh", "-c", cover).stderr, "");
  assertEquals(
    refusal(box.runts("exec", "-t", box.id, "true")),
    'Cannot open the terminal: Cannot use "/dev/pts/ptmx" of the container: it is not the multiplexer of a devpts',
  );
});

Deno.test("exec() refuses a terminal without anybody to take it, and a taker without a terminal", () => {
  using box = makeSleeper();
  box.createAndStart();
  assertEquals(
    refusal(box.runts("exec", "-d", "-t", box.id, "true")),
    "Cannot read the process: cannot allocate tty if runts will detach without setting console socket",
  );
  assertEquals(
    refusal(box.runts("exec", "-d", "--console-socket", "/x", box.id, "true")),
    "Cannot read the process: cannot use console socket if runts will not detach or allocate tty",
  );
});
