import { assert, assertEquals } from "#assert";
import { decodeReport } from "../../../ffi/tape/report.ts";
import { type CallOptions, type ResultOf, Tape } from "../../../ffi/tape/tape.ts";
import { blockedIn, commandOf, hostNumbers, play, type Player, players } from "./players.ts";
import { temporaryFile } from "./tools.ts";

const AT_FDCWD = -100;
const ENOTDIR = 20;
const EINTR = 4;
const EBADF = 9;
const EINVAL = 22;
// Nobody can create this one.
const NO_SUCH_FILE = "/dev/null/file";
const O_WRONLY = 1;
const EPOLLIN = 1;
const EPOLL_CTL_ADD = 1;

for (const player of players()) {
  if (player.playable) casesOn(player);
  else {
    Deno.test.ignore(
      `a tape plays on ${player.machine} (skipped: qemu-${player.machine}-static is not installed)`,
      () => {},
    );
  }
}

function casesOn(player: Player): void {
  const { machine, nr } = player;
  const test = (name: string, fn: () => void | Promise<void>) =>
    Deno.test(`a tape on ${machine} ${name}`, fn);

  test("writes and exits with the status that its record says", () => {
    const tape = new Tape({ errorFd: 2 });
    write(tape, player, "hello\n");
    tape.call(nr.exit_group, [7]);
    write(tape, player, "never\n");
    const { code, stdout } = play(player, tape);
    assertEquals({ code, stdout }, { code: 7, stdout: "hello\n" });
  });

  test("exits with 0 after its last record", () => {
    const tape = new Tape({ errorFd: 1 });
    write(tape, player, "last");
    const { code, stdout } = play(player, tape);
    assertEquals({ code, stdout }, { code: 0, stdout: "last" });
  });

  test("passes all six arguments to a call", () => {
    // With a wrong sixth argument, the size of the mask, it fails; with a wrong timeout it waits.
    const tape = new Tape({ errorFd: 1 });
    const epoll = tape.call(nr.epoll_create1, [0]);
    const mask = tape.words([0]);
    tape.call(nr.epoll_pwait, [epoll, tape.zeros(16), 1, 0, mask, 8]);
    tape.call(nr.epoll_pwait, [epoll, tape.zeros(16), 1, 0, mask, 7]);
    const { code, bytes } = play(player, tape);
    assertEquals([code, decodeReport(bytes)], [127, { index: 2, errno: EINVAL }]);
  });

  test("reports index and errno of a fatal failure and stops", () => {
    const tape = new Tape({ errorFd: 1, exitCode: 70 });
    tape.call(nr.close, [0]);
    open(tape, player, NO_SUCH_FILE);
    write(tape, player, "never");
    const { code, bytes } = play(player, tape);
    assertEquals([code, decodeReport(bytes)], [70, { index: 1, errno: ENOTDIR }]);
  });

  test("exits with 127 on a fatal failure if nothing else was asked for", () => {
    const tape = new Tape({ errorFd: 1 });
    tape.call(nr.close, [-1]);
    assertEquals(play(player, tape).code, 127);
  });

  test("goes on after a failure that is allowed", () => {
    const tape = new Tape({ errorFd: 1 });
    open(tape, player, NO_SUCH_FILE, { mayFail: true });
    write(tape, player, "on");
    const { code, stdout } = play(player, tape);
    assertEquals({ code, stdout }, { code: 0, stdout: "on" });
  });

  test("takes a result of 0 as fatal if its record says so", () => {
    const tape = new Tape({ errorFd: 1 });
    const buffer = tape.zeros(8);
    tape.call(nr.read, [0, buffer, 8]);
    tape.call(nr.read, [0, buffer, 8], { zeroIsFatal: true });
    const { code, bytes } = play(player, tape);
    assertEquals([code, decodeReport(bytes)], [127, { index: 1, errno: 0 }]);
  });

  test("takes any other result as success where 0 is fatal", () => {
    using file = temporaryFile(new TextEncoder().encode("x"));
    const tape = new Tape({ errorFd: 1 });
    const fd = open(tape, player, file.path);
    tape.call(nr.read, [fd, tape.zeros(8), 8], { zeroIsFatal: true });
    write(tape, player, "one");
    const { code, stdout } = play(player, tape);
    assertEquals({ code, stdout }, { code: 0, stdout: "one" });
  });

  test("puts a result into every later argument that stands for it", () => {
    using file = temporaryFile(new TextEncoder().encode("the content"));
    const tape = new Tape({ errorFd: 2 });
    const buffer = tape.zeros(100);
    const fd = open(tape, player, file.path);
    const length = tape.call(nr.read, [fd, buffer, 100]);
    tape.call(nr.write, [1, buffer, length]);
    tape.call(nr.close, [fd]);
    tape.call(nr.close, [fd], { mayFail: true });
    const { code, stdout } = play(player, tape);
    assertEquals({ code, stdout }, { code: 0, stdout: "the content" });
  });

  test("moves an opened file to a fixed descriptor", () => {
    using file = temporaryFile(new Uint8Array());
    const tape = new Tape({ errorFd: 1 });
    const fd = open(tape, player, file.path, {}, O_WRONLY);
    tape.call(nr.dup3, [fd, 200, 0]);
    tape.call(nr.close, [fd]);
    const text = tape.cstring("into the file");
    tape.call(nr.write, [200, text, 13]);
    assertEquals(play(player, tape).code, 0);
    assertEquals(Deno.readTextFileSync(file.path), "into the file");
  });

  test("writes a result into its data as a C int and leaves the bytes around it", () => {
    const tape = new Tape({ errorFd: 2 });
    const data = tape.bytes(new Uint8Array(12).fill(0xee));
    open(tape, player, "/dev/null", { storeInto: data + 4 as typeof data });
    tape.call(nr.write, [1, data, 12]);
    const { code, bytes } = play(player, tape);
    assertEquals(code, 0);
    assertEquals([...bytes.subarray(0, 4), ...bytes.subarray(8)], Array(8).fill(0xee));
    const fd = new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true);
    assert(fd >= 3 && fd < 100, `${fd} looks like a descriptor`);
  });

  test("gives -1 for the result of a call that failed", () => {
    const tape = new Tape({ errorFd: 1 });
    const fd = open(tape, player, NO_SUCH_FILE, { mayFail: true });
    tape.call(nr.close, [fd]);
    const { code, bytes } = play(player, tape);
    assertEquals([code, decodeReport(bytes)], [127, { index: 1, errno: EBADF }]);
  });

  test("skips the next record on success, and only then", () => {
    const tape = new Tape({ errorFd: 1 });
    open(tape, player, "/dev/null", { skipNextOnSuccess: true });
    write(tape, player, "skipped ");
    open(tape, player, NO_SUCH_FILE, { skipNextOnSuccess: true });
    write(tape, player, "instead ");
    write(tape, player, "end");
    const { code, stdout } = play(player, tape);
    assertEquals({ code, stdout }, { code: 0, stdout: "instead end" });
  });

  test("executes a program with its arguments and environment", () => {
    const tape = new Tape({ errorFd: 2 });
    const script = 'printf "<%s>" "$0" "$@" "$GREETING"';
    execve(tape, player, "/bin/sh", ["sh", "-c", script, "zero", "one", "ä ö", ""], [
      "GREETING=hello",
    ]);
    const { code, stdout } = play(player, tape);
    assertEquals({ code, stdout }, { code: 0, stdout: "<zero><one><ä ö><><hello>" });
  });

  test("reports why it cannot execute a program", () => {
    const tape = new Tape({ errorFd: 1 });
    execve(tape, player, NO_SUCH_FILE, ["x"], []);
    const { code, bytes } = play(player, tape);
    assertEquals([code, decodeReport(bytes)], [127, { index: 0, errno: ENOTDIR }]);
  });

  test("carries an environment of 1 MiB", () => {
    const env = Array.from({ length: 1024 }, (_, i) => `V${i}=`.padEnd(1023, "x"));
    const tape = new Tape({ errorFd: 2 });
    execve(tape, player, "/usr/bin/env", ["env"], env);
    const { code, stdout } = play(player, tape);
    assertEquals(code, 0);
    assert(stdout === env.join("\n") + "\n", "the environment arrived unchanged");
  });

  test("makes an interrupted call again if its record says so", async () => {
    // SIGSTOP and SIGCONT end an epoll_wait(2) with EINTR, without a handler: signal(7).
    assertEquals(await interrupted(player, { retryOnEintr: true }), { code: 0, bytes: [] });
    const report = { code: 127, bytes: [2, 0, 0, 0, EINTR, 0, 0, 0] };
    assertEquals(await interrupted(player, {}), report);
  });
}

