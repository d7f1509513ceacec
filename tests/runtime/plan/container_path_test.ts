import { assertEquals } from "#assert";
import { cleanPath, pathNames } from "../../../runtime/plan/container_path.ts";

Deno.test("pathNames() drops empty names and dots, and keeps ..", () => {
  assertEquals(pathNames("//a/./b/../c/"), ["a", "b", "..", "c"]);
  assertEquals(pathNames("/"), []);
  assertEquals(pathNames("..."), ["..."]);
});

Deno.test("cleanPath() is absolute and never above the root", () => {
  assertEquals(cleanPath("a/../../b//c/."), "/b/c");
  assertEquals(cleanPath("/.."), "/");
  assertEquals(cleanPath(""), "/");
});
