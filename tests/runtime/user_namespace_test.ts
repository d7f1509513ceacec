import { assertEquals } from "#assert";
import { inUserNamespace, isSetgroupsAllowed } from "../../runtime/user_namespace.ts";
import { run } from "../lib/sandbox.ts";

const MODULE = new URL("../../runtime/user_namespace.ts", import.meta.url);

/** Both answers, as a process started by the words gives them. */
function answersOf(...words: readonly string[]): string {
  const script = `
    const { inUserNamespace, isSetgroupsAllowed } = await import("${MODULE}");
    console.log(inUserNamespace(), isSetgroupsAllowed());`;
  const { stdout, stderr } = run([...words, Deno.execPath(), "eval", "--no-config", script]);
  return stdout === "" ? stderr : stdout.trim();
}

Deno.test("inUserNamespace() and isSetgroupsAllowed() tell the first namespace from one within", () => {
  assertEquals(answersOf("env"), `${inUserNamespace()} ${isSetgroupsAllowed()}`);
  assertEquals(answersOf("unshare", "--user", "--map-root-user"), "true false");
});
