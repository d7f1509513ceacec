import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { runSteps, type Step, StepError } from "../../runtime/step.ts";

type Trail = string[];

function step(name: string, rest: Partial<Step<Trail>> = {}): Step<Trail> {
  return {
    name,
    spec: "internal",
    run: (trail) => trail.push(name),
    undo: (trail) => trail.push(`undo ${name}`),
    ...rest,
  };
}

function fail(text: string): () => never {
  return () => {
    throw new Error(text);
  };
}

Deno.test("runSteps() runs in order and undoes nothing by itself", () => {
  const trail: Trail = [];
  runSteps([step("a"), step("b")], trail);
  assertEquals(trail, ["a", "b"]);
});

Deno.test("runSteps() returns the undo of everything", () => {
  const trail: Trail = [];
  runSteps([step("a"), step("b")], trail).dispose();
  assertEquals(trail, ["a", "b", "undo b", "undo a"]);
});

Deno.test("runSteps() skips a step whose condition does not hold, and its undo", () => {
  const trail: Trail = [];
  runSteps([step("a", { when: () => false }), step("b")], trail).dispose();
  assertEquals(trail, ["b", "undo b"]);
});

Deno.test("runSteps() undoes in reverse order, the failed step first", () => {
  const trail: Trail = [];
  throws(
    () => runSteps([step("a"), step("b"), step("break", { run: fail("no") }), step("c")], trail),
    { name: "StepError", message: "Cannot break: no", step: "break", spec: "internal" },
  );
  assertEquals(trail, ["a", "b", "undo break", "undo b", "undo a"]);
});

Deno.test("runSteps() goes on undoing when an undo fails, and tells both errors", () => {
  const trail: Trail = [];
  const steps = [
    step("a"),
    step("b", { undo: fail("stuck b") }),
    step("c", { undo: fail("stuck c") }),
    step("d", { run: fail("no") }),
  ];
  throws(() => runSteps(steps, trail), (error: Error) => {
    assertEquals(error instanceof SuppressedError, true);
    assertEquals(error.message, "Cannot d: no; and undoing it: stuck c; stuck b");
    return true;
  });
  assertEquals(trail, ["a", "b", "c", "undo d", "undo a"]);
});

Deno.test("runSteps() does not wrap an error that names its step already", () => {
  const inner = new StepError("mount", "config.md#configMounts", new Error("no"));
  const run = () => {
    throw inner;
  };
  throws(() => runSteps([step("wait", { run })], []), (error) => error === inner);
});

Deno.test("runSteps() traces each step before and after it", () => {
  const seen: [string, boolean][] = [];
  runSteps([step("a"), step("b")], [], ({ name }, time) => seen.push([name, time === undefined]));
  assertEquals(seen, [["a", true], ["a", false], ["b", true], ["b", false]]);
});

Deno.test("runSteps() asks before each step, and undoes when the answer is no", () => {
  const trail: Trail = [];
  let left = 2;
  const before = (): void => {
    if (left-- === 0) throw new Error("told to stop");
  };
  throws(() => runSteps([step("a"), step("b"), step("c")], trail, undefined, { before }), {
    name: "StepError",
    message: "Cannot c: told to stop",
  });
  assertEquals(trail, ["a", "b", "undo b", "undo a"]);
});
