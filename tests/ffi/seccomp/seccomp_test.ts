import { assertEquals } from "#assert";
import { SECCOMP_FILTER_FLAG } from "../../../ffi/seccomp/constants.ts";
import { hasFilterFlags } from "../../../ffi/seccomp/seccomp.ts";

/** The mode of this process: 0 is none. */
function mode(): string {
  const status = Deno.readTextFileSync("/proc/self/status");
  return /^Seccomp_filters:\s+(\d+)$/m.exec(status)?.[1] ?? "";
}

Deno.test("hasFilterFlags() tells what the kernel knows, and loads nothing", () => {
  const before = mode();
  const { SECCOMP_FILTER_FLAG_LOG, SECCOMP_FILTER_FLAG_TSYNC } = SECCOMP_FILTER_FLAG;
  assertEquals(hasFilterFlags(0), true);
  assertEquals(hasFilterFlags(SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_TSYNC), true);
  assertEquals(hasFilterFlags(1 << 30), false);
  assertEquals(mode(), before);
});

Deno.test("hasFilterFlags() knows that some flags want others", () => {
  const {
    SECCOMP_FILTER_FLAG_NEW_LISTENER,
    SECCOMP_FILTER_FLAG_TSYNC,
    SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  } = SECCOMP_FILTER_FLAG;
  const both = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC;
  assertEquals(hasFilterFlags(both), false);
  assertEquals(hasFilterFlags(both | SECCOMP_FILTER_FLAG_TSYNC_ESRCH), true);
});
