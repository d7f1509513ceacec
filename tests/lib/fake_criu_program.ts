/**
 * What stands in for CRIU: speaks its protocol from the other side, as the play in a file says, and notes what it hears.
 *
 * @module
 */
import { CLONE, O } from "../../ffi/constants.ts";
import { execve, fork } from "../../ffi/fork.ts";
import { OwnedFd } from "../../ffi/fd.ts";
import { open } from "../../ffi/open.ts";
import { kill } from "../../ffi/process.ts";
import { recvmsg, sendmsg } from "../../ffi/socket.ts";
import { unlockPeer } from "../../ffi/terminal.ts";
import { readLayout } from "../../runtime/cgroup/layout.ts";
import {
  CRIU,
  criu_req,
  criu_resp,
  type CriuOptions,
  type CriuResponse,
} from "../../runtime/criu/messages.ts";
import { decode, encode } from "../../runtime/criu/protobuf.ts";
import { hierarchyKey } from "../../runtime/plan/cgroups_path.ts";
import type { Play, Turn } from "./fake_criu.ts";

const SIGKILL = 9;

const [playFile, noteFile, word, number] = Deno.args as [string, string, string, string];
const goFile = `${playFile}.go`;
/** As restored processes do until CRIU has finished. */
const WAIT =
  `while [ ! -e ${goFile} ]; do /bin/busybox usleep 5000; done; /bin/busybox rm ${goFile}`;
const play = JSON.parse(Deno.readTextFileSync(playFile)) as Play;
const socket = new OwnedFd(Number(number));
let restored = 0;

function note(what: unknown): void {
  Deno.writeTextFileSync(noteFile, `${JSON.stringify(what)}\n`, { append: true });
}

function say(response: CriuResponse, fds: readonly number[] = []): void {
  sendmsg(socket.fd, encode(criu_resp, response), fds);
}

function hear(): ReturnType<typeof decode<typeof criu_req>> {
  const { bytes } = recvmsg(socket.fd);
  if (bytes.length > 0) return decode(criu_req, bytes);
  note("hung up");
  if (restored !== 0) kill(restored, SIGKILL);
  Deno.exit(1);
}

/** A sibling, as CRIU makes it, in the cgroups that were asked for. */
function restoreProcess({ cg_root = [] }: CriuOptions): void {
  const child = fork(
    { flags: CLONE.CLONE_PARENT + CLONE.CLONE_NEWPID + CLONE.CLONE_NEWNS + CLONE.CLONE_NEWNET },
    () => execve("/bin/busybox", ["sh", "-c", `${WAIT}; ${play.program ?? "exec sleep 1000"}`], []),
  );
  restored = child.pid;
  for (const place of readLayout().hierarchies) {
    const names = hierarchyKey(place).split(",");
    const { path } = cg_root.find(({ ctrl = "" }) => names.includes(ctrl)) ?? {};
    if (path === undefined || play.leavesCgroup) continue;
    Deno.writeTextFileSync(`${place.mountpoint}${path}/cgroup.procs`, String(restored));
  }
}

function notify(
  { script, pid, master }: Extract<Turn, { script: string }>,
  opts: CriuOptions,
): void {
  if (script === "setup-namespaces") restoreProcess(opts);
  const told = pid === undefined && restored !== 0 ? { pid: restored } : {};
  const fds: number[] = [];
  if (master) {
    const terminal = open("/dev/ptmx", O.O_RDWR | O.O_NOCTTY);
    unlockPeer(terminal);
    fds.push(terminal.fd);
  }
  note(script);
  say({ type: CRIU.NOTIFY, success: true, notify: { script, ...told } }, fds);
  const { type, notify_success } = hear();
  if (type !== CRIU.NOTIFY || notify_success !== true) note("no answer to the notification");
}

function serve(type: number, opts: CriuOptions): void {
  note({ word, type, opts });
  for (const turn of play.turns) {
    if ("script" in turn) notify(turn, opts);
    else if ("log" in turn) Deno.writeTextFileSync(turn.log, turn.text);
    else if ("fail" in turn) return say({ type, success: false, cr_errmsg: turn.fail });
    else {
      if (turn.die !== "") console.error(turn.die);
      Deno.exit(3);
    }
  }
  if (type === CRIU.DUMP && !opts.leave_running) kill(opts.pid!, SIGKILL);
  if (restored !== 0) Deno.writeTextFileSync(goFile, "");
  const restore = type === CRIU.RESTORE ? { restore: { pid: restored } } : {};
  say({ type, success: true, ...restore });
}

const [major_number, minor_number] = play.version ?? [4, 0];
for (;;) {
  const { type = 0, opts = {} } = hear();
  if (type === CRIU.VERSION) {
    say({ type, success: true, version: { major_number, minor_number } });
    continue;
  }
  serve(type, opts);
  break;
}
