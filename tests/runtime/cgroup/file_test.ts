import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import {
  isThere,
  readCgroupFile,
  readCgroupFileIfAny,
  writeCgroupFile,
  writeCgroupFileIfAny,
} from "../../../runtime/cgroup/file.ts";
import { FakeCgroup } from "./directory.ts";

Deno.test("readCgroupFile() reads a text without its last newline", () => {
  using cgroup = new FakeCgroup();
  cgroup.write("cgroup.procs", "1\n2\n");
  assertEquals(readCgroupFile(cgroup.directory, "cgroup.procs"), "1\n2");
  throws(() => readCgroupFile(cgroup.directory, "none"), /^SyscallError: openat\(.*ENOENT/);
});

Deno.test("readCgroupFileIfAny() has nothing for a missing file, and fails for another reason", () => {
  using cgroup = new FakeCgroup();
  assertEquals(readCgroupFileIfAny(cgroup.directory, "none"), undefined);
  assertEquals(readCgroupFileIfAny(cgroup.directory + "/none", "none"), undefined);
  cgroup.write("file", "");
  throws(() => readCgroupFileIfAny(cgroup.directory + "/file", "x"), /ENOTDIR/);
});

Deno.test("writeCgroupFile() writes to an existing file only", () => {
  using cgroup = new FakeCgroup();
  throws(() => writeCgroupFile(cgroup.directory, "none", "1"), /ENOENT/);
  cgroup.write("pids.max", "max");
  writeCgroupFile(cgroup.directory, "pids.max", "100");
  assertEquals(cgroup.read("pids.max"), "100");
});

Deno.test("writeCgroupFileIfAny() tells of a missing file, and fails for another reason", () => {
  using cgroup = new FakeCgroup();
  assert(!writeCgroupFileIfAny(cgroup.directory, "none", "1"));
  assert(!writeCgroupFileIfAny(`${cgroup.directory}/none`, "none", "1"));
  cgroup.write("pids.max", "max");
  assert(writeCgroupFileIfAny(cgroup.directory, "pids.max", "100"));
  assertEquals(cgroup.read("pids.max"), "100");
  throws(() => writeCgroupFileIfAny("/dev", "full", "12"), /ENOSPC/);
});

Deno.test("writeCgroupFile() names the file and the value in its error", () => {
  // A write of 0 bytes at the most succeeds there, of anything else never.
  throws(() => writeCgroupFile("/dev", "full", "12"), {
    name: "SyscallError",
    message: /^write\(\d+<\/dev\/full>, "12"\): ENOSPC \(No space left on device\)$/,
  });
});

Deno.test("isThere() tells what exists, and fails where that cannot be told", () => {
  using cgroup = new FakeCgroup();
  assert(isThere(cgroup.directory));
  assert(!isThere(`${cgroup.directory}/none`));
  cgroup.write("file", "");
  throws(
    () => isThere(`${cgroup.directory}/file/x`),
    /^SyscallError: statx\(.*\/file\/x"\): ENOTDIR/,
  );
});