/** Plays a tape that waits for its standard input, stops and continues it, then lets it go. */
async function interrupted(
  player: Player,
  options: CallOptions,
): Promise<{ code: number; bytes: number[] }> {
  const { nr, machine } = player;
  const tape = new Tape({ errorFd: 1 });
  const event = tape.bytes(Uint8Array.of(EPOLLIN, ...Array(15).fill(0)));
  const epoll = tape.call(nr.epoll_create1, [0]);
  tape.call(nr.epoll_ctl, [epoll, EPOLL_CTL_ADD, 0, event]);
  tape.call(nr.epoll_pwait, [epoll, event, 1, -1, 0, 8], options);
  using file = temporaryFile(tape.encode(machine));
  const child = commandOf(player, file.path, "piped").spawn();
  await blockedIn(child.pid, hostNumbers().epoll_pwait);
  child.kill("SIGSTOP");
  await untilStopped(child.pid);
  // A stopped process has its EINTR already; the end of its input only ends a second call.
  child.kill("SIGCONT");
  await child.stdin.close();
  const { code, stdout } = await child.output();
  return { code, bytes: [...stdout] };
}

async function untilStopped(pid: number): Promise<void> {
  // The state follows the name, which is in parentheses: proc_pid_stat(5).
  while (!/\) T /.test(Deno.readTextFileSync(`/proc/${pid}/stat`))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function write(tape: Tape, { nr }: Player, text: string): ResultOf {
  const length = new TextEncoder().encode(text).length;
  return tape.call(nr.write, [1, tape.cstring(text), length]);
}

function open(
  tape: Tape,
  { nr }: Player,
  path: string,
  options: CallOptions = {},
  flags = 0,
): ResultOf {
  return tape.call(nr.openat, [AT_FDCWD, tape.cstring(path), flags, 0], options);
}

function execve(tape: Tape, { nr }: Player, path: string, argv: string[], envp: string[]): void {
  tape.call(nr.execve, [tape.cstring(path), tape.cstrings(argv), tape.cstrings(envp)]);
}
