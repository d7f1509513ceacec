import { assert, assertEquals } from "#assert";
import { freeze, type Freezer, isFrozen, thaw } from "../../../runtime/cgroup/freezer.ts";
import { FakeCgroup } from "./directory.ts";

Deno.test("isFrozen() reads v1's state", () => {
  using cgroup = new FakeCgroup();
  const freezer: Freezer = { version: 1, directory: cgroup.directory };
  for (
    const [state, frozen] of [["THAWED", false], ["FREEZING", true], ["FROZEN", true]] as const
  ) {
    cgroup.write("freezer.state", state + "\n");
    assertEquals(isFrozen(freezer), frozen);
  }
});

Deno.test("isFrozen() reads what v2 was asked for, and what an ancestor brought about", () => {
  using cgroup = new FakeCgroup();
  const freezer: Freezer = { version: 2, directory: cgroup.directory };
  for (
    const [asked, events, frozen] of [
      ["0", "populated 1\nfrozen 0", false],
      ["1", "populated 1\nfrozen 0", true],
      ["0", "populated 1\nfrozen 1", true],
    ] as const
  ) {
    cgroup.write("cgroup.freeze", asked + "\n");
    cgroup.write("cgroup.events", events + "\n");
    assertEquals(isFrozen(freezer), frozen, asked + events);
  }
});

Deno.test("isFrozen() is false where nothing can be frozen, and where nothing is", () => {
  using cgroup = new FakeCgroup();
  for (const version of [1, 2] as const) {
    assert(!isFrozen({ version, directory: cgroup.directory }));
    assert(!isFrozen({ version, directory: cgroup.directory + "/none" }));
  }
});

Deno.test("freeze() and thaw() write v1's words", () => {
  using cgroup = new FakeCgroup();
  cgroup.write("freezer.state", "THAWED");
  freeze({ version: 1, directory: cgroup.directory });
  assertEquals(cgroup.read("freezer.state"), "FROZEN");
  thaw({ version: 1, directory: cgroup.directory });
  assertEquals(cgroup.read("freezer.state"), "THAWED");
});

Deno.test("freeze() and thaw() write v2's digits", () => {
  using cgroup = new FakeCgroup();
  cgroup.write("cgroup.freeze", "0");
  cgroup.write("cgroup.events", "populated 0\nfrozen 1\n");
  freeze({ version: 2, directory: cgroup.directory });
  assertEquals(cgroup.read("cgroup.freeze"), "1");
  thaw({ version: 2, directory: cgroup.directory });
  assertEquals(cgroup.read("cgroup.freeze"), "0");
});
