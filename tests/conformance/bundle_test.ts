/** Clauses of bundle.md. @module */
import { assert, assertEquals } from "#assert";
import { failure, Sandbox } from "../lib/sandbox.ts";

Deno.test("bundle.md#containerFormat01: the configuration MUST be in config.json at the bundle's root", () => {
  using box = new Sandbox();
  box.script("true");
  Deno.renameSync(`${box.bundle}/config.json`, `${box.bundle}/Config.json`);
  const message = failure(box.runts("create", box.id));
  assert(message.includes(`${box.bundle}/config.json`) || message.includes("config.json"), message);
  assertEquals(box.traces(), []);
});

Deno.test("bundle.md#containerFormat02: the directory that root.path names MUST exist", () => {
  using box = new Sandbox();
  box.script("true", (config) => config.root.path = "missing");
  const message = failure(box.runts("create", box.id));
  assert(message.includes("missing") && message.includes("ENOENT"), message);
  box.script("true", (config) => config.root.path = "rootfs/etc/passwd");
  assert(failure(box.runts("create", box.id)).includes("ENOTDIR"));
  assertEquals(box.traces(), []);
});
