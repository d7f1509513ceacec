import { assert, assertEquals } from "#assert";
import {
  hasChildren,
  processesBelow,
  removeChildren,
  removeTree,
  walk,
} from "../../../runtime/cgroup/tree.ts";
import { FakeCgroup } from "./directory.ts";

function tree(...paths: string[]): FakeCgroup {
  const cgroup = new FakeCgroup();
  for (const path of paths) Deno.mkdirSync(`${cgroup.directory}/${path}`, { recursive: true });
  return cgroup;
}

Deno.test("walk() enters from the top down and leaves from the bottom up", () => {
  using cgroup = tree("a/b", "a/c/d", "e");
  cgroup.write("a/file", "");
  const left: string[] = [];
  let entered = 0;
  walk(cgroup.directory, { enter: () => entered++, leave: (_, name) => left.push(name) });
  assertEquals(entered, 6);
  assertEquals([...left].sort(), ["a", "b", "c", "d", "e"]);
  assert(left.indexOf("b") < left.indexOf("a"));
  assert(left.indexOf("d") < left.indexOf("c") && left.indexOf("c") < left.indexOf("a"));
});

Deno.test("walk() skips what has vanished", () => {
  using cgroup = tree("a/b", "c");
  const left: string[] = [];
  walk(cgroup.directory, {
    enter: (here) => {
      for (const path of ["a/b", "a", "c"]) {
        try {
          Deno.removeSync(`/proc/self/fd/${here.fd}/${path}`);
        } catch {
          // Removed at the first call.
        }
      }
    },
    leave: (_, name) => left.push(name),
  });
  assertEquals(left, []);
  let entered = 0;
  walk(cgroup.directory + "/none", { enter: () => entered++ });
  assertEquals(entered, 0);
});

Deno.test("walk() follows no link", () => {
  using elsewhere = tree("x");
  using cgroup = tree();
  Deno.symlinkSync(elsewhere.directory, `${cgroup.directory}/link`);
  let entered = 0;
  walk(cgroup.directory, { enter: () => entered++ });
  assertEquals(entered, 1);
});

Deno.test("walk() keeps one descriptor, however deep it goes", () => {
  using cgroup = tree("a/".repeat(100));
  const open = (): number => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = open();
  let most = 0;
  walk(cgroup.directory, { enter: () => most = Math.max(most, open()) });
  assertEquals(most, before + 1);
  assertEquals(open(), before);
});

Deno.test("hasChildren() counts directories only", () => {
  using cgroup = tree();
  cgroup.write("cgroup.procs", "");
  assert(!hasChildren(cgroup.directory));
  assert(!hasChildren(cgroup.directory + "/none"));
  Deno.mkdirSync(`${cgroup.directory}/a`);
  assert(hasChildren(cgroup.directory));
});

Deno.test("processesBelow() collects the pids of all files", () => {
  using cgroup = tree("a/no-file");
  cgroup.write("cgroup.procs", "12\n0\n");
  cgroup.write("a/cgroup.procs", "");
  cgroup.write("a/b/cgroup.procs", "34\n");
  assertEquals(processesBelow(cgroup.directory).sort(), [0, 12, 34]);
});

Deno.test("removeChildren() and removeTree() leave what is in use", () => {
  using cgroup = tree("a/b", "c");
  // A file keeps a plain directory as a process keeps a cgroup.
  cgroup.write("a/busy/file", "");
  removeChildren(cgroup.directory);
  const names = (path: string): string[] => [...Deno.readDirSync(path)].map(({ name }) => name);
  assertEquals(names(cgroup.directory), ["a"]);
  assertEquals(names(cgroup.directory + "/a"), ["busy"]);
  assert(!removeTree(`${cgroup.directory}/a`, 0));
  Deno.removeSync(`${cgroup.directory}/a/busy/file`);
  assert(removeTree(`${cgroup.directory}/a`, 0));
  assert(removeTree(`${cgroup.directory}/a`, 0));
  assertEquals(names(cgroup.directory), []);
});
