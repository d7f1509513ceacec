import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { isErrno } from "../../ffi/check.ts";
import { AT_FDCWD, O, RESOLVE } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { getcwd, makedev } from "../../ffi/directory.ts";
import { memfd_create, seal } from "../../ffi/memfd.ts";
import { dupAbove, isCloseOnExec, open, openat2, readAll, rewind, write } from "../../ffi/open.ts";
import { isDirectory, sameFile, statx } from "../../ffi/stat.ts";

Deno.test("open() forces O_CLOEXEC", () => {
  using file = open("/dev/null", O.O_RDONLY);
  assertEquals(isCloseOnExec(file.fd), true);
});

Deno.test("isCloseOnExec() tells a closed descriptor from an inherited one", () => {
  assertEquals(isCloseOnExec(0), false);
  assertEquals(isCloseOnExec(9999), undefined);
});

Deno.test("open() names path, flags and errno", () => {
  throws(() => open("/dev/null/x", O.O_RDONLY | O.O_NOFOLLOW), {
    message: 'openat(AT_FDCWD, "/dev/null/x", O_NOFOLLOW): ENOTDIR (Not a directory)',
  });
});

Deno.test("openat2() with RESOLVE_IN_ROOT does not leave the root", () => {
  const directory = Deno.makeTempDirSync();
  try {
    Deno.symlinkSync("/etc/passwd", `${directory}/link`);
    using root = open(directory, O.O_PATH | O.O_DIRECTORY);
    throws(
      () => openat2(root.fd, "link", O.O_RDONLY, RESOLVE.RESOLVE_IN_ROOT),
      (error) => isErrno(error, E.ENOENT),
    );
    throws(
      () => openat2(root.fd, "../../etc/passwd", O.O_RDONLY, RESOLVE.RESOLVE_IN_ROOT),
      (error) => isErrno(error, E.ENOENT),
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("statx() agrees with Deno's stat", () => {
  const theirs = Deno.statSync("/etc/passwd");
  const ours = statx(AT_FDCWD, "/etc/passwd");
  assertEquals(
    [ours.stx_mode, ours.stx_nlink, ours.stx_uid, ours.stx_gid, Number(ours.stx_ino)],
    [theirs.mode, theirs.nlink, theirs.uid, theirs.gid, theirs.ino],
  );
  const { rdev } = Deno.statSync("/dev/null");
  const node = statx(AT_FDCWD, "/dev/null");
  assertEquals(makedev(node.stx_rdev_major, node.stx_rdev_minor), rdev);
  assert(isDirectory(statx(AT_FDCWD, "/etc")) && !isDirectory(ours));
  assert(sameFile(ours, ours) && !sameFile(ours, node));
});

Deno.test("makedev() keeps large majors and minors", () => {
  // Values of glibc's makedev(3), which has the same layout below 12 and 20 bits.
  assertEquals([makedev(1, 3), makedev(259, 1), makedev(8, 0x12345)], [0x103, 0x10301, 0x12300845]);
});

Deno.test("readAll() reads more than its first buffer", () => {
  using file = memfd_create("test");
  const bytes = Uint8Array.from({ length: 20000 }, (_, i) => i % 251);
  write(file.fd, bytes);
  rewind(file.fd);
  assertEquals(readAll(file.fd), bytes);
});

Deno.test("seal() keeps a memfd as it is", () => {
  using file = memfd_create("test");
  write(file.fd, new Uint8Array(3));
  seal(file.fd);
  throws(() => write(file.fd, new Uint8Array(1)), (error) => isErrno(error, E.EPERM));
});

Deno.test("dupAbove() duplicates at or above a number, close-on-exec", () => {
  using copy = dupAbove(1, 500);
  assert(copy.fd >= 500);
  assertEquals(isCloseOnExec(copy.fd), true);
});

Deno.test("getcwd() is the kernel's", () => {
  assertEquals(getcwd(), Deno.cwd());
});
