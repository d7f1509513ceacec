import { assertEquals } from "#assert";
import { AT, CLONE, directory, flags, MS, O } from "../../ffi/constants.ts";

Deno.test("flags() names known bits and shows the rest in hex", () => {
  assertEquals(flags(MS, MS.MS_BIND | MS.MS_REC | 0x40000000).text, "MS_BIND|MS_REC|0x40000000");
  assertEquals(flags(MS, 0).text, "0");
  assertEquals(flags(AT, 1).text, "0x1");
});

Deno.test("flags() does not lose bits above 32", () => {
  assertEquals(
    flags(CLONE, CLONE.CLONE_INTO_CGROUP + CLONE.CLONE_NEWNET).text,
    "CLONE_NEWNET|CLONE_INTO_CGROUP",
  );
});

Deno.test("flags() names a flag of several bits only when it has all of them", () => {
  assertEquals(flags(O, O.O_SYNC | O.O_APPEND).text, "O_APPEND|O_SYNC");
  assertEquals(flags(O, 0o10000).text, "0x1000");
});

Deno.test("directory() prints AT_FDCWD by name", () => {
  assertEquals([directory(-100).text, directory(5).text], ["AT_FDCWD", "5"]);
});
