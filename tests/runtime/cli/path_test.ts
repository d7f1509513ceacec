import { assertEquals } from "#assert";
import { absolutePath, cleanPath } from "../../../runtime/cli/path.ts";

Deno.test("absolutePath() leaves an absolute path as it stands", () => {
  assertEquals(absolutePath("/a/../b"), "/a/../b");
});

Deno.test("absolutePath() starts from the current directory, or from the one given", () => {
  assertEquals(absolutePath("x/../y"), `${Deno.cwd()}/x/../y`);
  assertEquals(absolutePath("x", "/b"), "/b/x");
  assertEquals(absolutePath("x", "/"), "/x");
});

for (
  const [path, clean] of [
    ["/", "/"],
    ["//a///b/", "/a/b"],
    ["/a/./b/../c", "/a/c"],
    ["/../../a", "/a"],
    ["/a/..", "/"],
    ["/..a/.b", "/..a/.b"],
  ] as const
) {
  Deno.test(`cleanPath() makes "${clean}" of "${path}"`, () => {
    assertEquals(cleanPath(path), clean);
  });
}
