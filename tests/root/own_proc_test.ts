import { assert, assertEquals } from "#assert";
import { AT_FDCWD, CLONE, MAGIC, MS, O } from "../../ffi/constants.ts";
import { mount } from "../../ffi/mount.ts";
import { openat2, readAll } from "../../ffi/open.ts";
import { fstatfsType, statx } from "../../ffi/stat.ts";
import { IN_PROC, openOwnProc, writeOwnProc } from "../../runtime/own_proc.ts";
import { isolated, mountsBelow } from "../lib/isolated.ts";
import { messageOf } from "../lib/rootfs.ts";

/** Makes us root of a user namespace that shares the PID namespace. */
const USER = {
  flags: CLONE.CLONE_NEWUSER,
  prepare: (pid: number) => {
    Deno.writeTextFileSync(`/proc/${pid}/uid_map`, "0 0 1\n");
    Deno.writeTextFileSync(`/proc/${pid}/gid_map`, "0 0 1\n");
  },
};

Deno.test("openOwnProc() is a proc that is mounted nowhere", () => {
  const seen = isolated(() => {
    const before = mountsBelow("").length;
    using proc = openOwnProc();
    const after = mountsBelow("").length;
    // What stands over /proc is of no concern.
    mount("tmpfs", "/proc", "tmpfs", 0);
    using file = openat2(proc.fd, "thread-self/comm", O.O_RDONLY, IN_PROC);
    const comm = new TextDecoder().decode(readAll(file.fd)).trim();
    return [fstatfsType(proc.fd) === MAGIC.PROC_SUPER_MAGIC, comm !== "", after - before];
  });
  assertEquals(seen, [true, true, 0]);
});

Deno.test("openOwnProc() takes /proc where a user namespace may not mount one", () => {
  const [own, host] = isolated(() => {
    using proc = openOwnProc();
    return [String(statx(proc.fd).stx_dev_minor), String(statx(AT_FDCWD, "/proc").stx_dev_minor)];
  }, USER);
  assertEquals(own, host);
});

Deno.test("openOwnProc() refuses a /proc that is none", () => {
  const message = isolated(() => {
    mount("tmpfs", "/proc", "tmpfs", 0);
    return messageOf(() => openOwnProc());
  }, USER);
  assertEquals(message, "Cannot trust /proc: it is not the root of a proc filesystem");
});

Deno.test("openOwnProc() refuses a part of a proc at /proc", () => {
  const message = isolated(() => {
    // With what is mounted below, which a user namespace may not uncover.
    mount("/proc/sys", "/proc", null, MS.MS_BIND | MS.MS_REC);
    return messageOf(() => openOwnProc());
  }, USER);
  assertEquals(message, "Cannot trust /proc: it is not the root of a proc filesystem");
});

Deno.test("writeOwnProc() does not write to what is mounted over a file", () => {
  const [message, content] = isolated(() => {
    mount("tmpfs", "/mnt", "tmpfs", 0);
    Deno.writeTextFileSync("/mnt/trap", "");
    const pid = Deno.readLinkSync("/proc/self");
    mount("/mnt/trap", `/proc/${pid}/attr/exec`, null, MS.MS_BIND);
    using proc = openOwnProc();
    const message = messageOf(() => writeOwnProc(proc, "self/attr/exec", "label"));
    return [message, Deno.readTextFileSync("/mnt/trap")];
  }, USER);
  assert(message!.includes(": EXDEV ("), message);
  assertEquals(content, "");
});

Deno.test("writeOwnProc() writes", () => {
  const value = isolated(() => {
    using proc = openOwnProc();
    writeOwnProc(proc, "thread-self/comm", "told");
    using file = openat2(proc.fd, "thread-self/comm", O.O_RDONLY, IN_PROC);
    return new TextDecoder().decode(readAll(file.fd)).trim();
  });
  assertEquals(value, "told");
});
