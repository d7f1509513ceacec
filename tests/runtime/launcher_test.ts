import { assertEquals } from "#assert";
import { launcherNofile, setLauncherNofile } from "../../runtime/launcher.ts";

Deno.test("launcherNofile() is what setLauncherNofile() was told", () => {
  setLauncherNofile(1024);
  assertEquals(launcherNofile(), 1024);
  setLauncherNofile(4096);
  assertEquals(launcherNofile(), 4096);
});
