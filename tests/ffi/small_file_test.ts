import { assertEquals } from "#assert";
import { readSmallFile } from "../../ffi/small_file.ts";

Deno.test("readSmallFile() reads a value without its newline", () => {
  assertEquals(readSmallFile("/proc/sys/kernel/ostype"), "Linux");
  assertEquals(readSmallFile("/dev/null"), "");
});

Deno.test("readSmallFile() takes one newline from the end, and no more", () => {
  const path = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(path, "a\n\n");
    assertEquals(readSmallFile(path), "a\n");
    Deno.writeTextFileSync(path, "x".repeat(5000));
    assertEquals(readSmallFile(path)?.length, 4096);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("readSmallFile() is undefined for what cannot be opened or read", () => {
  assertEquals(readSmallFile("/proc/sys/missing"), undefined);
  assertEquals(readSmallFile("/proc"), undefined);
});
