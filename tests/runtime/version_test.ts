import { assertEquals } from "#assert";
import { commit, libseccomp, VERSION, versionText } from "../../runtime/version.ts";

Deno.test("VERSION is the one of deno.json", async () => {
  const file = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  // deno.json may hold comments and trailing commas, which JSON.parse refuses.
  assertEquals(VERSION, /^ {2}"version": "([^"]+)"/m.exec(file)?.[1]);
});

Deno.test("versionText() has the lines that clients parse, and no commit when run from source", () => {
  assertEquals(commit(), undefined);
  assertEquals(/^2\.\d+\.\d+$/.test(libseccomp() ?? ""), true);
  assertEquals(
    versionText(),
    `runts version ${VERSION}\nspec: 1.3.0\ndeno: ${Deno.version.deno}\nlibseccomp: ${libseccomp()}\n`,
  );
});
