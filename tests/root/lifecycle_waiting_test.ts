/** A created container: what waits for `start`, and what it holds meanwhile. @module */
import { assert, assertEquals } from "#assert";
import { Sandbox } from "../lib/sandbox.ts";

function read(pid: number, file: string): string {
  return Deno.readTextFileSync(`/proc/${pid}/${file}`);
}

function created(box: Sandbox, prefix: string[] = [], ...options: string[]): number {
  const { code, stderr } = box.runtsWith({ prefix }, "create", ...options, box.id);
  assertEquals([code, stderr], [0, ""]);
  return box.state().pid;
}

function fdsOf(pid: number): Record<string, string> {
  return Object.fromEntries(
    [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => [
      name,
      Deno.readLinkSync(`/proc/${pid}/fd/${name}`),
    ]),
  );
}

Deno.test("a waiting init holds less than 100 KB of memory, in one thread", () => {
  using box = new Sandbox();
  const pid = created(box);
  const status = read(pid, "status");
  // Looked up page by page. The VmRSS of some kernels leaves out what each processor still has to add to it.
  const kilobytes = Number(/^Rss:\s+(\d+) kB$/m.exec(read(pid, "smaps_rollup"))?.[1]);
  assert(kilobytes > 0 && kilobytes < 100, `${kilobytes} KB`);
  assertEquals(/^Threads:\s+(\d+)$/m.exec(status)?.[1], "1");
});

Deno.test("nothing of V8 is left in a waiting init", () => {
  using box = new Sandbox();
  const pid = created(box);
  const names = new Set(
    read(pid, "maps").trimEnd().split("\n").map((line) => line.split(/ +/).slice(5).join(" ")),
  );
  // Its own two or three pages, the stack, and what the kernel gives everybody.
  const allowed =
    /^(?:|\/memfd:runts-init \(deleted\)|\[(?:stack|heap|vvar|vvar_vclock|vdso|vsyscall)\])$/;
  assertEquals([...names].filter((name) => !allowed.test(name)), []);
  assertEquals(Deno.readLinkSync(`/proc/${pid}/exe`), "/memfd:runts-init (deleted)");
  assert(read(pid, "maps").length < 2000, "it is a handful of mappings");
});

Deno.test("a waiting init says in ps what it is, and has no environment", () => {
  using box = new Sandbox();
  const pid = created(box);
  assertEquals(read(pid, "cmdline"), "runts-init\0");
  assertEquals(read(pid, "environ"), "");
  assert(/runts/.test(read(pid, "comm")), read(pid, "comm"));
});

Deno.test("a waiting init holds its stdio and its two sockets, and nothing of the caller's", () => {
  using box = new Sandbox();
  const prefix = ["bash", "-c", 'exec 3</ 9</etc 200</etc/passwd; exec "$@"', "bash"];
  const fds = fdsOf(created(box, prefix));
  assertEquals(Object.keys(fds).sort(), ["0", "1", "2", "3", "4"]);
  assert(fds["3"]!.startsWith("socket:") && fds["4"]!.startsWith("socket:"));
});

Deno.test("a waiting init keeps the descriptors that are to be preserved", () => {
  using box = new Sandbox();
  const prefix = ["bash", "-c", 'exec 3</ 4</etc 5</etc/passwd 6</bin; exec "$@"', "bash"];
  const fds = fdsOf(created(box, prefix, "--preserve-fds=3"));
  assertEquals(Object.keys(fds).sort(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
  assertEquals([fds["3"], fds["4"], fds["5"]], ["/", "/etc", "/etc/passwd"]);
  assert(fds["6"]!.startsWith("socket:") && fds["7"]!.startsWith("socket:"));
});

Deno.test("a waiting init is hidden from the processes of its user", () => {
  using box = new Sandbox((config) => config.process.user = { uid: 1000, gid: 1000 });
  const pid = created(box);
  // Not dumpable: its files in /proc are root's, whoever it runs as (PR_SET_DUMPABLE(2const)).
  assertEquals(Deno.statSync(`/proc/${pid}/environ`).uid, 0);
  const status = read(pid, "status");
  assertEquals(/^Uid:\s+(.*)$/m.exec(status)?.[1], "1000\t1000\t1000\t1000");
});

Deno.test("a waiting init is in the container's cgroup, in a session of its own", () => {
  using box = new Sandbox();
  const pid = created(box);
  const cgroups = read(pid, "cgroup").trimEnd().split("\n");
  assertEquals(cgroups.filter((line) => !line.endsWith(`:/runts-test/${box.id}`)), []);
  // "pid (comm) state ppid pgrp session …"
  const [, , pgrp, session] = read(pid, "stat").replace(/^.*\) /, "").split(" ");
  assertEquals([pgrp, session], [String(pid), String(pid)]);
});

Deno.test("a waiting init outlives create, and whoever called it", () => {
  using box = new Sandbox();
  const pid = created(box, ["setsid", "--wait", "sh", "-c", '"$@"; exit $?', "sh"]);
  assertEquals(box.state(), { ...box.state(), status: "created", pid });
  const ended = /^State:\s+[ZX]/m.test(read(pid, "status"));
  assertEquals(ended, false);
});
