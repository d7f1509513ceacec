import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { makeDirectories, missingDirectories } from "../../../runtime/cgroup/make.ts";
import { FakeCgroup } from "./directory.ts";

Deno.test("missingDirectories() lists what is to be made, parents first", () => {
  using cgroup = new FakeCgroup();
  const top = cgroup.directory;
  assertEquals(missingDirectories(top, top), []);
  assertEquals(missingDirectories(top, `${top}/a/b`), [`${top}/a`, `${top}/a/b`]);
  Deno.mkdirSync(`${top}/a`);
  assertEquals(missingDirectories(top, `${top}/a/b`), [`${top}/a/b`]);
});

Deno.test("makeDirectories() makes them, and tells which", () => {
  using cgroup = new FakeCgroup();
  const top = cgroup.directory;
  Deno.mkdirSync(`${top}/a`);
  const made: string[] = [];
  makeDirectories(top, `${top}/a/b/c`, made);
  assertEquals(made, [`${top}/a/b`, `${top}/a/b/c`]);
  Deno.statSync(`${top}/a/b/c`);
  makeDirectories(top, `${top}/a/b/c`, made);
  assertEquals(made.length, 2);
});

Deno.test("makeDirectories() tells what it had made when it fails", () => {
  using cgroup = new FakeCgroup();
  const top = cgroup.directory;
  const made: string[] = [];
  const long = "x".repeat(256);
  throws(() => makeDirectories(top, `${top}/a/${long}`, made), /ENAMETOOLONG/);
  assertEquals(made, [`${top}/a`]);
});
