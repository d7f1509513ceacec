import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { planUnit, type UnitPlan } from "../../../runtime/plan/systemd_unit.ts";
import { ConfigError } from "../../../spec/issue.ts";

function unitOf(cgroupsPath: string | undefined, isUser = false): UnitPlan {
  return planUnit({ id: "c1", cgroupsPath, isUser });
}

Deno.test("planUnit() reads slice:prefix:name", () => {
  const cases: [string, string, string][] = [
    ["system.slice:docker:0123abc", "docker-0123abc.scope", "system.slice"],
    ["a-b.slice:cri-containerd:x", "cri-containerd-x.scope", "a-b.slice"],
    ["-.slice:p:n", "p-n.scope", "-.slice"],
    ["machine.slice::n", "n.scope", "machine.slice"],
    ["m.slice:p:n_.@1", "p-n_.@1.scope", "m.slice"],
  ];
  for (const [path, name, slice] of cases) {
    assertEquals(unitOf(path), { name, kind: "scope", slice }, path);
  }
});

Deno.test("planUnit() fills in what is left out", () => {
  assertEquals(unitOf(undefined), { name: "runts-c1.scope", kind: "scope", slice: "system.slice" });
  assertEquals(unitOf(""), unitOf(undefined));
  assertEquals(unitOf(":p:n").slice, "system.slice");
  assertEquals(unitOf(":p:n", true).slice, "user.slice");
  assertEquals(unitOf(undefined, true).slice, "user.slice");
});

Deno.test("planUnit() makes the same unit of the same path, whatever the ID", () => {
  const [one, other] = ["a", "b"].map((id) =>
    planUnit({ id, cgroupsPath: "s.slice:p:n", isUser: false })
  );
  assertEquals(one, other);
});

Deno.test("planUnit() escapes the one character of an ID that a unit cannot have", () => {
  assertEquals(planUnit({ id: "a+b.c_d-e", isUser: false }).name, "runts-a\\x2bb.c_d-e.scope");
});

Deno.test("planUnit() takes a slice as a unit, where its name says", () => {
  const slice = (name: string, parent: string) => ({ name, kind: "slice", slice: parent });
  assertEquals(unitOf(":runts:a.slice"), slice("a.slice", "-.slice"));
  assertEquals(unitOf(":runts:a-b-c.slice"), slice("a-b-c.slice", "a-b.slice"));
  assertEquals(unitOf("a-b.slice::a-b-c.slice"), slice("a-b-c.slice", "a-b.slice"));
});

Deno.test("planUnit() refuses other forms", () => {
  const form = "must have the form slice:prefix:name with --systemd-cgroup";
  const name = "must make the name of a unit";
  const cases: [string, string][] = [
    ["/runts/c1", form],
    ["c1", form],
    ["a.slice:n", form],
    ["a.slice:p:n:more", form],
    ["a.slice:p:", "must have a name after the second colon"],
    ["a:p:n", 'must begin with the name of a slice, not "a"'],
    ["a.scope:p:n", 'must begin with the name of a slice, not "a.scope"'],
    [".slice:p:n", 'must begin with the name of a slice, not ".slice"'],
    ["a--b.slice:p:n", 'must begin with the name of a slice, not "a--b.slice"'],
    ["-a.slice:p:n", 'must begin with the name of a slice, not "-a.slice"'],
    ["a-.slice:p:n", 'must begin with the name of a slice, not "a-.slice"'],
    ["a.slice:p:b/../c", name],
    ["a/b.slice:p:n", name],
    ["a.slice:p:n\n", name],
    ["a.slice:p:n\0", name],
    ["a.slice:p q:n", name],
    ["a.slice:p:ä", name],
    ["a.slice::@n", name],
    [`a.slice:p:${"n".repeat(248)}`, `${name}, of 255 characters at most`],
    ["::a-.slice", 'must name a slice with "a-.slice"'],
    ["::-.slice", "must name a slice below the root"],
    ["b.slice::a-c.slice", 'must name the slice above "a-c.slice", which is "a.slice"'],
  ];
  for (const [path, message] of cases) {
    throws(() => unitOf(path), (error) => {
      assert(error instanceof ConfigError, path);
      const [issue, ...others] = error.issues;
      assertEquals(others, []);
      assertEquals(issue!.path, "linux.cgroupsPath");
      assert(issue!.message.startsWith(message), `${path}: ${issue!.message}`);
      assert(issue!.message.endsWith(`, got ${JSON.stringify(path)}`), issue!.message);
      return true;
    });
  }
  assertEquals(unitOf(`a.slice:p:${"n".repeat(247)}`).name.length, 255);
});
