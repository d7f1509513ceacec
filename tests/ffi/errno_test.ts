import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { check, isErrno, retry } from "../../ffi/check.ts";
import { E, errnoName, errnoText, Printed, SyscallError } from "../../ffi/errno.ts";

Deno.test("SyscallError prints as strace prints a failed call", () => {
  const error = new SyscallError(
    "mount",
    ["proc", new Printed("MS_BIND|MS_REC"), null, 7],
    E.EPERM,
  );
  assertEquals(
    error.message,
    'mount("proc", MS_BIND|MS_REC, NULL, 7): EPERM (Operation not permitted)',
  );
  assertEquals([error.syscall, error.errno, error.code], ["mount", 1, "EPERM"]);
});

Deno.test("SyscallError quotes what a stranger may have put into a path", () => {
  const error = new SyscallError("chdir", ['/a"\n\u001b[2J'], E.ENOENT);
  assertEquals(error.message, 'chdir("/a\\"\\n\\u001b[2J"): ENOENT (No such file or directory)');
});

Deno.test("errnoName() and errnoText() know the kernel's numbers and admit others", () => {
  assertEquals([errnoName(1), errnoName(133), errnoName(4000)], [
    "EPERM",
    "EHWPOISON",
    "errno 4000",
  ]);
  assertEquals([errnoText(2), errnoText(4000)], ["No such file or directory", "Unknown error"]);
});

Deno.test("check() returns a result and throws a negated errno", () => {
  assertEquals(check(7, "open"), 7);
  throws(() => check(-2, "open", "/x"), { name: "SyscallError", code: "ENOENT", errno: 2 });
});

Deno.test("retry() repeats on EINTR alone", () => {
  const results = [-E.EINTR, -E.EINTR, -E.EAGAIN, 5];
  assertEquals(retry(() => results.shift()!), -E.EAGAIN);
  assertEquals(results, [5]);
});

Deno.test("isErrno() takes only system calls with one of the numbers", () => {
  const error = new SyscallError("open", [], E.ENOENT);
  assertEquals(isErrno(error, E.EPERM, E.ENOENT), true);
  assertEquals(isErrno(error, E.EPERM), false);
  assertEquals(isErrno(new Error("ENOENT"), E.ENOENT), false);
});
