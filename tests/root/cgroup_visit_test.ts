/**
 * Init's ways into its cgroup: late where it counts, for a moment for the sake of a namespace.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { CLONE } from "../../ffi/constants.ts";
import { fork } from "../../ffi/fork.ts";
import { unshare } from "../../ffi/namespace.ts";
import { exitCode, wait4 } from "../../ffi/process.ts";
import { recv, sendmsg, socketpair } from "../../ffi/socket.ts";
import { SOCK } from "../../ffi/constants.ts";
import { statx } from "../../ffi/stat.ts";
import { delegate } from "../../runtime/cgroup/delegate.ts";
import { Cgroup } from "../../runtime/cgroup/manager.ts";
import { visit } from "../../runtime/cgroup/visit.ts";
import { cgroupPaths, hierarchyKey } from "../../runtime/plan/cgroups_path.ts";
import { LAYOUT, V2, versionOf } from "../lib/cgroup_files.ts";

const PATH = `/runts-visit-${Deno.pid}`;

function created(): Cgroup {
  const paths = cgroupPaths(LAYOUT.hierarchies, { id: "id", cgroupsPath: PATH });
  const cgroup = Cgroup.plan(LAYOUT, paths, { controllers: "all" });
  cgroup.create();
  return cgroup;
}

/** Hierarchy → path, as seen from this process's namespace. */
function cgroupsOf(pid: number): Map<string, string> {
  const lines = Deno.readTextFileSync(`/proc/${pid}/cgroup`).trim().split("\n");
  return new Map(lines.map((line) => {
    const [, key = "", path = ""] = line.split(":");
    return [key, path];
  }));
}

/** Hierarchies in which processes are counted or slowed. */
function metered(): Set<string> {
  const meters = ["memory", "cpu", "pids"];
  const v1 = LAYOUT.hierarchies.filter(({ controllers }) =>
    controllers.some((name) => meters.includes(name))
  );
  const isV2 = meters.some((name) => versionOf(name) === 2);
  return new Set([...v1.map(hierarchyKey), ...isV2 ? [""] : []]);
}

/** A child that does something when it is told to, and the test that looks at it before. */
function withChild(
  flags: number,
  work: () => void,
  look: (pid: number, go: () => void) => void,
): void {
  const [ours, theirs] = socketpair(SOCK.SOCK_SEQPACKET);
  const byte = new Uint8Array(1);
  const child = fork({ flags }, () => {
    // So that each side reads the end when the other one fails.
    ours.close();
    recv(theirs.fd, byte);
    work();
    sendmsg(theirs.fd, byte);
    recv(theirs.fd, byte);
    return 0;
  });
  theirs.close();
  try {
    look(child.pid, () => {
      sendmsg(ours.fd, byte);
      assert(recv(ours.fd, byte) === 1, "the child failed");
    });
    sendmsg(ours.fd, byte);
  } finally {
    ours.close();
    assertEquals(exitCode(wait4(child.pid)!), 0);
    child.pidfd.close();
  }
}

Deno.test("Cgroup.enterForNow() leaves out where it counts, stepIn() and stepOut() do the rest", () => {
  const cgroup = created();
  const own = cgroupsOf(Deno.pid);
  withChild(0, () => {}, (pid, go) => {
    cgroup.enterForNow(pid);
    const counts = metered();
    assert(counts.size > 0);
    const outside = () => {
      for (const [key, path] of cgroupsOf(pid)) {
        assertEquals(path, counts.has(key) ? own.get(key) : PATH, key);
      }
    };
    outside();
    for (const [, path] of cgroupsOf(pid)) assert(path === PATH || own.get("") !== undefined);
    cgroup.stepIn(pid);
    assertEquals([...new Set(cgroupsOf(pid).values())], [PATH]);
    cgroup.stepOut(pid);
    outside();
    cgroup.stepIn(pid);
    assertEquals([...new Set(cgroupsOf(pid).values())], [PATH]);
    go();
  });
  cgroup.remove();
});

for (const flags of [0, CLONE.CLONE_NEWUSER]) {
  const where = flags === 0 ? "" : ", also for a stranger in a user namespace";
  Deno.test(`visit() roots a cgroup namespace at the cgroup and comes back${where}`, () => {
    const cgroup = created();
    const own = cgroupsOf(Deno.pid);
    let doors: ReturnType<Cgroup["openDoors"]> = [];
    // Opened before the fork, as there is no ladder here to send them over.
    withChild(0, () => {}, (pid, go) => {
      cgroup.enterForNow(pid);
      doors = cgroup.openDoors();
      go();
    });
    assertEquals(doors.length, 2 * metered().size);
    withChild(flags, () => visit(doors, () => unshare(CLONE.CLONE_NEWCGROUP)), (pid, go) => {
      cgroup.enterForNow(pid);
      if (flags !== 0) mapIds(pid);
      go();
      for (const [key, path] of cgroupsOf(pid)) {
        assertEquals(path, metered().has(key) ? own.get(key) : PATH, key);
      }
      cgroup.stepIn(pid);
      // Read by somebody in the namespace: where it is rooted is "/".
      const { stdout } = new Deno.Command("nsenter", {
        args: ["-t", String(pid), "-C", "cat", `/proc/${pid}/cgroup`],
      }).outputSync();
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      assertEquals(lines.length, own.size);
      for (const line of lines) assert(line.endsWith(":/"), line);
    });
    for (const door of doors) door.close();
    cgroup.remove();
  });
}

function mapIds(pid: number): void {
  Deno.writeTextFileSync(`/proc/${pid}/uid_map`, "0 100000 1000\n");
  Deno.writeTextFileSync(`/proc/${pid}/gid_map`, "0 100000 1000\n");
}

Deno.test({
  name:
    "configLinuxCgroupsPath: the directory and the files that may be given away change hands, no others",
  ignore: V2 === undefined,
  fn: () => {
    const directory = V2 + PATH;
    Deno.mkdirSync(directory);
    try {
      delegate(directory, 4242);
      const listed = Deno.readTextFileSync("/sys/kernel/cgroup/delegate").trim().split("\n");
      const owned = [...Deno.readDirSync(directory)].map(({ name }) => name)
        .filter((name) => statxUid(`${directory}/${name}`) === 4242);
      assert(owned.includes("cgroup.procs") && owned.includes("cgroup.subtree_control"));
      assertEquals(owned.filter((name) => !listed.includes(name)), []);
      assertEquals(statxUid(directory), 4242);
      assertEquals(statxUid(`${directory}/cgroup.freeze`), 0);
      assertEquals(Deno.statSync(directory).gid, 0);
    } finally {
      Deno.removeSync(directory);
    }
  },
});

function statxUid(path: string): number {
  return statx(-100, path).stx_uid;
}
